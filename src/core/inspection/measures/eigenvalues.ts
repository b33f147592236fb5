import type { Matrix } from './matrix.ts';

/** Iterations for one eigenvalue, of which two or three are the rule. */
const mostIterations = 60;

/**
 * The eigenvalues of a symmetric matrix, descending, without its eigenvectors: Householder reduction to tridiagonal form
 * and implicit QL (Golub & Van Loan 2013, sections 8.3.1 and 8.3.3), in a seventh of the time of the whole decomposition.
 */
export function eigenvalues(symmetric: Matrix): Float64Array {
  const { diagonal, beside } = tridiagonal(Float64Array.from(symmetric.values), symmetric.rows);
  diagonalise(diagonal, beside);
  return diagonal.sort().reverse();
}

/** Reduces `a` [n, n], of which the lower half is read and overwritten; `beside[i]` stands between diagonals i and i + 1. */
function tridiagonal(a: Float64Array, n: number): { diagonal: Float64Array; beside: Float64Array } {
  const diagonal = new Float64Array(n);
  const beside = new Float64Array(n);
  const p = new Float64Array(n);
  for (let i = n - 1; i > 0; i--) {
    const v = a.subarray(i * n, i * n + i);
    diagonal[i] = a[i * n + i]!;
    let squares = 0;
    for (let k = 0; k < i; k++) squares += v[k]! * v[k]!;
    const end = v[i - 1]!;
    const length = end > 0 ? -Math.sqrt(squares) : Math.sqrt(squares);
    beside[i - 1] = length;
    // v becomes x − length · e: reflecting along it makes all of the row but its end 0.
    const h = squares - end * length;
    if (h === 0) continue;
    v[i - 1] = end - length;
    p.fill(0, 0, i);
    for (let j = 0; j < i; j++) {
      const row = a.subarray(j * n, j * n + j);
      const vj = v[j]!;
      let sum = a[j * n + j]! * vj;
      for (let k = 0; k < j; k++) {
        sum += row[k]! * v[k]!;
        p[k]! += row[k]! * vj;
      }
      p[j]! += sum;
    }
    let vp = 0;
    for (let k = 0; k < i; k++) {
      p[k]! /= h;
      vp += v[k]! * p[k]!;
    }
    for (let k = 0; k < i; k++) p[k]! -= (vp / (2 * h)) * v[k]!;
    for (let j = 0; j < i; j++) {
      const row = a.subarray(j * n, j * n + j + 1);
      const vj = v[j]!;
      const pj = p[j]!;
      for (let k = 0; k <= j; k++) row[k]! -= vj * p[k]! + pj * v[k]!;
    }
  }
  diagonal[0] = a[0]!;
  return { diagonal, beside };
}

/** Turns a tridiagonal matrix's diagonal into its eigenvalues. */
function diagonalise(d: Float64Array, e: Float64Array): void {
  const n = d.length;
  const ends = (m: number) => Math.abs(e[m]!) <= Number.EPSILON * (Math.abs(d[m]!) + Math.abs(d[m + 1]!));
  for (let l = 0; l < n; l++) {
    for (let iteration = 0; iteration < mostIterations; iteration++) {
      let m = l;
      while (m < n - 1 && !ends(m)) m++;
      if (m === l) break;
      const half = (d[l + 1]! - d[l]!) / (2 * e[l]!);
      const r = Math.hypot(half, 1);
      let g = d[m]! - d[l]! + e[l]! / (half + (half >= 0 ? r : -r));
      let s = 1;
      let c = 1;
      let p = 0;
      let i = m - 1;
      for (; i >= l; i--) {
        const f = s * e[i]!;
        const b = c * e[i]!;
        const length = Math.sqrt(f * f + g * g);
        e[i + 1] = length;
        if (length === 0) {
          d[i + 1]! -= p;
          e[m] = 0;
          break;
        }
        s = f / length;
        c = g / length;
        const shift = d[i + 1]! - p;
        const t = (d[i]! - shift) * s + 2 * c * b;
        p = s * t;
        d[i + 1] = shift + p;
        g = c * t - b;
      }
      if (i >= l) continue;
      d[l]! -= p;
      e[l] = g;
      e[m] = 0;
    }
  }
}
