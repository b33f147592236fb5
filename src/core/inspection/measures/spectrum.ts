import { Matrix as Dense, EigenvalueDecomposition } from 'ml-matrix';
import type { RandomSequence } from '../../engine/random.ts';
import { dot } from '../../statistics/dot.ts';
import { type Matrix, type Multiply, transpose } from './matrix.ts';

/** Eigenvalues below this share of the largest are rounding. */
const negligible = 1e-12;

/** Symmetric, so that rows are columns: eigenvalues descending, `vectors` [k, d] with an eigenvector in each row. */
export interface Components {
  readonly values: Float64Array;
  readonly vectors: Matrix;
}

/** Eigenvalues and eigenvectors of a symmetric matrix, by Householder reduction and implicit QL. */
export function eigen({ rows, columns, values }: Matrix): Components {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(Dense.from1DArray(rows, columns, values), {
    assumeSymmetric: true,
  });
  const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]!);
  const vectors = new Float64Array(rows * columns);
  for (const [k, from] of order.entries()) {
    for (let i = 0; i < rows; i++) vectors[k * rows + i] = eigenvectorMatrix.get(i, from);
  }
  return { values: Float64Array.from(order, (i) => realEigenvalues[i]!), vectors: { rows, columns, values: vectors } };
}

/**
 * Effective rank, exp(−Σ pᵢ ln pᵢ) with pᵢ = σᵢ ÷ Σσ and σ = √λ the singular values (Roy & Vetterli 2007): from 1 (one
 * direction) to d (all directions alike).
 * @param eigenvalues of the covariance
 * @returns undefined where nothing varies
 */
export function effectiveRank(eigenvalues: ArrayLike<number>): number | undefined {
  const sigmas = positive(eigenvalues).map(Math.sqrt);
  const total = sigmas.reduce((sum, sigma) => sum + sigma, 0);
  if (total === 0) return undefined;
  return Math.exp(-sigmas.reduce((sum, sigma) => sum + (sigma / total) * Math.log(sigma / total), 0));
}

/**
 * Participation ratio, (Σλ)² ÷ Σλ²: from 1 to d.
 * @param eigenvalues of the covariance
 * @returns undefined where nothing varies
 */
export function participationRatio(eigenvalues: ArrayLike<number>): number | undefined {
  const lambdas = positive(eigenvalues);
  const total = lambdas.reduce((sum, lambda) => sum + lambda, 0);
  return total === 0 ? undefined : (total * total) / lambdas.reduce((sum, lambda) => sum + lambda * lambda, 0);
}

function positive(eigenvalues: ArrayLike<number>): number[] {
  const values = Array.from(eigenvalues);
  const floor = Math.max(0, ...values) * negligible;
  return values.filter((lambda) => lambda > floor);
}

/** How many directions more than asked the iteration carries, and how often it multiplies. */
const spare = 20;
const rounds = 4;

/**
 * The `count` leading eigenvalues and eigenvectors of a covariance [d, d]: exact for small d, otherwise by randomised
 * subspace iteration with a Rayleigh–Ritz step (Halko, Martinsson & Tropp 2011, algorithm 4.4).
 */
export async function leadingComponents(
  covariances: Matrix,
  count: number,
  multiply: Multiply,
  random: RandomSequence,
): Promise<Components> {
  const d = covariances.rows;
  const size = count + spare;
  const take = ({ values, vectors }: Components): Components => ({
    values: values.slice(0, count),
    vectors: { rows: Math.min(count, d), columns: d, values: vectors.values.slice(0, count * d) },
  });
  if (d <= size) return take(eigen(covariances));
  const start = Float64Array.from({ length: size * d }, () => random.float() - 0.5);
  let basis = orthonormal({ rows: size, columns: d, values: start });
  for (let round = 0; round < rounds; round++) basis = orthonormal(await multiply(basis, covariances));
  const inner = await multiply(await multiply(basis, covariances), transpose(basis));
  const small = eigen(inner);
  return take({ values: small.values, vectors: await multiply(small.vectors, basis) });
}

/** Rows made orthonormal, one after the other (modified Gram–Schmidt); a row that depends on earlier ones becomes 0. */
function orthonormal({ rows, columns, values }: Matrix): Matrix {
  const q = Array.from({ length: rows }, (_, i) => Float64Array.from(values.subarray(i * columns, (i + 1) * columns)));
  for (const [i, row] of q.entries()) {
    const before = dot(row, row);
    for (let j = 0; j < i; j++) {
      const other = q[j]!;
      const along = dot(row, other);
      for (let c = 0; c < columns; c++) row[c]! -= along * other[c]!;
    }
    const after = dot(row, row);
    const scale = after > 1e-12 * before ? 1 / Math.sqrt(after) : 0;
    for (let c = 0; c < columns; c++) row[c]! *= scale;
  }
  const flat = new Float64Array(rows * columns);
  for (const [i, row] of q.entries()) flat.set(row, i * columns);
  return { rows, columns, values: flat };
}
