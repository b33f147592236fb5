import { F32, V128 } from './lanes';

/**
 * Copies rows `top`… and columns `left`… of a picture x [H, W, C] to `to` [PH, PW, C]; what lies outside of the picture is
 * zero; `top` and `left` may be negative. Reading the picture in order also loads it into the cache.
 */
export function copyPadded(
  x: usize, to: usize, H: i32, W: i32, C: i32, top: i32, left: i32, PH: i32, PW: i32,
): void {
  const pixel = <usize>C * F32;
  const line = <usize>W * pixel;
  const row = <usize>PW * pixel;
  const from = max(left, 0);
  const columns = max(min(left + PW, W) - from, 0);
  const before = <usize>min(max(-left, 0), PW) * pixel;
  const inside = <usize>columns * pixel;
  const after = row - before - inside;
  for (let h = top; h < top + PH; h++) {
    if (h < 0 || h >= H || columns == 0) {
      memory.fill(to, 0, row);
    } else {
      if (before) memory.fill(to, 0, before);
      memory.copy(to + before, x + <usize>h * line + <usize>from * pixel, inside);
      if (after) memory.fill(to + before + inside, 0, after);
    }
    to += row;
  }
}

/**
 * Patches `first` to `last` (by output position, row-major, OW in a row) of a picture with lines of `line` bytes to rows [R·S·C]. Writes up
 * to three floats past the end of the last.
 */
export function copyPatches(
  x: usize, line: usize, to: usize, C: i32, R: i32, S: i32, sy: i32, sx: i32, OW: i32, first: i32, last: i32,
): void {
  const segment = <usize>(S * C) * F32;
  const step = <usize>(sx * C) * F32;
  let oh = first / OW;
  let ow = first - oh * OW;
  for (let p = first; p < last; p++) {
    let from = x + <usize>(oh * sy) * line + <usize>ow * step;
    for (let r = 0; r < R; r++) {
      for (let i: usize = 0; i < segment; i += V128) v128.store(to + i, v128.load(from + i));
      to += segment;
      from += line;
    }
    if (++ow == OW) {
      ow = 0;
      oh++;
    }
  }
}

/** Adds rows [R·S·C] to the patches that they belong to: the opposite of `copyPatches`. */
export function addPatches(
  from: usize, x: usize, line: usize, C: i32, R: i32, S: i32, sy: i32, sx: i32, OW: i32, first: i32, last: i32,
): void {
  const segment = <usize>(S * C) * F32;
  const whole = segment & ~(V128 - 1);
  const step = <usize>(sx * C) * F32;
  let oh = first / OW;
  let ow = first - oh * OW;
  for (let p = first; p < last; p++) {
    let to = x + <usize>(oh * sy) * line + <usize>ow * step;
    for (let r = 0; r < R; r++) {
      let i: usize = 0;
      for (; i < whole; i += V128) v128.store(to + i, f32x4.add(v128.load(to + i), v128.load(from + i)));
      for (; i < segment; i += F32) f32.store(to + i, f32.load(to + i) + f32.load(from + i));
      from += segment;
      to += line;
    }
    if (++ow == OW) {
      ow = 0;
      oh++;
    }
  }
}
