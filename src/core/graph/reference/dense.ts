import type { Numbers } from './numbers.ts';

/** y[n, k] = bias[k] + Σ x[n, d] · w[d, k]; x [N, D], w [D, K], y [N, K]. */
export function denseForward(x: Numbers, w: Numbers, bias: Numbers, N: number, D: number, K: number): Float64Array {
  const y = new Float64Array(N * K);
  for (let n = 0; n < N; n++)
    for (let k = 0; k < K; k++) {
      let sum = bias[k]!;
      for (let d = 0; d < D; d++) sum += x[n * D + d]! * w[d * K + k]!;
      y[n * K + k] = sum;
    }
  return y;
}

export function denseBackward(x: Numbers, w: Numbers, dy: Numbers, N: number, D: number, K: number) {
  const dx = new Float64Array(N * D);
  const dw = new Float64Array(D * K);
  const dbias = new Float64Array(K);
  for (let n = 0; n < N; n++)
    for (let k = 0; k < K; k++) {
      const g = dy[n * K + k]!;
      dbias[k]! += g;
      for (let d = 0; d < D; d++) {
        dx[n * D + d]! += g * w[d * K + k]!;
        dw[d * K + k]! += g * x[n * D + d]!;
      }
    }
  return { dx, dw, dbias };
}

/** The part of `denseBackward` that is the input's. */
export function denseBackwardInput(w: Numbers, dy: Numbers, N: number, D: number, K: number): Float64Array {
  const dx = new Float64Array(N * D);
  for (let n = 0; n < N; n++)
    for (let d = 0; d < D; d++) {
      let sum = 0;
      for (let k = 0; k < K; k++) sum += dy[n * K + k]! * w[d * K + k]!;
      dx[n * D + d] = sum;
    }
  return dx;
}
