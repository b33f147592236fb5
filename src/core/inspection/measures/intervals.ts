import { randomSequence, streams } from '../../engine/random.ts';
import { studentTQuantile } from '../../statistics/studentT.ts';
import type { Estimate } from '../record.ts';

/** Number of bootstrap resamples. */
const resampleCount = 1000;

/** Its place among the sequences of the inspection's stream. */
const bootstrapSequence = 0xb00;

/** One set of bootstrap samples of N images, to be shared by all series over the same images. */
export interface Resamples {
  /** N. */
  readonly count: number;
  /** How often resample b drew image i, [N, resamples]: a series that is zero on most images skips their rows. */
  readonly draws: Uint8Array;
}

/** Draws N of N images with replacement, a thousand times (Efron & Tibshirani 1993, chapter 6). */
export function drawResamples(count: number, seed: number): Resamples {
  const random = randomSequence(seed, streams.inspection, bootstrapSequence);
  const draws = new Uint8Array(count * resampleCount);
  for (let b = 0; b < resampleCount; b++) {
    for (let i = 0; i < count; i++) draws[random.below(count) * resampleCount + b]! += 1;
  }
  return { count, draws };
}

/**
 * The mean of the defined values, and its 95 % percentile bootstrap interval over images; NaN marks a value that is
 * undefined (0 ÷ 0). Null where none is defined.
 * @param values [N], one per image
 */
export function bootstrapDefinedMean(
  values: ArrayLike<number>,
  { count, draws }: Resamples,
): { readonly estimate: Estimate | null; readonly undefinedCases: number } {
  if (count !== values.length) throw new Error(`${count} resampled images do not fit ${values.length} values.`);
  const sums = new Float64Array(resampleCount);
  const counts = new Float64Array(resampleCount).fill(values.length);
  let sum = 0;
  let defined = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const row = i * resampleCount;
    if (Number.isNaN(value)) {
      for (let b = 0; b < resampleCount; b++) counts[b]! -= draws[row + b]!;
      continue;
    }
    sum += value;
    defined++;
    if (value !== 0) for (let b = 0; b < resampleCount; b++) sums[b]! += draws[row + b]! * value;
  }
  const undefinedCases = values.length - defined;
  if (defined === 0) return { estimate: null, undefinedCases };
  const means = sums.map((total, b) => total / counts[b]!).filter((mean) => !Number.isNaN(mean));
  const value = sum / defined;
  const { low, high } = percentiles(means);
  // Where all resamples give the same, rounding could leave the value outside.
  return { estimate: { value, low: Math.min(low, value), high: Math.max(high, value) }, undefinedCases };
}

/**
 * The mean and its 95 % percentile bootstrap interval over images.
 * @param values [N], one finite value per image, N at least 1
 */
export function bootstrapMean(values: ArrayLike<number>, resamples: Resamples): Estimate {
  const { estimate, undefinedCases } = bootstrapDefinedMean(values, resamples);
  if (!estimate || undefinedCases > 0) throw new Error('A mean needs at least one value, and none that is NaN.');
  return estimate;
}

/**
 * The mean of a − b, where both were measured on the same images: images are resampled, with both values of each.
 * @param a [N]
 * @param b [N]
 */
export function bootstrapMeanDifference(a: ArrayLike<number>, b: ArrayLike<number>, resamples: Resamples): Estimate {
  const differences = Float64Array.from(a, (value, i) => value - b[i]!);
  return bootstrapMean(differences, resamples);
}

/** The 2.5th and 97.5th percentile, interpolated linearly. */
function percentiles(values: Float64Array): { readonly low: number; readonly high: number } {
  const sorted = values.sort();
  const at = (share: number) => {
    const place = share * (sorted.length - 1);
    const below = Math.floor(place);
    const above = Math.min(below + 1, sorted.length - 1);
    return sorted[below]! + (sorted[above]! - sorted[below]!) * (place - below);
  };
  return { low: at(0.025), high: at(0.975) };
}

/** How many groups of images a jackknife leaves out in turn, where there are that many images. */
export const jackknifeGroups = 50;

/**
 * The 95 % interval of a statistic that is no mean over images (a mean over units of ratios of sums): the delete-a-group
 * jackknife. With θ₍g₎ the statistic without the images of group g, of G groups of equal size drawn at random, the
 * variance is (G − 1) ÷ G · Σ (θ₍g₎ − θ̄)², and the interval is θ ± t · √variance, t being Student's for G − 1 degrees of
 * freedom (Efron & Tibshirani 1993, chapter 11; Kott 2001 for groups). With fewer than two replicates it has no width.
 * @param value θ, of all images
 * @param leftOut θ₍g₎
 * @param range where θ can lie at all: the interval is cut off there
 */
export function jackknifeEstimate(
  value: number,
  leftOut: ArrayLike<number>,
  range: readonly [number, number] = [-Infinity, Infinity],
): Estimate {
  const G = leftOut.length;
  if (G < 2) return { value, low: value, high: value };
  const replicates = Float64Array.from(leftOut);
  const mean = replicates.reduce((total, theta) => total + theta, 0) / G;
  const squares = replicates.reduce((total, theta) => total + (theta - mean) * (theta - mean), 0);
  const half = studentTQuantile(0.05, G - 1) * Math.sqrt(((G - 1) / G) * squares);
  return { value, low: Math.max(range[0], value - half), high: Math.min(range[1], value + half) };
}
