import type { Barrier } from './barrier.ts';
import {
  argumentsAt,
  type Chain,
  imagesAtOnce,
  imagesPerUnit,
  type Job,
  type PlacedCall,
  type Program,
  stagesOf,
  unitsOf,
} from './program.ts';
import type { Kernel, Kernels } from './wasm.ts';

/** Runs the jobs in order, alone. */
export function executeAlone(kernels: Kernels, programs: readonly Program[], jobs: readonly Job[]): void {
  for (const { program, offset, count } of jobs) {
    for (const chain of stagesOf(programs[program]!).flat()) {
      const { run, total, chunk } = sharedOut(kernels, chain, offset, count);
      const step = chain.images === null ? total : chunk;
      for (let first = 0; first < total; first += step) run(first, Math.min(first + step, total));
    }
  }
}

/** A chain on `total` images, or on units of its only call, `chunk` of which a thread takes at a time. */
interface SharedOut {
  readonly total: number;
  readonly chunk: number;
  run(first: number, last: number): void;
}

function sharedOut(kernels: Kernels, { calls, images }: Chain<PlacedCall>, offset: number, count: number): SharedOut {
  const ready = calls.map((call) => ({
    call,
    kernel: naming(call, () => kernelOf(kernels, call)),
    args: argumentsAt(call, offset),
    size: images === null ? 1 : imagesPerUnit(call.units)!,
  }));
  return {
    total: images === null ? unitsOf(calls[0]!, count) : count,
    chunk: images === null ? calls[0]!.chunkSize : imagesAtOnce(images, count),
    run(first, last) {
      for (const { call, kernel, args, size } of ready) {
        naming(call, () => kernel(...args, count, first / size, Math.ceil(last / size)));
      }
    },
  };
}

/** Runs this thread's share of the jobs: chunks go to whichever thread is free, and all meet before the next stage. */
export function executeTogether(
  kernels: Kernels,
  programs: readonly Program[],
  jobs: readonly Job[],
  barrier: Barrier,
): void {
  for (const { program, offset, count } of jobs) {
    for (const stage of stagesOf(programs[program]!)) {
      let claim = barrier.claim();
      let before = 0;
      for (const chain of stage) {
        const { run, total, chunk } = sharedOut(kernels, chain, offset, count);
        const end = before + Math.ceil(total / chunk);
        for (; claim < end; claim = barrier.claim()) {
          const first = (claim - before) * chunk;
          run(first, Math.min(first + chunk, total));
        }
        before = end;
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
