import { randomSequence, streams } from '../../engine/random.ts';
import { sizeOf } from '../../graph/shape.ts';
import { gradient } from './gradient.ts';
import type { Passes } from './passes.ts';

export interface SmoothGradOptions {
  readonly seed: number;
  /** Noisy copies of each picture. */
  readonly samples?: number;
  /** The noise's standard deviation, as a share of the input's range from 0 to 1. */
  readonly noise?: number;
}

/**
 * The mean gradient over copies of the picture with Gaussian noise (Smilkov et al., "SmoothGrad: removing noise by adding
 * noise", 2017, who advise 50 copies and noise of 10 to 20 % of the range). Every picture gets the same noise, so that
 * its map does not depend on the pictures beside it.
 * @param x [N, …inputShape]
 * @returns N times [H, W], signed, input channels summed
 */
export async function smoothGrad(
  passes: Passes,
  x: Float32Array,
  targetClasses: readonly number[],
  { seed, samples = 50, noise = 0.15 }: SmoothGradOptions,
): Promise<Float64Array[]> {
  const size = sizeOf(passes.network.inputShape);
  const draws = gaussian(seed, samples * size);
  const maps: Float64Array[] = [];
  for (const [n, target] of targetClasses.entries()) {
    const copies = draws.map((draw, i) => x[n * size + (i % size)]! + noise * draw);
    const gradients = await gradient(passes, copies, Array<number>(samples).fill(target));
    maps.push(gradients[0]!.map((_, i) => gradients.reduce((sum, one) => sum + one[i]!, 0) / samples));
  }
  return maps;
}

/** Draws from the standard normal distribution (Box & Muller 1958). */
function gaussian(seed: number, count: number): Float32Array {
  const random = randomSequence(seed, streams.inspection, smoothGradIndex);
  const draws = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    // 1 − [0, 1) is never 0, of which there is no logarithm.
    const radius = Math.sqrt(-2 * Math.log(1 - random.float()));
    const angle = 2 * Math.PI * random.float();
    draws[i] = radius * Math.cos(angle);
    if (i + 1 < count) draws[i + 1] = radius * Math.sin(angle);
  }
  return draws;
}

/** A sequence number that no other draw of an inspection uses. */
const smoothGradIndex = 0x5347_0000;
