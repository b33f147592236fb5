import { F32, storeLanes, V128 } from '../lib/lanes';
import { ENTRY } from '../lib/nonZeroList';
import { eightBits, spreadBits } from '../convolution/poolWindow';
import { scratch } from '../lib/scratch';

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
 * y[n, k] = bias[k] + Σ x[n, d] · w[d, k], summed over d in order.
 * With `relu`, negative values become zero, and where `mask` is not 0 inverted dropout follows (see `dropoutApply`).
 * x [N, D], panels [⌈K/8⌉, D, 8], y [N, K]. The tile is four images by eight columns; up to three images that are left over
 * go to `denseForwardRest`. One unit is one panel over all images: a panel stays in the cache while the images pass.
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
    const b0 = v128.load(bias + <usize>k * F32);
    const b1 = v128.load(bias + <usize>k * F32, 16);
    for (let n = 0; n + 4 <= count; n += 4) {
      let i0 = x + <usize>n * length;
      let i1 = i0 + length;
      let i2 = i1 + length;
      let i3 = i2 + length;
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
      storeRow(y, n + 1, k, K, c0, c1, relu, mask, splatScale, maskBytes);
      storeRow(y, n + 2, k, K, d0, d1, relu, mask, splatScale, maskBytes);
      storeRow(y, n + 3, k, K, e0, e1, relu, mask, splatScale, maskBytes);
    }
  }
}

/**
 * The same for the last count mod 4 images, weights w [D, K] as they are. One image alone would read all weights from far
 * away to use each once, so the rows that a zero input multiplies are left out, which changes no sum. One unit does it all.
 */
export function denseForwardRest(
  x: usize, w: usize, bias: usize, y: usize, D: i32, K: i32, relu: bool, mask: usize, scale: f32, maskBytes: i32,
  count: i32, first: i32, last: i32,
): void {
  const splatScale = f32x4.splat(scale);
  const row = <usize>K * F32;
  const acc = scratch;
  const list = scratch + row + 64;
  for (let n = count & ~3; n < count; n++) {
    let end = list;
    for (let d = 0; d < D; d++) {
      const v = f32.load(x + <usize>(n * D + d) * F32);
      store<u32>(end, <u32>d * <u32>row);
      f32.store(end, v, 4);
      end += <usize>(v != 0) * ENTRY;
    }
    memory.copy(acc, bias, row);
    // Four rows at a time, from end to end: they come from far away, and in order they come faster.
    let e = list;
    for (; e + 4 * ENTRY <= end; e += 4 * ENTRY) {
      const w0 = w + <usize>load<u32>(e), w1 = w + <usize>load<u32>(e, 8), w2 = w + <usize>load<u32>(e, 16), w3 = w + <usize>load<u32>(e, 24);
      const x0 = v128.load32_splat(e, 4), x1 = v128.load32_splat(e, 12), x2 = v128.load32_splat(e, 20), x3 = v128.load32_splat(e, 28);
      for (let at: usize = 0; at < row; at += V128) {
        let sum = v128.load(acc + at);
        sum = f32x4.add(sum, f32x4.mul(x0, v128.load(w0 + at)));
        sum = f32x4.add(sum, f32x4.mul(x1, v128.load(w1 + at)));
        sum = f32x4.add(sum, f32x4.mul(x2, v128.load(w2 + at)));
        sum = f32x4.add(sum, f32x4.mul(x3, v128.load(w3 + at)));
        v128.store(acc + at, sum);
      }
    }
    for (; e < end; e += ENTRY) {
      const w0 = w + <usize>load<u32>(e);
      const x0 = v128.load32_splat(e, 4);
      for (let at: usize = 0; at < row; at += V128) {
        v128.store(acc + at, f32x4.add(v128.load(acc + at), f32x4.mul(x0, v128.load(w0 + at))));
      }
    }
    for (let k = 0; k < K; k += 8) {
      const a = v128.load(acc + <usize>k * F32);
      storeRow(y, n, k, K, a, v128.load(acc + <usize>k * F32, 16), relu, mask, splatScale, maskBytes);
    }
  }
}
