import { F32, V128 } from '../lib/lanes';
import { clamp } from '../lib/matrix';

/**
 * The transforms of Winograd's minimal filtering F(4×4, 3×3) (Lavin & Gray 2015) at the points 0, ±1, ±2, ∞: a tile of 4×4 outputs from 6×6
 * inputs with 36 products a channel where the direct sum takes 144. At the lower and right edge of a picture a tile gives three or two
 * rows or columns; F(3) and F(2) at a part of the same points then do, with transforms scaled so that all share one kernel.
 * Each function transforms along one axis, four channels at once; `kind` is 4, 3 or 2.
 */

/** Whether a tile of this kind has no product at point `i`. */
// @ts-ignore: decorator
@inline
export function skipsPoint(kind: i32, i: i32): bool {
  return (i == 4 && kind < 4) || (i == 3 && kind == 2);
}

/** Bᵀ: inputs `step` bytes apart to points `outStep` apart. */
// @ts-ignore: decorator
@inline
function inputPoints(p: usize, step: usize, o: usize, outStep: usize, kind: i32): void {
  const d0 = v128.load(p);
  p += step;
  const d1 = v128.load(p);
  p += step;
  const d2 = v128.load(p);
  p += step;
  const d3 = v128.load(p);
  p += step;
  if (kind == 4) {
    const two = f32x4.splat(2), four = f32x4.splat(4), five = f32x4.splat(5);
    const d4 = v128.load(p);
    p += step;
    const d5 = v128.load(p);
    const a = f32x4.sub(d4, f32x4.mul(four, d2));
    const b = f32x4.sub(d3, f32x4.mul(four, d1));
    const c = f32x4.sub(d4, d2);
    const e = f32x4.mul(two, f32x4.sub(d3, d1));
    v128.store(o, f32x4.add(f32x4.mul(four, d0), f32x4.sub(d4, f32x4.mul(five, d2))));
    o += outStep;
    v128.store(o, f32x4.add(a, b));
    o += outStep;
    v128.store(o, f32x4.sub(a, b));
    o += outStep;
    v128.store(o, f32x4.add(c, e));
    o += outStep;
    v128.store(o, f32x4.sub(c, e));
    o += outStep;
    v128.store(o, f32x4.add(f32x4.mul(four, d1), f32x4.sub(d5, f32x4.mul(five, d3))));
  } else if (kind == 3) {
    const two = f32x4.splat(2), three = f32x4.splat(3), four = f32x4.splat(4);
    const d4 = v128.load(p);
    const a = f32x4.sub(d3, d1);
    v128.store(o, f32x4.mul(two, f32x4.add(a, f32x4.mul(two, f32x4.sub(d0, d2)))));
    o += outStep;
    v128.store(o, f32x4.mul(three, f32x4.sub(f32x4.sub(d3, d2), f32x4.mul(two, d1))));
    o += outStep;
    v128.store(o, f32x4.add(d3, f32x4.sub(f32x4.mul(two, d1), f32x4.mul(three, d2))));
    o += outStep;
    v128.store(o, f32x4.mul(four, a));
    o += 2 * outStep;
    v128.store(o, f32x4.sub(f32x4.sub(d4, d2), f32x4.mul(two, a)));
  } else {
    const three = f32x4.splat(3), four = f32x4.splat(4);
    v128.store(o, f32x4.mul(four, f32x4.sub(d0, d2)));
    o += outStep;
    v128.store(o, f32x4.mul(three, f32x4.neg(f32x4.add(d1, d2))));
    o += outStep;
    v128.store(o, f32x4.mul(three, f32x4.sub(d1, d2)));
    o += 3 * outStep;
    v128.store(o, f32x4.sub(d1, d3));
  }
}

/** Aᵀ: points `step` bytes apart to outputs `outStep` apart. */
// @ts-ignore: decorator
@inline
function outputValues(p: usize, step: usize, o: usize, outStep: usize, kind: i32): void {
  const m0 = v128.load(p);
  p += step;
  const m1 = v128.load(p);
  p += step;
  const m2 = v128.load(p);
  p += step;
  const a = f32x4.add(m1, m2);
  const b = f32x4.sub(m1, m2);
  if (kind == 4) {
    const two = f32x4.splat(2), four = f32x4.splat(4), eight = f32x4.splat(8);
    const m3 = v128.load(p);
    p += step;
    const m4 = v128.load(p);
    p += step;
    const m5 = v128.load(p);
    const c = f32x4.add(m3, m4);
    const e = f32x4.sub(m3, m4);
    v128.store(o, f32x4.add(f32x4.add(m0, a), c));
    o += outStep;
    v128.store(o, f32x4.add(b, f32x4.mul(two, e)));
    o += outStep;
    v128.store(o, f32x4.add(a, f32x4.mul(four, c)));
    o += outStep;
    v128.store(o, f32x4.add(f32x4.add(b, m5), f32x4.mul(eight, e)));
  } else if (kind == 3) {
    const two = f32x4.splat(2), four = f32x4.splat(4);
    const m3 = v128.load(p);
    p += 2 * step;
    const m5 = v128.load(p);
    v128.store(o, f32x4.add(f32x4.add(m0, a), m3));
    o += outStep;
    v128.store(o, f32x4.add(b, f32x4.mul(two, m3)));
    o += outStep;
    v128.store(o, f32x4.add(f32x4.add(a, m5), f32x4.mul(four, m3)));
  } else {
    const m5 = v128.load(p + 2 * step);
    v128.store(o, f32x4.add(m0, a));
    o += outStep;
    v128.store(o, f32x4.sub(b, m5));
  }
}

/** A: gradients of outputs `step` bytes apart to points `outStep` apart. */
// @ts-ignore: decorator
@inline
function gradientPoints(p: usize, step: usize, o: usize, outStep: usize, kind: i32): void {
  const d0 = v128.load(p);
  p += step;
  const d1 = v128.load(p);
  p += step;
  if (kind == 2) {
    v128.store(o, d0);
    o += outStep;
    v128.store(o, f32x4.add(d0, d1));
    o += outStep;
    v128.store(o, f32x4.sub(d0, d1));
    o += 3 * outStep;
    v128.store(o, f32x4.neg(d1));
    return;
  }
  const two = f32x4.splat(2), four = f32x4.splat(4);
  const d2 = v128.load(p);
  p += step;
  const a = f32x4.add(d0, d2);
  const c = f32x4.add(d0, f32x4.mul(four, d2));
  v128.store(o, d0);
  o += outStep;
  if (kind == 3) {
    v128.store(o, f32x4.add(a, d1));
    o += outStep;
    v128.store(o, f32x4.sub(a, d1));
    o += outStep;
    v128.store(o, f32x4.add(c, f32x4.mul(two, d1)));
    o += 2 * outStep;
    v128.store(o, d2);
  } else {
    const d3 = v128.load(p);
    const b = f32x4.add(d1, d3);
    const e = f32x4.mul(two, f32x4.add(d1, f32x4.mul(four, d3)));
    v128.store(o, f32x4.add(a, b));
    o += outStep;
    v128.store(o, f32x4.sub(a, b));
    o += outStep;
    v128.store(o, f32x4.add(c, e));
    o += outStep;
    v128.store(o, f32x4.sub(c, e));
    o += outStep;
    v128.store(o, d3);
  }
}

/** Bytes between the rows of points in a tile's intermediate values. */
const POINTS: usize = 6 * V128;

/** V = Bᵀ d B of one tile, all channels: d with pixels and lines, V's points `plane` bytes apart. */
export function transformInput4(
  d: usize, to: usize, work: usize, line: usize, pixel: usize, plane: usize, rows: i32, columns: i32,
): void {
  const end = to + pixel;
  while (to < end) {
    let p = d;
    let s = work;
    const stop = work + <usize>(columns + 2) * V128;
    if (rows == 4) {
      do {
        inputPoints(p, line, s, POINTS, 4);
        p += pixel;
        s += V128;
      } while (s < stop);
    } else if (rows == 3) {
      do {
        inputPoints(p, line, s, POINTS, 3);
        p += pixel;
        s += V128;
      } while (s < stop);
    } else {
      do {
        inputPoints(p, line, s, POINTS, 2);
        p += pixel;
        s += V128;
      } while (s < stop);
    }
    for (let i = 0; i < 6; i++) {
      if (skipsPoint(rows, i)) continue;
      const from = work + <usize>i * POINTS;
      const o = to + <usize>(i * 6) * plane;
      if (columns == 4) inputPoints(from, V128, o, plane, 4);
      else if (columns == 3) inputPoints(from, V128, o, plane, 3);
      else inputPoints(from, V128, o, plane, 2);
    }
    d += V128;
    to += V128;
  }
}

/** Y = Aᵀ M A of one tile into `work`, [rows, 6, 4 lanes]: the first axis only. */
// @ts-ignore: decorator
@inline
function outputRows(from: usize, work: usize, plane: usize, rows: i32, columns: i32): void {
  for (let j = 0; j < 6; j++) {
    if (skipsPoint(columns, j)) continue;
    const s = work + <usize>j * V128;
    const o = from + <usize>j * plane;
    if (rows == 4) outputValues(o, 6 * plane, s, POINTS, 4);
    else if (rows == 3) outputValues(o, 6 * plane, s, POINTS, 3);
    else outputValues(o, 6 * plane, s, POINTS, 2);
  }
}

/** y = Aᵀ M A + bias of one tile, all filters, clamped to [low, high]; `bias` 0: none. Stores `height` rows and `width` columns. */
export function transformOutput4(
  from: usize, to: usize, bias: usize, work: usize, line: usize, pixel: usize, plane: usize, rows: i32, columns: i32,
  height: i32, width: i32, low: f32, high: f32,
): void {
  const end = from + pixel;
  const values = work + 6 * POINTS;
  while (from < end) {
    outputRows(from, work, plane, rows, columns);
    let b = f32x4.splat(0);
    if (bias) {
      b = v128.load(bias);
      bias += V128;
    }
    let s = work;
    let row = to;
    const stop = work + <usize>height * POINTS;
    if (width == 4) {
      do {
        outputValues(s, V128, values, V128, 4);
        v128.store(row, clamp(f32x4.add(b, v128.load(values)), low, high));
        v128.store(row + pixel, clamp(f32x4.add(b, v128.load(values, 16)), low, high));
        v128.store(row + 2 * pixel, clamp(f32x4.add(b, v128.load(values, 32)), low, high));
        v128.store(row + 3 * pixel, clamp(f32x4.add(b, v128.load(values, 48)), low, high));
        row += line;
        s += POINTS;
      } while (s < stop);
    } else {
      do {
        if (columns == 3) outputValues(s, V128, values, V128, 3);
        else outputValues(s, V128, values, V128, 2);
        let o = row;
        for (let j = 0; j < width; j++) {
          v128.store(o, clamp(f32x4.add(b, v128.load(values + <usize>j * V128)), low, high));
          o += pixel;
        }
        row += line;
        s += POINTS;
      } while (s < stop);
    }
    from += V128;
    to += V128;
  }
}

/** A dY Aᵀ of one tile, all filters. */
export function transformGradient4(
  d: usize, to: usize, work: usize, line: usize, pixel: usize, plane: usize, rows: i32, columns: i32,
): void {
  const end = to + pixel;
  while (to < end) {
    let p = d;
    let s = work;
    const stop = work + <usize>columns * V128;
    if (rows == 4) {
      do {
        gradientPoints(p, line, s, POINTS, 4);
        p += pixel;
        s += V128;
      } while (s < stop);
    } else if (rows == 3) {
      do {
        gradientPoints(p, line, s, POINTS, 3);
        p += pixel;
        s += V128;
      } while (s < stop);
    } else {
      do {
        gradientPoints(p, line, s, POINTS, 2);
        p += pixel;
        s += V128;
      } while (s < stop);
    }
    for (let i = 0; i < 6; i++) {
      if (skipsPoint(rows, i)) continue;
      const from = work + <usize>i * POINTS;
      const o = to + <usize>(i * 6) * plane;
      if (columns == 4) gradientPoints(from, V128, o, plane, 4);
      else if (columns == 3) gradientPoints(from, V128, o, plane, 3);
      else gradientPoints(from, V128, o, plane, 2);
    }
    d += V128;
    to += V128;
  }
}

/** Row i of G g: a filter's row from three taps, `step` bytes apart. */
// @ts-ignore: decorator
@inline
function kernelPoint(a: v128, b: v128, c: v128, i: i32): v128 {
  if (i == 0) return f32x4.mul(f32x4.splat(0.25), a);
  if (i == 5) return c;
  if (i < 3) {
    const sum = f32x4.add(a, c);
    return f32x4.mul(f32x4.splat(<f32>(-1.0 / 6)), i == 1 ? f32x4.add(sum, b) : f32x4.sub(sum, b));
  }
  const sum = f32x4.add(a, f32x4.mul(f32x4.splat(4), c));
  const middle = f32x4.mul(f32x4.splat(2), b);
  return f32x4.mul(f32x4.splat(<f32>(1.0 / 24)), i == 3 ? f32x4.add(sum, middle) : f32x4.sub(sum, middle));
}

/** U = G g Gᵀ for four filters: taps `tap` bytes apart (three a row), points `plane` bytes apart. */
export function transformKernel4(g: usize, tap: usize, to: usize, plane: usize): void {
  for (let i = 0; i < 6; i++) {
    const a = kernelPoint(v128.load(g), v128.load(g + 3 * tap), v128.load(g + 6 * tap), i);
    const b = kernelPoint(v128.load(g + tap), v128.load(g + 4 * tap), v128.load(g + 7 * tap), i);
    const c = kernelPoint(v128.load(g + 2 * tap), v128.load(g + 5 * tap), v128.load(g + 8 * tap), i);
    for (let j = 0; j < 6; j++) {
      v128.store(to, kernelPoint(a, b, c, j));
      to += plane;
    }
  }
}

/** Row r of Gᵀ u for six points. */
// @ts-ignore: decorator
@inline
function tapOf(p: usize, step: usize, r: i32): v128 {
  const u1 = v128.load(p + step), u2 = v128.load(p + 2 * step), u3 = v128.load(p + 3 * step), u4 = v128.load(p + 4 * step);
  const sixth = f32x4.splat(<f32>(-1.0 / 6));
  if (r == 1) {
    const odd = f32x4.mul(sixth, f32x4.sub(u1, u2));
    return f32x4.add(odd, f32x4.mul(f32x4.splat(<f32>(1.0 / 12)), f32x4.sub(u3, u4)));
  }
  const near = f32x4.mul(sixth, f32x4.add(u1, u2));
  const far = f32x4.add(u3, u4);
  if (r == 0) {
    const first = f32x4.mul(f32x4.splat(0.25), v128.load(p));
    return f32x4.add(f32x4.add(first, near), f32x4.mul(f32x4.splat(<f32>(1.0 / 24)), far));
  }
  return f32x4.add(f32x4.add(near, f32x4.mul(f32x4.splat(<f32>(1.0 / 6)), far)), v128.load(p + 5 * step));
}

/** dg = Gᵀ dU G for four filters: points `step` bytes apart, taps `tap` bytes apart. */
export function transformKernelGradient4(points: usize, step: usize, work: usize, to: usize, tap: usize): void {
  for (let j: usize = 0; j < 6; j++) {
    for (let r = 0; r < 3; r++) v128.store(work + (<usize>r * 6 + j) * V128, tapOf(points + j * step, 6 * step, r));
  }
  for (let r = 0; r < 3; r++) {
    for (let s = 0; s < 3; s++) {
      v128.store(to, tapOf(work + <usize>r * POINTS, V128, s));
      to += tap;
    }
  }
}

export const WORK: usize = 72 * V128 + 16 * F32;
