import type { Arena } from './arena.ts';
import { barrierBytes } from './barrier.ts';
import type { Program } from './program.ts';
import type { Team, TeamFactory } from './team.ts';
import { createMemory, type EngineModule } from './wasm.ts';

/** The platform's side of the engine: compiled kernels, and how to make threads. */
export interface Engine {
  readonly module: EngineModule;
  readonly createTeam: TeamFactory;
  /** SHA-256 of the kernels' WebAssembly, in hexadecimal. */
  readonly wasmSha256: string;
}

export interface StartOptions {
  /** Holds everything that the programs use. */
  readonly arena: Arena;
  readonly programs: readonly Program[];
  readonly threads: number;
  /** What a kernel needs of its thread's own memory, at most. */
  readonly scratchBytes: number;
}

/** Makes the memory that the arena has laid out, and the threads that work on it. */
export async function startTeam(
  { module, createTeam }: Pick<Engine, 'module' | 'createTeam'>,
  { arena, programs, threads, scratchBytes }: StartOptions,
): Promise<{ buffer: SharedArrayBuffer; team: Team }> {
  const barrierAddress = arena.allocate(barrierBytes);
  // Rounded up to pages, so that no two threads write to one cache line.
  const perThread = Math.ceil((scratchBytes + 64) / 4096) * 4096;
  const scratchAddress = arena.allocate(perThread * threads);
  const memory = createMemory(arena.size());
  const options = { module, memory, barrierAddress, scratchAddress, scratchBytes: perThread, programs, threads };
  return { buffer: memory.buffer, team: await createTeam(options) };
}
