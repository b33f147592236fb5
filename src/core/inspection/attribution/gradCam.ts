import type { Layer } from '../../graph/layer.ts';
import { sizeOf } from '../../graph/shape.ts';
import type { Passes } from './passes.ts';
import { pictureOf } from './places.ts';
import { resizeBilinear } from './resize.ts';

type Numbers = ArrayLike<number>;

/**
 * Grad-CAM's weights: the mean over positions of each map's gradient (Selvaraju et al., "Grad-CAM", 2017, eq. 1).
 * @param gradients of the target's score, [H, W, K]
 */
export function gradCamWeights(gradients: Numbers, K: number): Float64Array {
  const weights = new Float64Array(K);
  for (let i = 0; i < gradients.length; i++) weights[i % K]! += (gradients[i]! * K) / gradients.length;
  return weights;
}

/**
 * Grad-CAM++'s weights: Σ α · max(g, 0) with α = g² ÷ (2g² + g³ · ΣA) (Chattopadhay et al., "Grad-CAM++", 2018, eq. 19,
 * for the exponential of the score, whose own size would scale all weights alike and is left out). α is 0 where that is
 * 0 ÷ 0.
 * @param maps [H, W, K]
 * @param gradients of the target's score, [H, W, K]
 */
export function gradCamPlusPlusWeights(maps: Numbers, gradients: Numbers, K: number): Float64Array {
  const sums = new Float64Array(K);
  for (let i = 0; i < maps.length; i++) sums[i % K]! += maps[i]!;
  const weights = new Float64Array(K);
  for (let i = 0; i < gradients.length; i++) {
    const g = gradients[i]!;
    // g² is cancelled; without a ReLU before it the sum of a map may make this 0 as well.
    const divisor = 2 + g * sums[i % K]!;
    if (g > 0 && divisor !== 0) weights[i % K]! += g / divisor;
  }
  return weights;
}

/** Σ weight · map, [H, W]; signed: negative values, which a ReLU would remove, are evidence against the class. */
export function weightedMaps(maps: Numbers, weights: Numbers): Float64Array {
  const K = weights.length;
  const sum = new Float64Array(maps.length / K);
  for (let i = 0; i < maps.length; i++) sum[Math.floor(i / K)]! += weights[i % K]! * maps[i]!;
  return sum;
}

/** Grad-CAM from the output of `layer`, resized bilinearly to the input: N times [H, W]. */
export function gradCamAt(passes: Passes, layer: Layer, x: Float32Array, targetClasses: readonly number[]) {
  return camAt(passes, layer, x, targetClasses, (_, gradients, K) => gradCamWeights(gradients, K));
}

/** Grad-CAM++ from the output of `layer`, resized bilinearly to the input: N times [H, W]. */
export function gradCamPlusPlusAt(passes: Passes, layer: Layer, x: Float32Array, targetClasses: readonly number[]) {
  return camAt(passes, layer, x, targetClasses, gradCamPlusPlusWeights);
}

async function camAt(
  passes: Passes,
  layer: Layer,
  x: Float32Array,
  targetClasses: readonly number[],
  weigh: (maps: Numbers, gradients: Numbers, K: number) => Float64Array,
): Promise<Float64Array[]> {
  const { H, W } = pictureOf(passes.network);
  const [h, w, K] = layer.outputShape as [number, number, number];
  const size = sizeOf(layer.outputShape);
  const found = await passes.backward(x, targetClasses, ({ count, activation, gradient }) => {
    const [activations, gradients] = [activation(layer.name), gradient(layer.name)];
    return Array.from({ length: count }, (_, n) => {
      const maps = activations.subarray(n * size, (n + 1) * size);
      const weights = weigh(maps, gradients.subarray(n * size, (n + 1) * size), K);
      return resizeBilinear(weightedMaps(maps, weights), [h, w], [H, W]);
    });
  });
  return found.flat();
}
