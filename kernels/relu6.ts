import { F32, V128 } from './lib/lanes';

/** y = min(max(x, 0), 6); NaN stays NaN. x and y are [N, size]. */
export function relu6Forward(x: usize, y: usize, size: i32, count: i32, first: i32, last: i32): void {
  const zero = f32x4.splat(0);
  const six = f32x4.splat(6);
  const end = <usize>(last * size) * F32;
  let i = <usize>(first * size) * F32;
  for (; i + V128 <= end; i += V128) v128.store(y + i, f32x4.pmin(f32x4.pmax(v128.load(x + i), zero), six));
  for (; i < end; i += F32) {
    const v = f32.load(x + i);
    f32.store(y + i, v < 0 ? 0 : v > 6 ? 6 : v);
  }
}

/** dx = dy where 0 < y < 6, else 0. */
export function relu6Backward(y: usize, dy: usize, dx: usize, size: i32, count: i32, first: i32, last: i32): void {
  const zero = f32x4.splat(0);
  const six = f32x4.splat(6);
  const end = <usize>(last * size) * F32;
  let i = <usize>(first * size) * F32;
  for (; i + V128 <= end; i += V128) {
    const v = v128.load(y + i);
    v128.store(dx + i, v128.and(v128.load(dy + i), v128.and(f32x4.gt(v, zero), f32x4.lt(v, six))));
  }
  for (; i < end; i += F32) {
    const v = f32.load(y + i);
    f32.store(dx + i, v > 0 && v < 6 ? f32.load(dy + i) : 0);
  }
}
