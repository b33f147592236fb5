import { SelvedgeError } from '../errors.ts';
import { barrierBytes } from './barrier.ts';
import type { MemoryPlan } from './memoryPlan.ts';
import type { Team, TeamFactory } from './team.ts';
import { createMemory, type EngineModule, mostBytes } from './wasm.ts';

/** The platform's side of the engine: compiled kernels, and how to make threads. */
export interface Engine {
  readonly module: EngineModule;
  readonly createTeam: TeamFactory;
  /** SHA-256 of the kernels' WebAssembly, in hexadecimal. */
  readonly wasmSha256: string;
}

export interface StartOptions {
  readonly plan: Pick<MemoryPlan, 'programs' | 'bytes' | 'largest'>;
  readonly threads: number;
  /** What a kernel needs of its thread's own memory, at most. */
  readonly scratchBytes: number;
}

/**
 * Makes the memory that was planned, and the threads that work on it.
 * @throws SelvedgeError 'bad-spec' when WebAssembly cannot address so much; nothing is allocated then
 */
export async function startTeam(
  { module, createTeam }: Pick<Engine, 'module' | 'createTeam'>,
  { plan, threads, scratchBytes }: StartOptions,
): Promise<{ buffer: SharedArrayBuffer; team: Team }> {
  const roundUp = (bytes: number, to: number) => Math.ceil(bytes / to) * to;
  const barrierAddress = roundUp(plan.bytes, 64);
  // Rounded up to pages, so that no two threads write to one cache line.
  const perThread = roundUp(scratchBytes + 64, 4096);
  requireAddressable(plan, perThread * threads);
  const scratchAddress = barrierAddress + barrierBytes + 64;
  const memory = createMemory(scratchAddress + perThread * threads);
  const { programs } = plan;
  const options = { module, memory, barrierAddress, scratchAddress, scratchBytes: perThread, programs, threads };
  return { buffer: memory.buffer, team: await createTeam(options) };
}

/** @throws SelvedgeError 'bad-spec' naming what needs most, when WebAssembly cannot address a plan's memory */
export function requireAddressable({ bytes, largest }: Pick<MemoryPlan, 'bytes' | 'largest'>, more = 0): void {
  if (bytes + more <= mostBytes) return;
  const gib = (n: number) => `${(n / 2 ** 30).toFixed(1)} GiB`;
  throw new SelvedgeError(
    'bad-spec',
    `The network needs ${gib(bytes + more)} of memory, ${gib(largest.bytes)} of it for ${largest.owner} alone, but an engine can have 4 GiB; make its layers smaller.`,
  );
}
