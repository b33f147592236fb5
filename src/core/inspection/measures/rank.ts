import { eigenvalues } from './eigenvalues.ts';
import { centred, type Matrix } from './matrix.ts';
import { effectiveRank, participationRatio } from './spectrum.ts';

/** A figure of all images, and what it is without each of some groups of images in turn. */
export interface Replicated {
  readonly value: number;
  readonly leftOut: readonly number[];
}

/** Both undefined where nothing varies. */
export interface RankMetrics {
  readonly effectiveRank: Replicated | undefined;
  readonly participationRatio: Replicated | undefined;
}

/**
 * Effective rank and participation ratio of the covariance (centred, ÷ (n − 1)) of x [n, d], with all images and without
 * each of `groups` groups of them in turn: groups without replacement, since a bootstrap's duplicates would change the rank.
 */
export function rankMetrics(x: Matrix, groups: number): RankMetrics {
  const n = x.rows;
  const d = x.columns;
  const { values } = centred(x);
  const parts = Array.from({ length: groups }, (_, g) => {
    const first = Math.floor((g * n) / groups);
    const end = Math.floor(((g + 1) * n) / groups);
    return { ...scatter(values, d, first, end), count: end - first };
  });
  const whole = new Float64Array(d * d);
  for (const { products } of parts) for (let i = 0; i < whole.length; i++) whole[i]! += products[i]!;
  const covariance = (products: Float64Array, count: number) => ({
    rows: d,
    columns: d,
    values: products.map((product) => product / (count - 1)),
  });
  const all = eigenvalues(covariance(whole, n));
  const without = parts.map(({ products, sums, count }) => {
    // What is left has the mean −sums ÷ left, as all of x has the mean 0.
    const left = n - count;
    const rest = new Float64Array(d * d);
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++)
        rest[i * d + j] = whole[i * d + j]! - products[i * d + j]! - (sums[i]! * sums[j]!) / left;
    }
    return eigenvalues(covariance(rest, left));
  });
  const replicated = (of: (lambdas: Float64Array) => number | undefined): Replicated | undefined => {
    const value = n > 1 ? of(all) : undefined;
    if (value === undefined) return undefined;
    const leftOut = parts.map(({ count }, g) => (n - count > 1 ? of(without[g]!) : undefined));
    return { value, leftOut: leftOut.filter((one) => one !== undefined) };
  };
  return { effectiveRank: replicated(effectiveRank), participationRatio: replicated(participationRatio) };
}

/** Σ xxᵀ and Σ x over images `first` to before `end`; both halves of the symmetric product are filled. */
function scatter(
  values: Float32Array | Float64Array,
  d: number,
  first: number,
  end: number,
): { readonly products: Float64Array; readonly sums: Float64Array } {
  const products = new Float64Array(d * d);
  const sums = new Float64Array(d);
  for (let n = first; n < end; n++) {
    const x = values.subarray(n * d, (n + 1) * d);
    for (let i = 0; i < d; i++) {
      const xi = x[i]!;
      sums[i]! += xi;
      if (xi === 0) continue;
      const row = products.subarray(i * d, i * d + i + 1);
      for (let j = 0; j <= i; j++) row[j]! += xi * x[j]!;
    }
  }
  for (let i = 0; i < d; i++) for (let j = 0; j < i; j++) products[j * d + i] = products[i * d + j]!;
  return { products, sums };
}
