import { F32, smaller } from '../lib/lanes';

/** Floats of one chunk: the order of a sum of squares depends on it. */
const CHUNK: i32 = 4096;

/** sums[unit], float64: the sum of the squares of chunk `unit` of the `size` floats g. One unit is a chunk of 4,096 floats. */
export function squareSums(g: usize, sums: usize, size: i32, count: i32, first: i32, last: i32): void {
  for (let unit = first; unit < last; unit++) {
    const from = unit * CHUNK;
    const to = smaller(from + CHUNK, size);
    const whole = from + ((to - from) & ~3);
    let low = f64x2.splat(0), high = f64x2.splat(0);
    let i = from;
    for (; i < whole; i += 4) {
      const x = v128.load(g + <usize>i * F32);
      const a = f64x2.promote_low_f32x4(x);
      const b = f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3));
      low = f64x2.add(low, f64x2.mul(a, a));
      high = f64x2.add(high, f64x2.mul(b, b));
    }
    let sum = f64x2.extract_lane(low, 0) + f64x2.extract_lane(low, 1);
    sum += f64x2.extract_lane(high, 0) + f64x2.extract_lane(high, 1);
    for (; i < to; i++) {
      const x = <f64>f32.load(g + <usize>i * F32);
      sum += x * x;
    }
    f64.store(sums + (<usize>unit << 3), sum);
  }
}

/**
 * g *= limit ÷ norm where the norm, the root of the sum of `parts` float64 sums, is above the limit; as TensorFlow's
 * `clip_by_global_norm`. g holds `size` floats; one unit is a chunk of 4,096. Every unit adds up the sums in their order.
 */
export function clipByNorm(
  g: usize, sums: usize, parts: i32, limit: f32, size: i32, count: i32, first: i32, last: i32,
): void {
  let sum: f64 = 0;
  for (let n = 0; n < parts; n++) sum += f64.load(sums + (<usize>n << 3));
  const norm = sqrt<f64>(sum);
  if (norm <= <f64>limit) return;
  const factor = <f32>(<f64>limit / norm);
  const factors = f32x4.splat(factor);
  const end = smaller(last * CHUNK, size);
  let i = first * CHUNK;
  for (; i + 4 <= end; i += 4) {
    const at = g + <usize>i * F32;
    v128.store(at, f32x4.mul(v128.load(at), factors));
  }
  for (; i < end; i++) f32.store(g + <usize>i * F32, f32.load(g + <usize>i * F32) * factor);
}
