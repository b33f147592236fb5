import { sizeOf } from '../../graph/shape.ts';
import type { Passes } from './passes.ts';
import { pictureOf, sumChannels } from './places.ts';

/** Points of the path that are held at once. */
const pointsAtOnce = 64;

export interface IntegratedGradientsOptions {
  /** Start of the straight path to the image, […inputShape]; default: black. */
  readonly baseline?: Float32Array;
  /** Initial number of points of the path. */
  readonly steps?: number;
  /** Points are tripled while the error is too large, up to this number. */
  readonly mostSteps?: number;
}

export interface IntegratedGradientsMap {
  /** [H, W], input channels summed. */
  readonly values: Float64Array;
  /** |Σ attributions − (F(x) − F(baseline))|, and F(x) − F(baseline). */
  readonly completeness: { readonly error: number; readonly difference: number };
  /** Points of the path that were used. */
  readonly steps: number;
}

/**
 * (x − baseline) · ∫ ∂F ÷ ∂x along the straight path from the baseline to x (Sundararajan et al., "Axiomatic attribution
 * for deep networks", 2017), F the target's score, by the midpoint rule. The attributions should add up to
 * F(x) − F(baseline): where they miss it by more than 1 % of it and more than 0.01, the path gets three times the points,
 * of which a third are the ones before.
 * @param x [N, …inputShape]
 */
export async function integratedGradients(
  passes: Passes,
  x: Float32Array,
  targetClasses: readonly number[],
  options: IntegratedGradientsOptions = {},
): Promise<IntegratedGradientsMap[]> {
  const size = sizeOf(passes.network.inputShape);
  const { baseline = new Float32Array(size), steps = 32, mostSteps = 2592 } = options;
  const maps: IntegratedGradientsMap[] = [];
  for (const [n, target] of targetClasses.entries()) {
    maps.push(await ofOne(passes, x.subarray(n * size, (n + 1) * size), target, { baseline, steps, mostSteps }));
  }
  return maps;
}

async function ofOne(
  passes: Passes,
  x: Float32Array,
  target: number,
  { baseline, steps, mostSteps }: Required<IntegratedGradientsOptions>,
): Promise<IntegratedGradientsMap> {
  const { layers } = passes.network;
  const path = Float64Array.from(x, (v, i) => v - baseline[i]!);
  const difference = await scoreGained(passes, baseline, x, target);
  const sum = new Float64Array(x.length);
  for (let points = steps; ; points *= 3) {
    const all = Array.from({ length: points }, (_, i) => i);
    const fresh = points === steps ? all : all.filter((i) => i % 3 !== 1);
    // Not all at once, which for a large picture would be gigabytes.
    for (let from = 0; from < fresh.length; from += pointsAtOnce) {
      const some = fresh.slice(from, from + pointsAtOnce);
      const along = new Float32Array(some.length * x.length);
      for (const [p, i] of some.entries()) {
        const share = (i + 0.5) / points;
        for (let j = 0; j < x.length; j++) along[p * x.length + j] = baseline[j]! + share * path[j]!;
      }
      await passes.backward(along, Array<number>(some.length).fill(target), (batch) => {
        for (const [i, value] of batch.gradient(layers[0]!.name).entries()) sum[i % x.length]! += value;
      });
    }
    const attributions = sum.map((value, i) => (value / points) * path[i]!);
    const error = Math.abs(attributions.reduce((total, value) => total + value, 0) - difference);
    if (error <= Math.max(0.01 * Math.abs(difference), 0.01) || points * 3 > mostSteps) {
      const [values] = sumChannels(attributions, pictureOf(passes.network));
      return { values: values!, completeness: { error, difference }, steps: points };
    }
  }
}

async function scoreGained(passes: Passes, baseline: Float32Array, x: Float32Array, target: number): Promise<number> {
  const both = new Float32Array(x.length * 2);
  both.set(baseline);
  both.set(x, x.length);
  const [gained] = await passes.forward(both, ({ scores }) => scores[scores.length / 2 + target]! - scores[target]!);
  return gained!;
}
