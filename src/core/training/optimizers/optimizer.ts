import type { Pointer } from '../../engine/buffers.ts';
import type { KernelCall } from '../../engine/kernelCall.ts';

/** Float32 numbers of `rates` at most. */
export const mostRates = 8;

/** A stretch of neighbouring parameters, and what belongs to them. */
export interface UpdateArguments {
  readonly w: Pointer;
  readonly g: Pointer;
  /** One for each array that the optimizer keeps: see `stateNames`. */
  readonly state: readonly Pointer[];
  readonly rates: Pointer;
  /** Parameters. */
  readonly size: number;
}

/** A rule that changes parameters by their gradients. */
export interface Optimizer {
  /** What its kernel reads in update number `step` (from 1). */
  rates(step: number, learningRate: number, weightDecay: number): Float32Array;
  call(stretch: UpdateArguments): KernelCall;
}

/** Kernels over parameters take vectors of four. */
export function spreadOver(size: number) {
  return { units: Math.ceil(size / 4), chunkSize: 4096 };
}
