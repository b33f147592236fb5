import type { Layer } from '../../graph/layer.ts';
import { traitsOf } from '../../graph/layers/index.ts';
import { bootstrapMean, drawResamples } from '../measures/intervals.ts';
import type { Estimate, FilterMetrics } from '../record.ts';
import type { InspectionTarget } from '../target.ts';

/** A filter's energy, split into shares that add up to 1. */
export type EnergyShares = Readonly<Record<'flat' | 'edge' | 'texture', number>>;

/**
 * Shares of a filter's energy in its orthonormal two-dimensional cosine basis (DCT-II): the constant; the two first-order terms,
 * half a period down or across, which make up an edge detector; and all others. Noise has the same energy in each of the
 * R·S terms. Null for a filter of zeros.
 * @param filter [R, S], row-major
 */
export function energyShares(filter: ArrayLike<number>, R: number, S: number): EnergyShares | null {
  const coefficient = (u: number, v: number) => {
    let sum = 0;
    for (let r = 0; r < R; r++) {
      for (let s = 0; s < S; s++) sum += filter[r * S + s]! * cosine(R, u, r) * cosine(S, v, s);
    }
    return sum * sum;
  };
  let energy = 0;
  for (let i = 0; i < R * S; i++) energy += filter[i]! * filter[i]!;
  if (!(energy > 0)) return null;
  const flat = coefficient(0, 0) / energy;
  const edge = ((R > 1 ? coefficient(1, 0) : 0) + (S > 1 ? coefficient(0, 1) : 0)) / energy;
  return { flat, edge, texture: Math.max(0, 1 - flat - edge) };
}

/** Element `at` of the orthonormal basis vector number `order`, n long. */
function cosine(n: number, order: number, at: number): number {
  if (order === 0) return Math.sqrt(1 / n);
  return Math.sqrt(2 / n) * Math.cos((Math.PI * order * (2 * at + 1)) / (2 * n));
}

/**
 * The first convolution's filters, trained and untrained: energy shares, mean over a filter's input channels and then
 * over filters, with intervals bootstrapped over filters. Filters of zeros are left out. Null where there is no convolution, where its
 * kernels are single pixels, or where all filters of one network are zero.
 */
export function filterMetrics(
  { network, parameters, untrained }: InspectionTarget,
  seed: number,
): FilterMetrics | null {
  const layer = network.layers.find(({ spec }) => traitsOf(spec).hasFeatureMaps);
  if (!layer) return null;
  const figures = [parameters, untrained].map((values) => meanShares(sharesOfFilters(layer, values), seed));
  const [trained, control] = figures;
  if (!trained || !control) return null;
  return { layer: layer.name, filters: layer.outputShape.at(-1)!, trained, untrained: control };
}

/** Each filter's shares; of those that are not zero. */
function sharesOfFilters(layer: Layer, values: Float32Array): EnergyShares[] {
  const { offset, shape } = layer.parameters[0]!;
  // A depthwise kernel [R, S, C] has a filter for each channel.
  const [R, S, C, K] = (shape.length === 3 ? [shape[0], shape[1], 1, shape[2]] : shape) as [
    number,
    number,
    number,
    number,
  ];
  if (R * S === 1) return [];
  return Array.from({ length: K }, (_, k) => {
    const channels = Array.from({ length: C }, (_, c) => {
      const filter = Float64Array.from({ length: R * S }, (_, i) => values[offset + (i * C + c) * K + k]!);
      return energyShares(filter, R, S);
    }).filter((shares) => shares !== null);
    if (channels.length === 0) return null;
    return byPart((part) => channels.reduce((sum, shares) => sum + shares[part], 0) / channels.length);
  }).filter((shares) => shares !== null);
}

function meanShares(filters: readonly EnergyShares[], seed: number): Record<keyof EnergyShares, Estimate> | undefined {
  if (filters.length === 0) return undefined;
  const resamples = drawResamples(filters.length, seed);
  const shares = (part: keyof EnergyShares) => filters.map((filter) => filter[part]);
  return byPart((part) => bootstrapMean(shares(part), resamples));
}

function byPart<T>(of: (part: keyof EnergyShares) => T): Record<keyof EnergyShares, T> {
  return { flat: of('flat'), edge: of('edge'), texture: of('texture') };
}
