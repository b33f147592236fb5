/** The eigenvalues of a symmetric matrix, largest first, and its eigenvectors in that order, row by row. */
export interface Eigen {
  /** [D] */
  readonly values: Float64Array;
  /** [D, D]: row k belongs to eigenvalue k, has length 1, and its component of the largest magnitude (the first of equals) is positive. */
  readonly vectors: Float64Array;
}

/** Far more than rotations ever need: convergence is quadratic. */
const mostSweeps = 60;

/**
 * Jacobi's method, cyclic by rows, in float64. Additions, multiplications, divisions and square roots alone, so that the bits are the
 * same everywhere.
 * @param matrix symmetric, [D, D]
 * @see Golub and Van Loan, Matrix Computations, section 8.5
 */
export function symmetricEigen(matrix: Float64Array, D: number): Eigen {
  const a = matrix.slice();
  const v = new Float64Array(D * D);
  for (let i = 0; i < D; i++) v[i * D + i] = 1;
  for (let sweep = 0; sweep < mostSweeps && !isDiagonal(a, D); sweep++) {
    for (let p = 0; p < D; p++) for (let q = p + 1; q < D; q++) rotate(a, v, D, p, q);
  }
  const order = Array.from({ length: D }, (_, i) => i).sort((i, j) => a[j * D + j]! - a[i * D + i]! || i - j);
  return {
    values: Float64Array.from(order, (i) => a[i * D + i]!),
    vectors: Float64Array.from(order.flatMap((i) => withSign(v.subarray(i * D, (i + 1) * D)))),
  };
}

/** Whether everything beside the diagonal is below its rounding. */
function isDiagonal(a: Float64Array, D: number): boolean {
  let beside = 0;
  let all = 0;
  for (let i = 0; i < D * D; i++) {
    const square = a[i]! * a[i]!;
    all += square;
    if (i % (D + 1) !== 0) beside += square;
  }
  return beside <= all * 2 ** -104;
}

/** Makes a[p, q] zero by a rotation of rows and columns p and q; the rows of v turn with it. */
function rotate(a: Float64Array, v: Float64Array, D: number, p: number, q: number): void {
  const apq = a[p * D + q]!;
  if (apq === 0) return;
  const theta = (a[q * D + q]! - a[p * D + p]!) / (2 * apq);
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const cosine = 1 / Math.sqrt(tangent * tangent + 1);
  const sine = tangent * cosine;
  for (let i = 0; i < D; i++) {
    const [x, y] = [a[i * D + p]!, a[i * D + q]!];
    a[i * D + p] = cosine * x - sine * y;
    a[i * D + q] = sine * x + cosine * y;
  }
  for (const m of [a, v]) {
    for (let i = 0; i < D; i++) {
      const [x, y] = [m[p * D + i]!, m[q * D + i]!];
      m[p * D + i] = cosine * x - sine * y;
      m[q * D + i] = sine * x + cosine * y;
    }
  }
  a[p * D + q] = 0;
  a[q * D + p] = 0;
}

/** The vector, or its negative. */
function withSign(vector: Float64Array): number[] {
  let largest = 0;
  for (const value of vector) if (Math.abs(value) > Math.abs(largest)) largest = value;
  return Array.from(vector, (value) => (largest < 0 ? -value : value));
}
