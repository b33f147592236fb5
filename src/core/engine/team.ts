import { executeAlone } from './execute.ts';
import type { Job, Program } from './program.ts';
import { type EngineMemory, type EngineModule, instantiateKernels } from './wasm.ts';

/** Everything that a team's threads share. */
export interface TeamOptions {
  readonly module: EngineModule;
  readonly memory: EngineMemory;
  /** Address of the `barrierBytes` at which the threads meet. */
  readonly barrierAddress: number;
  /** Address of the threads' own memory, and how many bytes each thread has. */
  readonly scratchAddress: number;
  readonly scratchBytes: number;
  readonly programs: readonly Program[];
  readonly threads: number;
}

/** Threads that run programs over one shared memory. Results do not depend on how many there are. */
export interface Team {
  readonly threads: number;
  /** Runs the jobs one after the other; rejects with the cause when a thread fails. One call at a time. */
  run(jobs: readonly Job[]): Promise<void>;
  close(): Promise<void>;
}

/** How a platform makes a team: worker threads in Node, Web Workers in a browser. */
export type TeamFactory = (options: TeamOptions) => Promise<Team>;

/** A team of one: the caller's own thread, which is busy until the jobs are done. */
export const createInlineTeam: TeamFactory = async ({ module, memory, scratchAddress, programs }) => {
  const kernels = instantiateKernels(module, memory, scratchAddress);
  return {
    threads: 1,
    async run(jobs) {
      executeAlone(kernels, programs, jobs);
    },
    async close() {},
  };
};
