import { F32, smaller, storeLanes, V128 } from '../lib/lanes';
import { accumulate16, accumulate4, ENTRY } from '../lib/nonZeroList';
import { NO_GRADIENT, eightBits, spreadBits, storeCodes, storeMaximum } from './poolWindow';
import { scratch } from '../lib/scratch';

/**
 * conv2d, ReLU, dropout (where `mask` is not 0) and maxPooling2d (2×2) in one, as `convPoolWinograd`, for any kernel and
 * strides. The register tile is one pooling window by eight filters. One unit is one image.
 */
export function convPoolDirect(
  x: usize, panels: usize, bias: usize, y: usize, argmax: usize, mask: usize, scale: f32, maskBytes: i32,
  H: i32, W: i32, C: i32, K: i32, R: i32, S: i32, sy: i32, sx: i32, OW: i32, PH: i32, PW: i32, yLine: i32, yImage: i32,
  count: i32, first: i32, last: i32,
): void {
  const segment = S * C;
  const D = R * segment;
  const line = <usize>(W * C) * F32;
  const right = <usize>(sx * C) * F32;
  const down = <usize>sy * line;
  const patch = scratch;
  const splatScale = f32x4.splat(scale);
  for (let n = first; n < last; n++) {
    const image = x + <usize>(n * H) * line;
    const own = mask + <usize>(n * maskBytes);
    for (let ph = 0; ph < PH; ph++) {
      for (let pw = 0; pw < PW; pw++) {
        // The window's four patches side by side, [D, 4]: the sums below then read one stream.
        let to = patch;
        let from = image + <usize>(2 * ph) * down + <usize>(2 * pw) * right;
        for (let r = 0; r < R; r++) {
          for (let i = 0; i < segment; i++) {
            f32.store(to, f32.load(from));
            f32.store(to, f32.load(from + right), 4);
            f32.store(to, f32.load(from + down), 8);
            f32.store(to, f32.load(from + down + right), 12);
            to += V128;
            from += F32;
          }
          from += line - <usize>segment * F32;
        }
        // Half of a typical picture is background, where every sum is the bias.
        let any = v128.load(patch);
        for (let p = patch; p < to; p += V128) any = v128.or(any, v128.load(p));
        const end = v128.any_true(any) ? to : patch;
        const out = y + <usize>(n * yImage + ph * yLine + pw * K) * F32;
        const codes = argmax + <usize>(((n * PH + ph) * PW + pw) * K);
        const element = (2 * ph * OW + 2 * pw) * K;
        for (let k = 0; k < K; k += 8) {
          const b0 = v128.load(bias + <usize>k * F32);
          const b1 = v128.load(bias + <usize>k * F32, 16);
          let a0 = b0, a1 = b1, c0 = b0, c1 = b1, d0 = b0, d1 = b1, e0 = b0, e1 = b1;
          let w = panels + <usize>(k * D) * F32;
          let p = patch;
          while (p < end) {
            const w0 = v128.load(w);
            const w1 = v128.load(w, 16);
            const x0 = v128.load32_splat(p);
            a0 = f32x4.add(a0, f32x4.mul(x0, w0));
            a1 = f32x4.add(a1, f32x4.mul(x0, w1));
            const x1 = v128.load32_splat(p, 4);
            c0 = f32x4.add(c0, f32x4.mul(x1, w0));
            c1 = f32x4.add(c1, f32x4.mul(x1, w1));
            const x2 = v128.load32_splat(p, 8);
            d0 = f32x4.add(d0, f32x4.mul(x2, w0));
            d1 = f32x4.add(d1, f32x4.mul(x2, w1));
            const x3 = v128.load32_splat(p, 12);
            e0 = f32x4.add(e0, f32x4.mul(x3, w0));
            e1 = f32x4.add(e1, f32x4.mul(x3, w1));
            p += V128;
            w += 2 * V128;
          }
          if (mask) {
            const bits0 = eightBits(own, element + k);
            const bits1 = eightBits(own, element + k + K);
            const bits2 = eightBits(own, element + k + OW * K);
            const bits3 = eightBits(own, element + k + OW * K + K);
            a0 = v128.and(a0, spreadBits(bits0));
            a1 = v128.and(a1, spreadBits(bits0 >> 4));
            c0 = v128.and(c0, spreadBits(bits1));
            c1 = v128.and(c1, spreadBits(bits1 >> 4));
            d0 = v128.and(d0, spreadBits(bits2));
            d1 = v128.and(d1, spreadBits(bits2 >> 4));
            e0 = v128.and(e0, spreadBits(bits3));
            e1 = v128.and(e1, spreadBits(bits3 >> 4));
          }
          const left = K - k;
          const first4 = storeMaximum(a0, c0, d0, e0, splatScale, out + <usize>k * F32, left, argmax != 0);
          const next4 = storeMaximum(a1, c1, d1, e1, splatScale, out + <usize>k * F32 + V128, left - 4, argmax != 0);
          if (argmax) storeCodes(codes + k, first4, next4, left);
        }
      }
    }
  }
}

/**
 * Lists the non-zero gradients of one filter on one image: an entry for every window whose maximum passes a gradient on.
 * Returns the list's end. Without branches, which would be random: the next entry overwrites one that does not count.
 */
// @ts-ignore: decorator
@inline
function listNonZero(
  list: usize, dy: usize, codes: usize, image: usize, scale: f32,
  K: i32, PH: i32, PW: i32, dyLine: i32, down: usize, right: usize,
): usize {
  let end = list;
  for (let ph = 0; ph < PH; ph++) {
    let from = dy + <usize>(ph * dyLine) * F32;
    let patch = image + <usize>(2 * ph) * down;
    for (let pw = 0; pw < PW; pw++) {
      const code = <usize>load<u8>(codes);
      const g = f32.load(from) * scale;
      store<u32>(end, <u32>(patch + (code & 1) * right + ((code >> 1) & 1) * down));
      f32.store(end, g, 4);
      end += <usize>((code < NO_GRADIENT) & (g != 0)) * ENTRY;
      codes += <usize>K;
      from += <usize>K * F32;
      patch += 2 * right;
    }
  }
  return end;
}

/** Three rows of a patch at once, up to four floats each: the short sums of a first layer, whose latencies overlap. */
function accumulateRows3(list: usize, end: usize, line: usize, acc: usize, lanes: i32): void {
  const row = <usize>lanes * F32;
  let a0 = v128.load(acc), a1 = v128.load(acc + row), a2 = v128.load(acc + 2 * row);
  for (let e = list; e < end; e += ENTRY) {
    const x = <usize>load<u32>(e);
    const g = v128.load32_splat(e, 4);
    a0 = f32x4.add(a0, f32x4.mul(g, v128.load(x)));
    a1 = f32x4.add(a1, f32x4.mul(g, v128.load(x + line)));
    a2 = f32x4.add(a2, f32x4.mul(g, v128.load(x + 2 * line)));
  }
  storeLanes(acc, a0, lanes);
  storeLanes(acc + row, a1, lanes);
  storeLanes(acc + 2 * row, a2, lanes);
}

/**
 * Adds to drows [K, R·S·C] and dbias [K] what the pooled gradient dy [N, PH, PW, K] (lines of `dyLine`, images of
 * `dyImage` floats) adds: only windows with a gradient count, in the order of images and windows. One unit is a block of `block`
 * filters over all images, so that no sum is split.
 */
export function convPoolBackwardWeights(
  x: usize, dy: usize, argmax: usize, drows: usize, dbias: usize, scale: f32, block: i32,
  H: i32, W: i32, C: i32, K: i32, R: i32, S: i32, sy: i32, sx: i32, PH: i32, PW: i32, dyLine: i32, dyImage: i32,
  count: i32, first: i32, last: i32,
): void {
  const segment = S * C;
  const line = <usize>(W * C) * F32;
  const down = <usize>sy * line;
  const right = <usize>(sx * C) * F32;
  const list = scratch;
  const from = first * block;
  const to = smaller(last * block, K);
  for (let n = 0; n < count; n++) {
    const image = x + <usize>(n * H) * line;
    const grads = dy + <usize>(n * dyImage) * F32;
    const codes = argmax + <usize>(n * PH * PW * K);
    for (let k = from; k < to; k++) {
      const end = listNonZero(list, grads + <usize>k * F32, codes + k, image, scale, K, PH, PW, dyLine, down, right);
      let acc = drows + <usize>(k * R * segment) * F32;
      if (R == 3 && segment <= 4) accumulateRows3(list, end, line, acc, segment);
      else for (let r = 0; r < R; r++) {
        const start = <usize>r * line;
        let i = 0;
        for (; i + 16 <= segment; i += 16) accumulate16(list, end, start + <usize>i * F32, acc + <usize>i * F32);
        for (; i < segment; i += 4) accumulate4(list, end, start + <usize>i * F32, acc + <usize>i * F32, segment - i);
        acc += <usize>segment * F32;
      }
      const b = dbias + <usize>k * F32;
      let sum = f32.load(b);
      for (let e = list; e < end; e += ENTRY) sum += f32.load(e, 4);
      f32.store(b, sum);
    }
  }
}

/** patch[offset…offset + 32) += g · w[0…32) for every entry; the weights stay in registers over the list. */
// @ts-ignore: decorator
@inline
function scatter32(list: usize, end: usize, offset: usize, w: usize): void {
  const w0 = v128.load(w), w1 = v128.load(w, 16), w2 = v128.load(w, 32), w3 = v128.load(w, 48);
  const w4 = v128.load(w, 64), w5 = v128.load(w, 80), w6 = v128.load(w, 96), w7 = v128.load(w, 112);
  for (let e = list; e < end; e += ENTRY) {
    const x = <usize>load<u32>(e) + offset;
    const g = v128.load32_splat(e, 4);
    v128.store(x, f32x4.add(v128.load(x), f32x4.mul(g, w0)));
    v128.store(x, f32x4.add(v128.load(x, 16), f32x4.mul(g, w1)), 16);
    v128.store(x, f32x4.add(v128.load(x, 32), f32x4.mul(g, w2)), 32);
    v128.store(x, f32x4.add(v128.load(x, 48), f32x4.mul(g, w3)), 48);
    v128.store(x, f32x4.add(v128.load(x, 64), f32x4.mul(g, w4)), 64);
    v128.store(x, f32x4.add(v128.load(x, 80), f32x4.mul(g, w5)), 80);
    v128.store(x, f32x4.add(v128.load(x, 96), f32x4.mul(g, w6)), 96);
    v128.store(x, f32x4.add(v128.load(x, 112), f32x4.mul(g, w7)), 112);
  }
}

/**
 * dx [N, H, W, C] from the pooled gradient, as `convPoolBackwardWeights`; rows is the kernel transposed, [K, R·S·C].
 * Summed over filters, then windows. One unit is one image.
 */
export function convPoolBackwardInput(
  dy: usize, argmax: usize, rows: usize, dx: usize, scale: f32,
  H: i32, W: i32, C: i32, K: i32, R: i32, S: i32, sy: i32, sx: i32, PH: i32, PW: i32, dyLine: i32, dyImage: i32,
  count: i32, first: i32, last: i32,
): void {
  const segment = S * C;
  const line = <usize>(W * C) * F32;
  const down = <usize>sy * line;
  const right = <usize>(sx * C) * F32;
  const size = <usize>H * line;
  const list = scratch;
  for (let n = first; n < last; n++) {
    const image = dx + <usize>n * size;
    memory.fill(image, 0, size);
    const grads = dy + <usize>(n * dyImage) * F32;
    const codes = argmax + <usize>(n * PH * PW * K);
    for (let k = 0; k < K; k++) {
      const end = listNonZero(list, grads + <usize>k * F32, codes + k, image, scale, K, PH, PW, dyLine, down, right);
      let w = rows + <usize>(k * R * segment) * F32;
      for (let r = 0; r < R; r++) {
        const start = <usize>r * line;
        let i = 0;
        for (; i + 32 <= segment; i += 32) scatter32(list, end, start + <usize>i * F32, w + <usize>i * F32);
        for (; i < segment; i++) {
          const weight = f32.load(w + <usize>i * F32);
          for (let e = list; e < end; e += ENTRY) {
            const at = <usize>load<u32>(e) + start + <usize>i * F32;
            f32.store(at, f32.load(at) + f32.load(e, 4) * weight);
          }
        }
        w += <usize>segment * F32;
      }
    }
  }
}
