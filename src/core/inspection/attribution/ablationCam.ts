import type { Layer } from '../../graph/layer.ts';
import { sizeOf } from '../../graph/shape.ts';
import type { Forward } from './forward.ts';
import { weightedMaps } from './gradCam.ts';
import type { Passes } from './passes.ts';
import { pictureOf } from './places.ts';
import { resizeBilinear } from './resize.ts';

/** The layer whose output is the maps, and the network that follows it. */
export interface MapsAt {
  readonly layer: Layer;
  readonly tail: Forward;
}

/**
 * The decrease of the target's score when a group of a layer's units is set to 0, group by group (layer ablation).
 * @param values the layer's output for one picture
 * @param groupOf the group, from 0, of each unit
 */
export async function groupDrops(
  tail: Forward,
  values: Float32Array,
  target: number,
  groups: number,
  groupOf: (unit: number) => number,
): Promise<Float64Array> {
  const Y = sizeOf(tail.network.outputShape);
  const whole = (await tail.run(values))[target]!;
  const drops = new Float64Array(groups);
  const size = values.length;
  for (let from = 0; from < groups; from += tail.batch) {
    const count = Math.min(tail.batch, groups - from);
    const copies = new Float32Array(count * size);
    for (let c = 0; c < count; c++) copies.set(values, c * size);
    for (let unit = 0; unit < size; unit++) {
      const c = groupOf(unit) - from;
      if (c >= 0 && c < count) copies[c * size + unit] = 0;
    }
    const scores = await tail.run(copies);
    for (let c = 0; c < count; c++) drops[from + c] = whole - scores[c * Y + target]!;
  }
  return drops;
}

/** The decrease of the target's score when one map is ablated: N times [K]. */
export async function mapDrops(passes: Passes, at: MapsAt, x: Float32Array, targetClasses: readonly number[]) {
  return (await withoutEach(passes, at, x, targetClasses)).map(({ drops }) => drops);
}

/**
 * Σ drop · map, signed, resized bilinearly to the input: each map is weighted by the decrease of the target's score without it
 * (Desai & Ramaswamy, "Ablation-CAM", 2020, eq. 3; there the drop is divided by the score, which scales all maps alike).
 * @param x [N, …inputShape]
 * @returns N times [H, W]
 */
export async function ablationCamAt(
  passes: Passes,
  at: MapsAt,
  x: Float32Array,
  targetClasses: readonly number[],
): Promise<Float64Array[]> {
  const { H, W } = pictureOf(passes.network);
  const [h, w] = at.layer.outputShape as [number, number, number];
  const found = await withoutEach(passes, at, x, targetClasses);
  return found.map(({ maps, drops }) => resizeBilinear(weightedMaps(maps, drops), [h, w], [H, W]));
}

async function withoutEach(passes: Passes, { layer, tail }: MapsAt, x: Float32Array, targetClasses: readonly number[]) {
  const size = sizeOf(layer.outputShape);
  const K = layer.outputShape[2]!;
  const recorded = await passes.forward(x, ({ count, activation }) => {
    const all = activation(layer.name);
    return Array.from({ length: count }, (_, n) => all.subarray(n * size, (n + 1) * size));
  });
  const found: { maps: Float32Array; drops: Float64Array }[] = [];
  for (const [n, maps] of recorded.flat().entries()) {
    found.push({ maps, drops: await groupDrops(tail, maps, targetClasses[n]!, K, (unit) => unit % K) });
  }
  return found;
}
