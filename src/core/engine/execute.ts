import type { Barrier } from './barrier.ts';
import {
  argumentsAt,
  type Chain,
  chainsOf,
  imagesAtOnce,
  imagesPerUnit,
  type Job,
  type PlacedCall,
  type Program,
  unitsOf,
} from './program.ts';
import type { Kernel, Kernels } from './wasm.ts';

/** Runs the jobs in order, alone. */
export function executeAlone(kernels: Kernels, programs: readonly Program[], jobs: readonly Job[]): void {
  for (const { program, offset, count } of jobs) {
    for (const chain of chainsOf(programs[program]!)) {
      const run = runChain(kernels, chain, offset, count);
      const { total, chunk } = claimsOf(chain, count);
      const step = chain.images === null ? total : chunk;
      for (let first = 0; first < total; first += step) run(first, Math.min(first + step, total));
    }
  }
}

/** What threads share out of a chain: images, or units of its only call. */
function claimsOf(
  { calls, images }: Chain<PlacedCall>,
  count: number,
): { readonly total: number; readonly chunk: number } {
  if (images !== null) return { total: count, chunk: imagesAtOnce(images, count) };
  return { total: unitsOf(calls[0]!, count), chunk: calls[0]!.chunkSize };
}

/** Runs a chain on a range of what `claimsOf` counts. */
function runChain(kernels: Kernels, { calls, images }: Chain<PlacedCall>, offset: number, count: number) {
  const ready = calls.map((call) => ({
    call,
    kernel: naming(call, () => kernelOf(kernels, call)),
    args: argumentsAt(call, offset),
    size: images === null ? 1 : imagesPerUnit(call.units)!,
  }));
  return (first: number, last: number) => {
    for (const { call, kernel, args, size } of ready) {
      naming(call, () => kernel(...args, count, first / size, Math.ceil(last / size)));
    }
  };
}

/** Runs this thread's share of the jobs: images or units go to whichever thread is free, and all meet before the next chain. */
export function executeTogether(
  kernels: Kernels,
  programs: readonly Program[],
  jobs: readonly Job[],
  barrier: Barrier,
): void {
  for (const { program, offset, count } of jobs) {
    for (const chain of chainsOf(programs[program]!)) {
      const run = runChain(kernels, chain, offset, count);
      const { total, chunk } = claimsOf(chain, count);
      for (let first = barrier.claim(chunk); first < total; first = barrier.claim(chunk)) {
        run(first, Math.min(first + chunk, total));
      }
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
function naming<T>({ kernel, owner }: PlacedCall, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw new Error(`${kernel} of ${owner}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
