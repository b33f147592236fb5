import { F32, smaller, storeLanes, V128 } from './lanes';
import { eightBits, spreadBits } from './poolWindow';

/** Stores eight columns of image n's row, after ReLU (`relu`) and dropout (`mask` not 0). */
// @ts-ignore: decorator
@inline
function storeRow(
  y: usize, n: i32, k: i32, K: i32, a: v128, b: v128, relu: bool, mask: usize, scale: v128, maskBytes: i32,
): void {
  if (relu) {
    const zero = f32x4.splat(0);
    a = f32x4.pmax(a, zero);
    b = f32x4.pmax(b, zero);
    if (mask) {
      const bits = eightBits(mask + <usize>(n * maskBytes), k);
      a = v128.and(f32x4.mul(a, scale), spreadBits(bits));
      b = v128.and(f32x4.mul(b, scale), spreadBits(bits >> 4));
    }
  }
  const to = y + <usize>(n * K + k) * F32;
  storeLanes(to, a, K - k);
  storeLanes(to + V128, b, K - k - 4);
}

/**
 * y[n, k] = bias[k] + Σ x[n, d] · w[d, k], summed over d in order; bias 0 leaves it out (address 0 stands for none).
 * With `relu`, negative values become zero, and where `mask` is not 0 inverted dropout follows (see `dropoutApply`).
 * x [N, D], panels [⌈K/8⌉, D, 8], y [N, K]. One unit is one panel over all images: a panel stays in the cache while the
 * images pass. The tile is four images by eight columns.
 */
export function denseForward(
  x: usize, panels: usize, bias: usize, y: usize, D: i32, K: i32, relu: bool, mask: usize, scale: f32, maskBytes: i32,
  count: i32, first: i32, last: i32,
): void {
  const splatScale = f32x4.splat(scale);
  const length = <usize>D * F32;
  for (let p = first; p < last; p++) {
    const k = p * 8;
    const panel = panels + <usize>(p * D) * 8 * F32;
    const b0 = bias ? v128.load(bias + <usize>k * F32) : f32x4.splat(0);
    const b1 = bias ? v128.load(bias + <usize>k * F32, 16) : f32x4.splat(0);
    for (let n = 0; n < count; n += 4) {
      // Past the end, the last image is computed again and not stored.
      let i0 = x + <usize>n * length;
      let i1 = x + <usize>smaller(n + 1, count - 1) * length;
      let i2 = x + <usize>smaller(n + 2, count - 1) * length;
      let i3 = x + <usize>smaller(n + 3, count - 1) * length;
      let a0 = b0, a1 = b1, c0 = b0, c1 = b1, d0 = b0, d1 = b1, e0 = b0, e1 = b1;
      let w = panel;
      const end = i0 + length;
      while (i0 < end) {
        const w0 = v128.load(w);
        const w1 = v128.load(w, 16);
        const x0 = v128.load32_splat(i0);
        a0 = f32x4.add(a0, f32x4.mul(x0, w0));
        a1 = f32x4.add(a1, f32x4.mul(x0, w1));
        const x1 = v128.load32_splat(i1);
        c0 = f32x4.add(c0, f32x4.mul(x1, w0));
        c1 = f32x4.add(c1, f32x4.mul(x1, w1));
        const x2 = v128.load32_splat(i2);
        d0 = f32x4.add(d0, f32x4.mul(x2, w0));
        d1 = f32x4.add(d1, f32x4.mul(x2, w1));
        const x3 = v128.load32_splat(i3);
        e0 = f32x4.add(e0, f32x4.mul(x3, w0));
        e1 = f32x4.add(e1, f32x4.mul(x3, w1));
        w += 2 * V128;
        i0 += F32;
        i1 += F32;
        i2 += F32;
        i3 += F32;
      }
      storeRow(y, n, k, K, a0, a1, relu, mask, splatScale, maskBytes);
      if (n + 1 < count) storeRow(y, n + 1, k, K, c0, c1, relu, mask, splatScale, maskBytes);
      if (n + 2 < count) storeRow(y, n + 2, k, K, d0, d1, relu, mask, splatScale, maskBytes);
      if (n + 3 < count) storeRow(y, n + 3, k, K, e0, e1, relu, mask, splatScale, maskBytes);
    }
  }
}

/**
 * dw[d, k] += Σ x[n, d] · dy[n, k], summed over n in order. x [N, D], dy [N, K], dw [D, K]. One unit is four rows of dw
 * over all images, so that no sum is split. The tile is four rows by eight columns.
 */
export function denseBackwardWeights(
  x: usize, dy: usize, dw: usize, D: i32, K: i32, count: i32, first: i32, last: i32,
): void {
  const length = <usize>D * F32;
  const row = <usize>K * F32;
  for (let q = first; q < last; q++) {
    const d = q * 4;
    const rows = smaller(4, D - d);
    let k = 0;
    if (rows == 4) {
      for (; k + 8 <= K; k += 8) {
        const w = dw + <usize>d * row + <usize>k * F32;
        let a0 = v128.load(w), a1 = v128.load(w, 16);
        let c0 = v128.load(w + row), c1 = v128.load(w + row, 16);
        let d0 = v128.load(w + 2 * row), d1 = v128.load(w + 2 * row, 16);
        let e0 = v128.load(w + 3 * row), e1 = v128.load(w + 3 * row, 16);
        let i = x + <usize>d * F32;
        let g = dy + <usize>k * F32;
        const end = i + <usize>count * length;
        while (i < end) {
          const g0 = v128.load(g);
          const g1 = v128.load(g, 16);
          const x0 = v128.load32_splat(i);
          a0 = f32x4.add(a0, f32x4.mul(x0, g0));
          a1 = f32x4.add(a1, f32x4.mul(x0, g1));
          const x1 = v128.load32_splat(i, 4);
          c0 = f32x4.add(c0, f32x4.mul(x1, g0));
          c1 = f32x4.add(c1, f32x4.mul(x1, g1));
          const x2 = v128.load32_splat(i, 8);
          d0 = f32x4.add(d0, f32x4.mul(x2, g0));
          d1 = f32x4.add(d1, f32x4.mul(x2, g1));
          const x3 = v128.load32_splat(i, 12);
          e0 = f32x4.add(e0, f32x4.mul(x3, g0));
          e1 = f32x4.add(e1, f32x4.mul(x3, g1));
          i += length;
          g += row;
        }
        v128.store(w, a0);
        v128.store(w, a1, 16);
        v128.store(w + row, c0);
        v128.store(w + row, c1, 16);
        v128.store(w + 2 * row, d0);
        v128.store(w + 2 * row, d1, 16);
        v128.store(w + 3 * row, e0);
        v128.store(w + 3 * row, e1, 16);
      }
    }
    for (let j = 0; j < rows; j++) {
      for (let kk = k; kk < K; kk++) {
        const w = dw + <usize>(d + j) * row + <usize>kk * F32;
        let sum = f32.load(w);
        for (let n = 0; n < count; n++) {
          sum += f32.load(x + <usize>n * length + <usize>(d + j) * F32) * f32.load(dy + <usize>n * row + <usize>kk * F32);
        }
        f32.store(w, sum);
      }
    }
  }
}

/** dbias[k] += Σ dy[n, k], summed over n in order; dy [N, K]. */
export function biasGradient(dy: usize, dbias: usize, K: i32, count: i32, first: i32, last: i32): void {
  for (let k = first; k < last; k++) {
    const b = dbias + <usize>k * F32;
    let sum = f32.load(b);
    for (let n = 0; n < count; n++) sum += f32.load(dy + <usize>(n * K + k) * F32);
    f32.store(b, sum);
  }
}
