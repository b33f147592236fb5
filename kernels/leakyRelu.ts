import { F32, V128 } from './lib/lanes';

/** y = x where x > 0, else slope · x. x and y are [N, size]. */
export function leakyReluForward(x: usize, y: usize, slope: f32, size: i32, count: i32, first: i32, last: i32): void {
  const zero = f32x4.splat(0);
  const factor = f32x4.splat(slope);
  const end = <usize>(last * size) * F32;
  let i = <usize>(first * size) * F32;
  for (; i + V128 <= end; i += V128) {
    const v = v128.load(x + i);
    v128.store(y + i, v128.bitselect(v, f32x4.mul(v, factor), f32x4.gt(v, zero)));
  }
  for (; i < end; i += F32) {
    const v = f32.load(x + i);
    f32.store(y + i, v > 0 ? v : v * slope);
  }
}

/** dx = dy where x > 0, else slope · dy. */
export function leakyReluBackward(
  x: usize, dy: usize, dx: usize, slope: f32, size: i32, count: i32, first: i32, last: i32,
): void {
  const zero = f32x4.splat(0);
  const factor = f32x4.splat(slope);
  const end = <usize>(last * size) * F32;
  let i = <usize>(first * size) * F32;
  for (; i + V128 <= end; i += V128) {
    const g = v128.load(dy + i);
    v128.store(dx + i, v128.bitselect(g, f32x4.mul(g, factor), f32x4.gt(v128.load(x + i), zero)));
  }
  for (; i < end; i += F32) {
    const g = f32.load(dy + i);
    f32.store(dx + i, f32.load(x + i) > 0 ? g : g * slope);
  }
}
