import type { Buffer } from '../engine/buffers.ts';
import type { KernelCall } from '../engine/kernelCall.ts';
import { type MemoryPlan, planMemory } from '../engine/memoryPlan.ts';
import { type Engine, startTeam } from '../engine/start.ts';

/** What an executable is made of. Everything is settled here; nothing is allocated. */
export interface Programs<Name extends string> {
  readonly calls: Readonly<Record<Name, readonly KernelCall[]>>;
  /** Programs that run one after the other on the same images. All others run alone. */
  readonly sequence?: readonly NoInfer<Name>[];
  /** Buffers that are written before a run or read after it. */
  readonly kept?: readonly Buffer[];
  /** What a kernel needs of its thread's own memory, at most. */
  readonly scratchBytes: number;
}

/** Programs placed in one memory, with one team of threads. One run at a time; `close` frees the threads. */
export interface Executable<Name extends string> {
  readonly threads: number;
  readonly plan: MemoryPlan;
  /** Runs programs one after the other; rejects with the cause when a thread fails. */
  run(jobs: readonly ProgramRun<Name>[]): Promise<void>;
  /** Views of a persistent or kept buffer. */
  bytes(buffer: Buffer): Uint8Array;
  floats(buffer: Buffer): Float32Array;
  words(buffer: Buffer): Uint32Array;
  close(): Promise<void>;
}

export interface ProgramRun<Name extends string> {
  readonly program: Name;
  /** The first image's slot in the staging area; 0 by default. */
  readonly offset?: number;
  /** Images; 1 by default. */
  readonly count?: number;
}

/** Runs of a program over `count` images of the staging area, a micro-batch at a time. */
export function overImages<Name extends string>(program: Name, count: number, microBatch: number): ProgramRun<Name>[] {
  const runs: ProgramRun<Name>[] = [];
  for (let offset = 0; offset < count; offset += microBatch) {
    runs.push({ program, offset, count: Math.min(microBatch, count - offset) });
  }
  return runs;
}

/** The memory that programs need: see `planMemory`. */
export function planPrograms<Name extends string>({ calls, sequence = [], kept }: Programs<Name>): MemoryPlan {
  const alone = namesOf(calls).filter((name) => !sequence.includes(name));
  return planMemory([...alone.map((name) => [calls[name]]), sequence.map((name) => calls[name])], kept);
}

function namesOf<Name extends string>(calls: Readonly<Record<Name, unknown>>): Name[] {
  return Object.keys(calls) as Name[];
}

/** @throws SelvedgeError 'bad-spec' when the programs need more memory than WebAssembly can address */
export async function createExecutable<Name extends string>(
  engine: Pick<Engine, 'module' | 'createTeam'>,
  threads: number,
  programs: Programs<Name>,
): Promise<Executable<Name>> {
  const { calls, sequence = [], scratchBytes } = programs;
  const plan = planPrograms(programs);
  const order = [...namesOf(calls).filter((name) => !sequence.includes(name)), ...sequence];
  const { buffer: memory, team } = await startTeam(engine, { plan, threads, scratchBytes });
  return {
    threads: team.threads,
    plan,
    run: (jobs) =>
      team.run(jobs.map(({ program, offset = 0, count = 1 }) => ({ program: order.indexOf(program), offset, count }))),
    bytes: (buffer) => new Uint8Array(memory, plan.addressOf(buffer), buffer.bytes),
    floats: (buffer) => new Float32Array(memory, plan.addressOf(buffer), buffer.bytes / 4),
    words: (buffer) => new Uint32Array(memory, plan.addressOf(buffer), buffer.bytes / 4),
    close: () => team.close(),
  };
}
