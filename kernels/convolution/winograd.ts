import { F32, V128, smaller } from '../lib/lanes';
import { eightBits, spreadBits, storeCodes, storeMaximum } from './poolWindow';
import { scratch } from '../lib/scratch';

/**
 * Winograd's minimal filtering F(2×2, 3×3) (Lavin & Gray 2015): a 2×2 block of outputs from a 4×4 block of inputs with 16
 * multiplications a channel where the direct sum takes 36. The block of outputs is just one pooling window.
 */

/** Kernel [3, 3, C, K] to U = G g Gᵀ in panels [⌈K/8⌉, 16, C, 8], zeros behind the last filter. One unit is one panel. */
export function packWinograd(w: usize, u: usize, C: i32, K: i32, count: i32, first: i32, last: i32): void {
  const tap = <usize>(C * K) * F32;
  for (let p = first; p < last; p++) {
    for (let c = 0; c < C; c++) {
      for (let lane = 0; lane < 8; lane++) {
        const k = p * 8 + lane;
        const from = w + <usize>(c * K + k) * F32;
        const to = u + <usize>((p * 16 * C + c) * 8 + lane) * F32;
        const step = <usize>(C * 8) * F32;
        for (let row = 0; row < 4; row++) {
          let g0: f32 = 0, g1: f32 = 0, g2: f32 = 0;
          if (k < K) {
            g0 = filterRow(from, 3 * tap, row);
            g1 = filterRow(from + tap, 3 * tap, row);
            g2 = filterRow(from + 2 * tap, 3 * tap, row);
          }
          const at = to + <usize>(row * 4) * step;
          f32.store(at, g0);
          f32.store(at + step, (g0 + g1 + g2) * 0.5);
          f32.store(at + 2 * step, (g0 - g1 + g2) * 0.5);
          f32.store(at + 3 * step, g2);
        }
      }
    }
  }
}

/** Row `row` of G g, for one column of g whose rows are `line` bytes apart. */
function filterRow(g: usize, line: usize, row: i32): f32 {
  const a = f32.load(g), b = f32.load(g + line), c = f32.load(g + 2 * line);
  if (row == 0) return a;
  if (row == 1) return (a + b + c) * 0.5;
  if (row == 2) return (a - b + c) * 0.5;
  return c;
}

/** V = Bᵀ d B of one tile, four channels at once: d is 4×4 pixels, `line` and `pixel` bytes apart; V's entries go 64 bytes apart. */
// @ts-ignore: decorator
@inline
function transformInput(d: usize, line: usize, pixel: usize, to: usize): void {
  for (let column = 0; column < 4; column++) {
    const d0 = v128.load(d), d1 = v128.load(d + line), d2 = v128.load(d + 2 * line), d3 = v128.load(d + 3 * line);
    v128.store(to, f32x4.sub(d0, d2));
    v128.store(to, f32x4.add(d1, d2), 256);
    v128.store(to, f32x4.sub(d2, d1), 512);
    v128.store(to, f32x4.sub(d1, d3), 768);
    d += pixel;
    to += 64;
  }
  to -= 256;
  for (let row = 0; row < 4; row++) {
    const t0 = v128.load(to), t1 = v128.load(to, 64), t2 = v128.load(to, 128), t3 = v128.load(to, 192);
    v128.store(to, f32x4.sub(t0, t2));
    v128.store(to, f32x4.add(t1, t2), 64);
    v128.store(to, f32x4.sub(t2, t1), 128);
    v128.store(to, f32x4.sub(t1, t3), 192);
    to += 256;
  }
}

/** Four tiles by four channels, [tile][channel] to [channel][tile]. */
// @ts-ignore: decorator
@inline
function transpose4(from: usize, to: usize): void {
  const a = v128.load(from), b = v128.load(from, 16), c = v128.load(from, 32), d = v128.load(from, 48);
  const ab0 = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const ab1 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cd0 = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const cd1 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(ab0, cd0, 0, 2));
  v128.store(to, v128.shuffle<i64>(ab0, cd0, 1, 3), 16);
  v128.store(to, v128.shuffle<i64>(ab1, cd1, 0, 2), 32);
  v128.store(to, v128.shuffle<i64>(ab1, cd1, 1, 3), 48);
}

/**
 * M [16, 4 tiles, 8] = V [16, C, 4 tiles] · U [16, C, 8]. Unrolling this loop makes it slower: the tile no longer fits the
 * registers. For the same reason it is exported, which keeps it a function of its own: a tenth faster than inlined.
 */
export function multiplyWinograd(v: usize, u: usize, m: usize, C: i32): void {
  for (let xi = 0; xi < 16; xi++) {
    let a0 = f32x4.splat(0), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
    const end = v + <usize>C * V128;
    while (v < end) {
      const u0 = v128.load(u);
      const u1 = v128.load(u, 16);
      const v0 = v128.load32_splat(v);
      a0 = f32x4.add(a0, f32x4.mul(v0, u0));
      a1 = f32x4.add(a1, f32x4.mul(v0, u1));
      const v1 = v128.load32_splat(v, 4);
      b0 = f32x4.add(b0, f32x4.mul(v1, u0));
      b1 = f32x4.add(b1, f32x4.mul(v1, u1));
      const v2 = v128.load32_splat(v, 8);
      c0 = f32x4.add(c0, f32x4.mul(v2, u0));
      c1 = f32x4.add(c1, f32x4.mul(v2, u1));
      const v3 = v128.load32_splat(v, 12);
      d0 = f32x4.add(d0, f32x4.mul(v3, u0));
      d1 = f32x4.add(d1, f32x4.mul(v3, u1));
      v += V128;
      u += 2 * V128;
    }
    v128.store(m, a0);
    v128.store(m, a1, 16);
    v128.store(m, b0, 32);
    v128.store(m, b1, 48);
    v128.store(m, c0, 64);
    v128.store(m, c1, 80);
    v128.store(m, d0, 96);
    v128.store(m, d1, 112);
    m += 8 * V128;
  }
}

/** A row of Aᵀ M: M0 + M1 + M2 or M1 − M2 − M3, entries of M being 128 bytes apart and its rows 512. */
// @ts-ignore: decorator
@inline
function upper(m: usize): v128 {
  return f32x4.add(f32x4.add(v128.load(m), v128.load(m, 512)), v128.load(m, 1024));
}
// @ts-ignore: decorator
@inline
function lower(m: usize): v128 {
  return f32x4.sub(f32x4.sub(v128.load(m, 512), v128.load(m, 1024)), v128.load(m, 1536));
}

/** Y = Aᵀ M A + bias, ReLU, dropout and maximum of one tile for four filters; returns the codes of the argmax. */
// @ts-ignore: decorator
@inline
function finishTile(
  m: usize, bias: v128, scale: v128, masked: bool, bits0: i32, bits1: i32, bits2: i32, bits3: i32, to: usize, n: i32,
  wanted: bool,
): v128 {
  const t0 = upper(m), t1 = upper(m + 128), t2 = upper(m + 256), t3 = upper(m + 384);
  const s0 = lower(m), s1 = lower(m + 128), s2 = lower(m + 256), s3 = lower(m + 384);
  let p0 = f32x4.add(f32x4.add(f32x4.add(t0, t1), t2), bias);
  let p1 = f32x4.add(f32x4.sub(f32x4.sub(t1, t2), t3), bias);
  let p2 = f32x4.add(f32x4.add(f32x4.add(s0, s1), s2), bias);
  let p3 = f32x4.add(f32x4.sub(f32x4.sub(s1, s2), s3), bias);
  if (masked) {
    p0 = v128.and(p0, spreadBits(bits0));
    p1 = v128.and(p1, spreadBits(bits1));
    p2 = v128.and(p2, spreadBits(bits2));
    p3 = v128.and(p3, spreadBits(bits3));
  }
  return storeMaximum(p0, p1, p2, p3, scale, to, n, wanted);
}

/** Bytes of a window's place: where its patch, its result and its mask begin, and its first element in the mask. */
const PLACE: usize = 16;

/**
 * conv2d (3×3, stride 1), ReLU, dropout (where `mask` is not 0) and maxPooling2d (2×2) in one: x [N, H, W, C] to pooled
 * values [N, PH, PW, K], written with lines of `yLine` and images of `yImage` floats (room for the next layer's padding),
 * and the codes of the argmax (uint8 [N, PH, PW, K], where `argmax` is not 0): 0 to 3 in row-major order, or NO_GRADIENT.
 * C is a multiple of 4. One unit is four windows of the micro-batch.
 */
export function convPoolWinograd(
  x: usize, u: usize, bias: usize, y: usize, argmax: usize, mask: usize, scale: f32, maskBytes: i32,
  H: i32, W: i32, C: i32, K: i32, OW: i32, PH: i32, PW: i32, yLine: i32, yImage: i32,
  count: i32, first: i32, last: i32,
): void {
  const windows = PH * PW;
  const total = count * windows;
  const pixel = <usize>C * F32;
  const line = <usize>W * pixel;
  const v = scratch;
  const m = v + <usize>C * 256;
  const raw = m + 2048;
  const places = raw + 1024;
  const splatScale = f32x4.splat(scale);
  for (let quad = first; quad < last; quad++) {
    const t = quad * 4;
    const tiles = smaller(4, total - t);
    for (let i = 0; i < 4; i++) {
      // Past the end, the last window is computed again and not stored.
      const tile = smaller(t + i, total - 1);
      const n = tile / windows;
      const at = tile - n * windows;
      const ph = at / PW;
      const pw = at - ph * PW;
      const place = places + <usize>i * PLACE;
      store<usize>(place, x + <usize>(n * H + 2 * ph) * line + <usize>(2 * pw) * pixel);
      store<usize>(place, y + <usize>(n * yImage + ph * yLine + pw * K) * F32, 4);
      store<usize>(place, mask + <usize>(n * maskBytes), 8);
      store<i32>(place, (2 * ph * OW + 2 * pw) * K, 12);
    }
    for (let c = 0; c < C; c += 4) {
      for (let i = 0; i < 4; i++) {
        const d = load<usize>(places + <usize>i * PLACE) + <usize>c * F32;
        transformInput(d, line, pixel, raw + <usize>i * V128);
      }
      for (let xi = 0; xi < 16; xi++) transpose4(raw + <usize>xi * 64, v + <usize>(xi * C + c) * V128);
    }
    for (let k = 0; k < K; k += 8) {
      multiplyWinograd(v, u + <usize>((k >> 3) * 16 * C) * 32, m, C);
      const left = K - k;
      const bias0 = v128.load(bias + <usize>k * F32);
      const bias1 = v128.load(bias + <usize>k * F32, 16);
      for (let i = 0; i < tiles; i++) {
        const place = places + <usize>i * PLACE;
        const to = load<usize>(place, 4) + <usize>k * F32;
        let bits0 = 0, bits1 = 0, bits2 = 0, bits3 = 0;
        if (mask) {
          const own = load<usize>(place, 8);
          const element = load<i32>(place, 12) + k;
          bits0 = eightBits(own, element);
          bits1 = eightBits(own, element + K);
          bits2 = eightBits(own, element + OW * K);
          bits3 = eightBits(own, element + OW * K + K);
        }
        const from = m + <usize>i * 32;
        const a = finishTile(from, bias0, splatScale, mask != 0, bits0, bits1, bits2, bits3, to, left, argmax != 0);
        const b = finishTile(
          from + V128, bias1, splatScale, mask != 0, bits0 >> 4, bits1 >> 4, bits2 >> 4, bits3 >> 4, to + V128, left - 4,
          argmax != 0,
        );
        if (argmax) storeCodes(argmax + <usize>((t + i) * K + k), a, b, left);
      }
    }
  }
}
