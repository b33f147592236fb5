import { F32, V128 } from './lib/lanes';

/** y = max(a + b, low), [N, size] each; y may be a. NaN stays NaN. */
export function addForward(a: usize, b: usize, y: usize, size: i32, low: f32, count: i32, first: i32, last: i32): void {
  const least = f32x4.splat(low);
  const end = <usize>(last * size) * F32;
  let i = <usize>(first * size) * F32;
  for (; i + V128 <= end; i += V128) {
    v128.store(y + i, f32x4.pmax(f32x4.add(v128.load(a + i), v128.load(b + i)), least));
  }
  for (; i < end; i += F32) {
    const sum = f32.load(a + i) + f32.load(b + i);
    f32.store(y + i, sum < low ? low : sum);
  }
}
