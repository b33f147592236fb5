import { F32, V128 } from './lib/lanes';

/** y = max(x, 0); NaN stays NaN. x and y are [N, size], size rounded up to whole vectors. */
export function reluForward(x: usize, y: usize, size: i32, count: i32, first: i32, last: i32): void {
  const zero = f32x4.splat(0);
  const end = <usize>(last * size) * F32;
  let i = <usize>(first * size) * F32;
  for (; i + V128 <= end; i += V128) v128.store(y + i, f32x4.pmax(v128.load(x + i), zero));
  for (; i < end; i += F32) f32.store(y + i, f32.load(x + i) < 0 ? 0 : f32.load(x + i));
}

/** dx = dy where y > 0, else 0. */
export function reluBackward(y: usize, dy: usize, dx: usize, size: i32, count: i32, first: i32, last: i32): void {
  const zero = f32x4.splat(0);
  const end = <usize>(last * size) * F32;
  let i = <usize>(first * size) * F32;
  for (; i + V128 <= end; i += V128) v128.store(dx + i, v128.and(v128.load(dy + i), f32x4.gt(v128.load(y + i), zero)));
  for (; i < end; i += F32) f32.store(dx + i, f32.load(y + i) > 0 ? f32.load(dy + i) : 0);
}
