import type { Barrier } from './barrier.ts';
import { argumentsAt, type Job, type PlacedCall, type Program, unitsOf } from './program.ts';
import type { Kernel, Kernels } from './wasm.ts';

/** Runs the jobs in order, alone. */
export function executeAlone(kernels: Kernels, programs: readonly Program[], jobs: readonly Job[]): void {
  for (const { program, offset, count } of jobs) {
    for (const call of programs[program]!) {
      naming(call, () => kernelOf(kernels, call)(...argumentsAt(call, offset), count, 0, unitsOf(call, count)));
    }
  }
}

/** Runs this thread's share of the jobs: the units of a call go to whichever thread is free, and all meet before the next call. */
export function executeTogether(
  kernels: Kernels,
  programs: readonly Program[],
  jobs: readonly Job[],
  barrier: Barrier,
): void {
  for (const { program, offset, count } of jobs) {
    for (const call of programs[program]!) {
      naming(call, () => {
        const kernel = kernelOf(kernels, call);
        const args = argumentsAt(call, offset);
        const units = unitsOf(call, count);
        for (let first = barrier.claim(call.chunkSize); first < units; first = barrier.claim(call.chunkSize)) {
          kernel(...args, count, first, Math.min(first + call.chunkSize, units));
        }
      });
      barrier.arrive();
    }
  }
}

function kernelOf(kernels: Kernels, { kernel }: PlacedCall): Kernel {
  const found = kernels[kernel];
  if (!found) throw new Error('the engine has no such kernel');
  return found;
}

/** What a call throws, with the kernel's name: a trap itself does not say where it happened. */
function naming({ kernel, owner }: PlacedCall, run: () => void): void {
  try {
    run();
  } catch (cause) {
    throw new Error(`${kernel} of ${owner}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
