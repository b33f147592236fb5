import type { Interval } from '../../model/reliability.ts';

const z = 1.959963984540054;

/**
 * The area under the receiver operating characteristic: how often a positive's value is above a negative's, ties counted half;
 * with its 95 % interval, value ± 1.96 · √variance, cut off at 0 and 1.
 *
 * @param positives [M], at least 1
 * @param negatives [N], at least 1
 * @see DeLong, DeLong and Clarke-Pearson 1988, for the variance
 */
export function auroc(positives: Float64Array, negatives: Float64Array): Interval {
  const above = placements(positives, negatives);
  const below = placements(negatives, positives).map((share) => 1 - share);
  const value = mean(above);
  const half = z * Math.sqrt(varianceOfMean(above) + varianceOfMean(below));
  return { value, low: Math.max(0, value - half), high: Math.min(1, value + half) };
}

/** For each value the share of the others that are below it, ties counted half. */
function placements(values: Float64Array, others: Float64Array): Float64Array {
  const sorted = Float64Array.from(others).sort();
  return values.map((value) => {
    const below = firstAtLeast(sorted, value);
    return (below + firstAbove(sorted, value)) / 2 / sorted.length;
  });
}

/** The place of the first value ≥ x in ascending values; their number where there is none. */
export function firstAtLeast(sorted: ArrayLike<number>, x: number): number {
  return firstWhere(sorted, (value) => value >= x);
}

function firstAbove(sorted: ArrayLike<number>, x: number): number {
  return firstWhere(sorted, (value) => value > x);
}

function firstWhere(sorted: ArrayLike<number>, holds: (value: number) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(sorted[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function varianceOfMean(values: Float64Array): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) * (value - centre), 0);
  return squares / (values.length - 1) / values.length;
}
