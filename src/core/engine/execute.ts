import type { Barrier } from './barrier.ts';
import { argumentsAt, type Job, type Program, type Step, unitsOf } from './program.ts';
import type { Kernel, Kernels } from './wasm.ts';

/** Runs the jobs in order, alone. */
export function executeAlone(kernels: Kernels, programs: readonly Program[], jobs: readonly Job[]): void {
  for (const { program, offset, count } of jobs) {
    for (const step of programs[program]!) {
      naming(step, () => kernelOf(kernels, step)(...argumentsAt(step, offset), count, 0, unitsOf(step, count)));
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
      naming(step, () => {
        const kernel = kernelOf(kernels, step);
        const args = argumentsAt(step, offset);
        const units = unitsOf(step, count);
        for (let first = barrier.claim(step.grain); first < units; first = barrier.claim(step.grain)) {
          kernel(...args, count, first, Math.min(first + step.grain, units));
        }
      });
      barrier.arrive();
    }
  }
}

function kernelOf(kernels: Kernels, { kernel }: Step): Kernel {
  const found = kernels[kernel];
  if (!found) throw new Error('the engine has no such kernel');
  return found;
}

/** What a step throws, with the step's name: a trap itself does not say where it happened. */
function naming({ kernel, owner }: Step, run: () => void): void {
  try {
    run();
  } catch (cause) {
    throw new Error(`${kernel} of ${owner}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
