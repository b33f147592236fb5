import type { ActivationRecorder } from '../../compile/recorder.ts';
import type { Network } from '../../graph/network.ts';
import { sizeOf } from '../../graph/shape.ts';

/** A batch of images after the forward and, if requested, the backward pass. */
export interface Batch {
  /** Index of the first image, and their number. */
  readonly from: number;
  readonly count: number;
  /** The last layer's output, [count, Y]. */
  readonly scores: Float32Array;
  /** A layer's output, [count, …outputShape]. */
  activation(layer: string): Float32Array;
  /** The gradient of the target's score with respect to a layer's output, [count, …outputShape]. */
  gradient(layer: string): Float32Array;
}

/** Runs any number of images through a network with all activations recorded, dropout off. */
export interface Passes {
  /** Its last layer's outputs are the explained scores. */
  readonly network: Network;
  /** Returns what `visit` returns for each batch. */
  forward<T>(x: Float32Array, visit: (batch: Batch) => T): Promise<T[]>;
  /** Forward and backward, from the score of `targetClasses[n]`. */
  backward<T>(x: Float32Array, targetClasses: readonly number[], visit: (batch: Batch) => T): Promise<T[]>;
  close(): Promise<void>;
}

/** @param most images that the recorder takes at once */
export function passesOver(recorder: ActivationRecorder, network: Network, most: number): Passes {
  const size = sizeOf(network.inputShape);
  const output = network.output;
  const Y = sizeOf(output.outputShape);
  const run = async <T>(x: Float32Array, targetClasses: readonly number[] | null, visit: (batch: Batch) => T) => {
    const results: T[] = [];
    for (let from = 0; from * size < x.length; from += most) {
      const part = x.subarray(from * size, (from + most) * size);
      const count = part.length / size;
      await recorder.forward(part);
      if (targetClasses) await recorder.backward(oneHot(targetClasses.slice(from, from + count), Y));
      const { activation, gradient } = recorder;
      results.push(visit({ from, count, scores: activation(output.name), activation, gradient }));
    }
    return results;
  };
  return {
    network,
    forward: (x, visit) => run(x, null, visit),
    backward: run,
    close: () => recorder.close(),
  };
}

/** [N, Y]: 1 at each target, else 0. */
export function oneHot(targetClasses: readonly number[], Y: number): Float32Array {
  const rows = new Float32Array(targetClasses.length * Y);
  for (const [n, target] of targetClasses.entries()) rows[n * Y + target] = 1;
  return rows;
}
