import { studentTBeyond, studentTQuantile } from './studentT.ts';

/** A value and its 95 % interval. All three are finite. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A difference of means, its 95 % interval, and the two-sided p-value of the hypothesis that it is 0. */
export interface MeanDifference extends Estimate {
  readonly method: 'paired' | 'Welch';
  readonly degreesOfFreedom: number;
  readonly t: number;
  readonly pValue: number;
}

const beyond = 0.05;

/** The mean and its 95 % interval by Student's t. Null for fewer than two values, which tell nothing about their spread. */
export function meanInterval(values: readonly number[]): Estimate | null {
  if (values.length < 2) return null;
  const value = meanOf(values);
  const half = studentTQuantile(beyond, values.length - 1) * Math.sqrt(variance(values) / values.length);
  return { value, low: value - half, high: value + half };
}

/**
 * The mean of a − b where a[i] and b[i] belong together: the paired t-test.
 * @returns null for fewer than two pairs
 */
export function pairedDifference(a: readonly number[], b: readonly number[]): MeanDifference | null {
  const differences = a.map((value, i) => value - b[i]!);
  if (differences.length < 2) return null;
  return tested('paired', meanOf(differences), variance(differences) / a.length, a.length - 1);
}

/**
 * The mean of a minus the mean of b where they are independent, with variances of their own (Welch 1947).
 * @returns null where either has fewer than two values
 */
export function welchDifference(a: readonly number[], b: readonly number[]): MeanDifference | null {
  if (a.length < 2 || b.length < 2) return null;
  const [ofA, ofB] = [variance(a) / a.length, variance(b) / b.length];
  const sum = ofA + ofB;
  // Welch and Satterthwaite's degrees of freedom from shares, whose squares do not underflow; without any spread they are 0 ÷ 0.
  const [shareA, shareB] = [ofA / sum, ofB / sum];
  const freedom = sum === 0 ? 1 : 1 / ((shareA * shareA) / (a.length - 1) + (shareB * shareB) / (b.length - 1));
  return tested('Welch', meanOf(a) - meanOf(b), sum, freedom);
}

/** @param squaredError the difference's squared standard error */
function tested(
  method: MeanDifference['method'],
  value: number,
  squaredError: number,
  degreesOfFreedom: number,
): MeanDifference {
  const error = Math.sqrt(squaredError);
  const half = studentTQuantile(beyond, degreesOfFreedom) * error;
  // Values without any spread differ for certain, or not at all.
  const t = value === 0 ? 0 : value / error;
  const pValue = studentTBeyond(t, degreesOfFreedom);
  return { method, value, low: value - half, high: value + half, degreesOfFreedom, t, pValue };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of the population that the values are a sample of: the sum of squares over n − 1. */
function variance(values: readonly number[]): number {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / (values.length - 1);
}
