import { F32, V128, larger, smaller } from './lib/lanes';

/**
 * y[n, oh, ow, c] = max over the part of the window that is inside the picture; ties go to the first in row-major order,
 * and NaN wins. The first window begins `top` rows above the picture and `left` columns beside it. `argmax` (uint32, y's
 * shape) keeps where the maximum stood, as r · W + s from the window's corner. One unit is one image.
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
          v128.store(argmax + at + c, place);
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
          store<i32>(argmax + at + c, place);
        }
        at += pixel;
      }
    }
  }
}

/** Each gradient goes to where its maximum stood; where windows overlap they add up. One unit is one image. */
export function maxPooling2dBackward(
  dy: usize, argmax: usize, dx: usize,
  H: i32, W: i32, C: i32, sy: i32, sx: i32, top: i32, left: i32, OH: i32, OW: i32,
  count: i32, first: i32, last: i32,
): void {
  const pixel = <usize>C * F32;
  const line = <usize>W * pixel;
  const size = <usize>H * line;
  for (let n = first; n < last; n++) {
    const image = dx + <usize>n * size;
    memory.fill(image, 0, size);
    let at = <usize>(n * OH * OW) * pixel;
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
