import { F32, V128, larger, smaller } from './lib/lanes';

/** Whether windows are the usual ones, all inside the picture: 2×2 side by side, of whole vectors of channels. */
// @ts-ignore: decorator
@inline
function isTwoByTwo(C: i32, R: i32, S: i32, sy: i32, sx: i32, top: i32, left: i32, H: i32, W: i32, OH: i32, OW: i32): bool {
  return (R == 2) & (S == 2) & (sy == 2) & (sx == 2) & (top == 0) & (left == 0) & (C % 4 == 0) & (2 * OH <= H) & (2 * OW <= W);
}

/** The same for windows of 2×2, one image. */
function maximaOfTwoByTwo(x: usize, y: usize, argmax: usize, W: i32, OH: i32, OW: i32, pixel: usize): void {
  const line = <usize>W * pixel;
  const right = i32x4.splat(1), down = i32x4.splat(W), both = i32x4.splat(W + 1);
  let at: usize = 0;
  for (let oh = 0; oh < OH; oh++) {
    let p = x + <usize>(2 * oh) * line;
    for (let ow = 0; ow < OW; ow++) {
      for (const end = p + pixel; p < end; p += V128) {
        let best = v128.load(p);
        const b = v128.load(p + pixel), c = v128.load(p + line), d = v128.load(p + line + pixel);
        let wins = v128.or(f32x4.gt(b, best), f32x4.ne(b, b));
        best = v128.bitselect(b, best, wins);
        let place = v128.and(right, wins);
        wins = v128.or(f32x4.gt(c, best), f32x4.ne(c, c));
        best = v128.bitselect(c, best, wins);
        place = v128.bitselect(down, place, wins);
        wins = v128.or(f32x4.gt(d, best), f32x4.ne(d, d));
        v128.store(y + at, v128.bitselect(d, best, wins));
        if (argmax) v128.store(argmax + at, v128.bitselect(both, place, wins));
        at += V128;
      }
      p += pixel;
    }
  }
}

/** The gradient of `maximaOfTwoByTwo`: every value of a window is written. */
function gradientsOfTwoByTwo(dy: usize, argmax: usize, dx: usize, W: i32, OH: i32, OW: i32, pixel: usize): void {
  const line = <usize>W * pixel;
  const here = i32x4.splat(0), right = i32x4.splat(1), down = i32x4.splat(W), both = i32x4.splat(W + 1);
  let at: usize = 0;
  for (let oh = 0; oh < OH; oh++) {
    let p = dx + <usize>(2 * oh) * line;
    for (let ow = 0; ow < OW; ow++) {
      for (const end = p + pixel; p < end; p += V128) {
        const g = v128.load(dy + at);
        const place = v128.load(argmax + at);
        v128.store(p, v128.and(g, i32x4.eq(place, here)));
        v128.store(p + pixel, v128.and(g, i32x4.eq(place, right)));
        v128.store(p + line, v128.and(g, i32x4.eq(place, down)));
        v128.store(p + line + pixel, v128.and(g, i32x4.eq(place, both)));
        at += V128;
      }
      p += pixel;
    }
  }
}

/**
 * y[n, oh, ow, c] = max over the part of the window that is inside the picture; ties go to the first in row-major order,
 * and NaN wins. The first window begins `top` rows above the picture and `left` columns beside it. `argmax` (uint32, y's
 * shape; 0: not needed) keeps where the maximum stood, as r · W + s from the window's corner. One unit is one image.
 */
export function maxPooling2dForward(
  x: usize, y: usize, argmax: usize,
  H: i32, W: i32, C: i32, R: i32, S: i32, sy: i32, sx: i32, top: i32, left: i32, OH: i32, OW: i32,
  count: i32, first: i32, last: i32,
): void {
  const pixel = <usize>C * F32;
  const line = <usize>W * pixel;
  for (let n = first; n < last; n++) {
    const image = x + <usize>(n * H) * line;
    let at = <usize>(n * OH * OW) * pixel;
    if (isTwoByTwo(C, R, S, sy, sx, top, left, H, W, OH, OW)) {
      maximaOfTwoByTwo(image, y + at, argmax ? argmax + at : 0, W, OH, OW, pixel);
      continue;
    }
    for (let oh = 0; oh < OH; oh++) {
      const row = oh * sy - top;
      const r0 = larger(0, -row);
      const r1 = smaller(R, H - row);
      for (let ow = 0; ow < OW; ow++) {
        const column = ow * sx - left;
        const s0 = larger(0, -column);
        const s1 = smaller(S, W - column);
        // Outside the picture where there is padding, but the first value is inside.
        const corner = image + <usize>(row * W + column) * pixel;
        const start = r0 * W + s0;
        let c: usize = 0;
        for (; c + V128 <= pixel; c += V128) {
          let best = v128.load(corner + <usize>start * pixel + c);
          let place = i32x4.splat(start);
          for (let r = r0; r < r1; r++) {
            for (let s = s0; s < s1; s++) {
              const v = v128.load(corner + <usize>r * line + <usize>s * pixel + c);
              const wins = v128.or(f32x4.gt(v, best), f32x4.ne(v, v));
              best = v128.bitselect(v, best, wins);
              place = v128.bitselect(i32x4.splat(r * W + s), place, wins);
            }
          }
          v128.store(y + at + c, best);
          if (argmax) v128.store(argmax + at + c, place);
        }
        for (; c < pixel; c += F32) {
          let best = f32.load(corner + <usize>start * pixel + c);
          let place = start;
          for (let r = r0; r < r1; r++) {
            for (let s = s0; s < s1; s++) {
              const v = f32.load(corner + <usize>r * line + <usize>s * pixel + c);
              if (v > best || v != v) {
                best = v;
                place = r * W + s;
              }
            }
          }
          f32.store(y + at + c, best);
          if (argmax) store<i32>(argmax + at + c, place);
        }
        at += pixel;
      }
    }
  }
}

/** Each gradient goes to where its maximum stood; where windows overlap they add up. One unit is one image. */
export function maxPooling2dBackward(
  dy: usize, argmax: usize, dx: usize,
  H: i32, W: i32, C: i32, R: i32, S: i32, sy: i32, sx: i32, top: i32, left: i32, OH: i32, OW: i32,
  count: i32, first: i32, last: i32,
): void {
  const pixel = <usize>C * F32;
  const line = <usize>W * pixel;
  const size = <usize>H * line;
  for (let n = first; n < last; n++) {
    const image = dx + <usize>n * size;
    let at = <usize>(n * OH * OW) * pixel;
    const isSimple = isTwoByTwo(C, R, S, sy, sx, top, left, H, W, OH, OW);
    if (!isSimple || 2 * OH < H || 2 * OW < W) memory.fill(image, 0, size);
    if (isSimple) {
      gradientsOfTwoByTwo(dy + at, argmax + at, image, W, OH, OW, pixel);
      continue;
    }
    for (let oh = 0; oh < OH; oh++) {
      for (let ow = 0; ow < OW; ow++) {
        const corner = image + <usize>((oh * sy - top) * W + ow * sx - left) * pixel;
        for (let c: usize = 0; c < pixel; c += F32) {
          const to = corner + <usize>load<u32>(argmax + at) * pixel + c;
          f32.store(to, f32.load(to) + f32.load(dy + at));
          at += F32;
        }
      }
    }
  }
}
