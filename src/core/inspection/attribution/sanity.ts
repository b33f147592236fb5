import { randomSequence, streams } from '../../engine/random.ts';
import type { Network } from '../../graph/graph.ts';
import { initialParameters } from '../../graph/initialise.ts';

/** A network whose layers from the last down to this one have random weights. */
export interface CascadeLevel {
  readonly downTo: string;
  readonly parameters: Float32Array;
}

/** Apart from all other draws of an inspection. */
const draw = 0x5a17;

/**
 * Cascading randomisation (Adebayo et al., "Sanity checks for saliency maps", 2018, section 4.1): layer after layer, from
 * the last with parameters to the first, gets initial values anew and keeps them at the levels that follow.
 */
export function cascade(network: Network, parameters: Float32Array, seed: number): CascadeLevel[] {
  // Not the seed itself: a network trained with it would get its own initial values, to which it is still akin.
  const random = initialParameters(network, randomSequence(seed, streams.inspection, draw).uint32());
  const values = parameters.slice();
  return network.layers
    .filter((layer) => layer.parameters.length > 0)
    .reverse()
    .map((layer) => {
      for (const { offset, size } of layer.parameters) values.set(random.subarray(offset, offset + size), offset);
      return { downTo: layer.name, parameters: values.slice() };
    });
}

/**
 * Spearman's rank correlation of two maps: Pearson's correlation of their ranks, equal values sharing the mean of theirs.
 * From −1 to 1; null where a map is constant, since 0 ÷ 0 says nothing.
 */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  const [x, y] = [centredRanks(a), centredRanks(b)];
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    xx += x[i]! * x[i]!;
    yy += y[i]! * y[i]!;
    xy += x[i]! * y[i]!;
  }
  // One root of the product, not two: a map and itself then give exactly 1.
  return xx === 0 || yy === 0 ? null : xy / Math.sqrt(xx * yy);
}

/** Ranks, equal values sharing the mean of theirs, less their mean: multiples of a half, so sums of them are exact. */
function centredRanks(values: ArrayLike<number>): Float64Array {
  const n = values.length;
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((i, j) => values[i]! - values[j]!);
  const ranks = new Float64Array(n);
  for (let from = 0; from < n; ) {
    let to = from + 1;
    while (to < n && values[order[to]!] === values[order[from]!]) to++;
    for (const i of order.subarray(from, to)) ranks[i] = (from + to - 1) / 2 - (n - 1) / 2;
    from = to;
  }
  return ranks;
}
