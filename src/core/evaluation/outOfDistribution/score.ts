import type { InDistributionParameters } from '../../model/reliability.ts';
import { firstAtLeast } from './auroc.ts';

/** How similar a picture is to the training data. */
export interface InDistributionScore {
  /** Whether the score is at least `leastScore`. */
  readonly familiar: boolean;
  /** The share of validation pictures that are at least as far from the training data, 0 to 1. */
  readonly score: number;
}

/** The largest share of the validation split that may be rejected as out-of-distribution. */
export const leastScore = 0.05;
/** Added to the covariance's diagonal, as a share of its mean: directions with almost no variance must not dominate. */
const ridge = 1e-3;
/** The largest number of validation distances that are stored. */
const mostDistances = 20_000;

/** Features [N, D], row by row. */
export interface Features {
  readonly values: Float32Array;
  readonly size: number;
}

/**
 * Fits Gaussians of one covariance Σ to the classes' features, each divided by its length. Returns V with V Vᵀ = Σ⁻¹ (the
 * inverse of Σ's Cholesky factor, transposed: upper triangular), and μ V of every class that has images.
 *
 * @param labels [N]
 * @see Lee et al. 2018, arXiv 1807.03888, for the distance; Müller and Hein 2025, arXiv 2505.18032, for dividing by the length
 */
export function fitDistance(
  { values, size: D }: Features,
  labels: ArrayLike<number>,
): Pick<InDistributionParameters, 'whitening' | 'means'> {
  const N = labels.length;
  const classes = [...new Set(Array.from(labels))].sort((a, b) => a - b);
  const rows = new Float64Array(N * D);
  for (let n = 0; n < N; n++) rows.set(direction(values, n * D, D), n * D);
  const means = classes.map((label) => {
    const sum = new Float64Array(D);
    let count = 0;
    for (let n = 0; n < N; n++) {
      if (labels[n] !== label) continue;
      count++;
      for (let d = 0; d < D; d++) sum[d]! += rows[n * D + d]!;
    }
    return sum.map((value) => value / count);
  });
  const covariance = new Float64Array(D * D);
  const x = new Float64Array(D);
  for (let n = 0; n < N; n++) {
    const mean = means[classes.indexOf(labels[n]!)]!;
    for (let d = 0; d < D; d++) x[d] = rows[n * D + d]! - mean[d]!;
    for (let i = 0; i < D; i++) {
      const factor = x[i]! / N;
      for (let j = 0; j <= i; j++) covariance[i * D + j]! += factor * x[j]!;
    }
  }
  let trace = 0;
  for (let d = 0; d < D; d++) trace += covariance[d * D + d]!;
  const added = trace > 0 ? (ridge * trace) / D : 1;
  for (let d = 0; d < D; d++) covariance[d * D + d]! += added;
  const whitening = Float32Array.from(inverseOfCholesky(covariance, D));
  const whitened = means.map((mean) => whiten(whitening, mean));
  return { whitening, means: Float32Array.from(whitened.flatMap((mean) => [...mean])) };
}

/**
 * The squared distance of each picture to its nearest class, min over c of ‖(x ÷ ‖x‖ − μ_c) V‖², rounded to float32: in float64
 * and in a fixed order, so that its bits do not depend on the batch.
 */
export function distances(
  { whitening, means }: Pick<InDistributionParameters, 'whitening' | 'means'>,
  { values, size: D }: Features,
): Float64Array {
  const found = new Float64Array(values.length / D);
  for (let n = 0; n < found.length; n++) {
    const x = whiten(whitening, direction(values, n * D, D));
    let nearest = Number.POSITIVE_INFINITY;
    for (let start = 0; start < means.length; start += D) {
      let sum = 0;
      for (let d = 0; d < D; d++) {
        const difference = x[d]! - means[start + d]!;
        sum += difference * difference;
      }
      nearest = Math.min(nearest, sum);
    }
    found[n] = Math.fround(nearest);
  }
  return found;
}

/** The validation pictures' distances, ascending, with which other distances are compared. */
export function referenceDistances(validation: Float64Array): Float32Array {
  return Float32Array.from(validation.subarray(0, mostDistances)).sort();
}

/**
 * The share of reference distances that are at least as large, and whether it is at least 5 %: so at least 95 % of the validation
 * split counts as in-distribution.
 */
export function scoreOf(reference: Float32Array, distance: number): InDistributionScore {
  const score = (reference.length - firstAtLeast(reference, distance)) / reference.length;
  return { familiar: score >= leastScore, score };
}

/** The in-distribution score of each picture. */
export function inDistributionScores(parameters: InDistributionParameters, features: Features): InDistributionScore[] {
  return Array.from(distances(parameters, features), (distance) => scoreOf(parameters.reference, distance));
}

/** x ÷ ‖x‖; zeros stay zeros. */
function direction(values: Float32Array, start: number, D: number): Float64Array {
  const x = new Float64Array(D);
  let squares = 0;
  for (let d = 0; d < D; d++) squares += values[start + d]! * values[start + d]!;
  const length = Math.sqrt(squares) || 1;
  for (let d = 0; d < D; d++) x[d] = values[start + d]! / length;
  return x;
}

/** x V of an upper triangular V [D, D]; zeros, about half of a ReLU's outputs, are skipped. */
function whiten(whitening: Float32Array, x: Float64Array): Float64Array {
  const D = x.length;
  const y = new Float64Array(D);
  for (let i = 0; i < D; i++) {
    const factor = x[i]!;
    if (factor === 0) continue;
    for (let j = i, at = i * D + i; j < D; j++, at++) y[j]! += factor * whitening[at]!;
  }
  return y;
}

/** L⁻ᵀ of a positive definite matrix L Lᵀ [D, D], of which the lower half is read (Golub and Van Loan 2013, 4.2.5, 3.1). */
function inverseOfCholesky(matrix: Float64Array, D: number): Float64Array {
  const L = new Float64Array(D * D);
  for (let i = 0; i < D; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * D + j]!;
      for (let k = 0; k < j; k++) sum -= L[i * D + k]! * L[j * D + k]!;
      L[i * D + j] = i === j ? Math.sqrt(sum) : sum / L[j * D + j]!;
    }
  }
  const inverse = new Float64Array(D * D);
  for (let j = 0; j < D; j++) {
    inverse[j * D + j] = 1 / L[j * D + j]!;
    for (let i = j + 1; i < D; i++) {
      let sum = 0;
      for (let k = j; k < i; k++) sum -= L[i * D + k]! * inverse[j * D + k]!;
      inverse[j * D + i] = sum / L[i * D + i]!;
    }
  }
  return inverse;
}
