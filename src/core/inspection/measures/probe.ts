import { minimise } from '../../statistics/lbfgs.ts';
import { argmax } from '../../training/metrics.ts';
import { type Matrix, type Multiply, squaredNorm, transpose } from './matrix.ts';
import type { Components } from './spectrum.ts';

/** The weight of ½‖W‖² beside the mean cross-entropy. */
export const probePenalty = 1e-2;
/** The optimiser stops if no component of the gradient is larger, or after 200 iterations. */
const probeTolerance = 5e-4;
const probeIterations = 200;

/** A softmax regression, softmax(xW + b). */
export interface Probe {
  /** W, [D, Y]. */
  readonly weights: Matrix;
  /** b, [Y]. */
  readonly bias: Float64Array;
  /** Whether the optimiser reached its tolerance. */
  readonly converged: boolean;
  readonly iterations: number;
}

export interface ProbeOptions {
  /** Leading eigenvalues and eigenvectors of xᵀx ÷ N: they change how fast the optimiser is, not what it finds. */
  readonly components?: Components;
  readonly multiply: Multiply;
  readonly penalty?: number;
  readonly tolerance?: number;
  readonly iterations?: number;
}

/**
 * Fits a linear probe (Alain & Bengio 2016): W and b that minimise the mean cross-entropy of softmax(xW + b) + penalty ÷ 2 ·
 * ‖W‖², by L-BFGS from zero; b is not penalised. With scikit-learn: `LogisticRegression(C=1 / (penalty * n))`.
 * @param x [N, D], centred and scaled by the caller
 * @param labels [N], from 0 to classes − 1
 */
export async function fitProbe(
  x: Matrix,
  labels: ArrayLike<number>,
  classes: number,
  options: ProbeOptions,
): Promise<Probe> {
  const { multiply, components, penalty = probePenalty } = options;
  const { tolerance = probeTolerance, iterations = probeIterations } = options;
  const { rows, columns } = x;
  const turned = transpose(x);
  const size = columns * classes;
  const at = (point: Float64Array): Pick<Probe, 'weights' | 'bias'> => ({
    weights: { rows: columns, columns: classes, values: point.subarray(0, size) },
    bias: point.subarray(size),
  });
  const found = await minimise(
    async (point) => {
      const { weights, bias } = at(point);
      const { values } = await probeProbabilities({ weights, bias }, x, multiply);
      const gradient = new Float64Array(point.length);
      let value = 0;
      for (let i = 0; i < rows; i++) {
        const own = i * classes + labels[i]!;
        value -= Math.log(Math.max(values[own]!, Number.MIN_VALUE)) / rows;
        values[own]! -= 1;
        for (let k = 0; k < classes; k++) {
          values[i * classes + k]! /= rows;
          gradient[size + k]! += values[i * classes + k]!;
        }
      }
      const slope = await multiply(turned, { rows, columns: classes, values });
      for (let i = 0; i < size; i++) {
        value += (penalty / 2) * point[i]! * point[i]!;
        gradient[i] = slope.values[i]! + penalty * point[i]!;
      }
      return { value, gradient };
    },
    new Float64Array(size + classes),
    { tolerance, iterations, ...(components && { precondition: inverseCurvature(x, components, classes, penalty) }) },
  );
  return { ...at(found.x), converged: found.converged, iterations: found.iterations };
}

/** More leading components do not pay off. */
const usedComponents = 30;
/** A probability's variance, roughly: the curvature of the loss is about so much of the features' covariance. */
const curvatureShare = 0.1;

/** The inverse of the loss' curvature, were it `curvatureShare` of the covariance: exact along the components, a mean elsewhere. */
function inverseCurvature(x: Matrix, { values, vectors }: Components, classes: number, penalty: number) {
  const D = x.columns;
  const K = Math.min(vectors.rows, usedComponents);
  const left = squaredNorm(x) / x.rows - values.subarray(0, K).reduce((sum, value) => sum + value, 0);
  const inverse = (variance: number) => 1 / (curvatureShare * Math.max(0, variance) + penalty);
  const rest = inverse(D > K ? left / (D - K) : 0);
  return (gradient: Float64Array): Float64Array => {
    const result = new Float64Array(gradient.length);
    for (let i = 0; i < result.length; i++) {
      result[i] = gradient[i]! * (i < D * classes ? rest : 1 / curvatureShare);
    }
    const along = new Float64Array(classes);
    for (let k = 0; k < K; k++) {
      const axis = vectors.values.subarray(k * D, (k + 1) * D);
      along.fill(0);
      for (let d = 0; d < D; d++) {
        for (let y = 0; y < classes; y++) along[y]! += axis[d]! * gradient[d * classes + y]!;
      }
      const more = inverse(values[k]!) - rest;
      for (let d = 0; d < D; d++) {
        for (let y = 0; y < classes; y++) result[d * classes + y]! += more * axis[d]! * along[y]!;
      }
    }
    return result;
  };
}

/** softmax(xW + b), [N, Y]. */
export async function probeProbabilities(
  { weights, bias }: Pick<Probe, 'weights' | 'bias'>,
  x: Matrix,
  multiply: Multiply,
): Promise<Matrix> {
  const product = await multiply(x, weights);
  const { rows, columns, values } = product;
  for (let i = 0; i < rows; i++) {
    const row = values.subarray(i * columns, (i + 1) * columns);
    let most = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < columns; k++) {
      row[k]! += bias[k]!;
      most = Math.max(most, row[k]!);
    }
    let sum = 0;
    for (let k = 0; k < columns; k++) {
      row[k] = Math.exp(row[k]! - most);
      sum += row[k]!;
    }
    for (let k = 0; k < columns; k++) row[k]! /= sum;
  }
  return product;
}

/** Whether the probe is right, 1 or 0, for each image; of equally probable classes the first counts. */
export async function probeHits(
  probe: Probe,
  x: Matrix,
  labels: ArrayLike<number>,
  multiply: Multiply,
): Promise<Uint8Array> {
  const { columns, values } = await probeProbabilities(probe, x, multiply);
  return Uint8Array.from({ length: x.rows }, (_, i) =>
    Number(argmax(values, i * columns, (i + 1) * columns) === labels[i]),
  );
}
