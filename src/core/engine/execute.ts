import type { Barrier } from './barrier.ts';
import { argumentsAt, type Job, type Program, unitsOf } from './program.ts';
import type { Kernels } from './wasm.ts';

/** Runs the jobs in order, alone. */
export function executeAlone(kernels: Kernels, programs: readonly Program[], jobs: readonly Job[]): void {
  for (const { program, offset, count } of jobs) {
    for (const step of programs[program]!) {
      kernels[step.kernel]!(...argumentsAt(step, offset), count, 0, unitsOf(step, count));
    }
  }
}

/** Runs this thread's share of the jobs: the units of a step go to whoever is free, and all meet before the next step. */
export function executeTogether(
  kernels: Kernels,
  programs: readonly Program[],
  jobs: readonly Job[],
  barrier: Barrier,
): void {
  for (const { program, offset, count } of jobs) {
    for (const step of programs[program]!) {
      const kernel = kernels[step.kernel]!;
      const args = argumentsAt(step, offset);
      const units = unitsOf(step, count);
      for (let first = barrier.claim(step.grain); first < units; first = barrier.claim(step.grain)) {
        kernel(...args, count, first, Math.min(first + step.grain, units));
      }
      barrier.arrive();
    }
  }
}
