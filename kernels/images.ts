import { F32 } from './lib/lanes';

/** y = x ÷ divisor for images `first` to `last`; x is uint8 and y float32, both [N, size]. */
export function scalePixels(x: usize, y: usize, size: i32, divisor: f32, count: i32, first: i32, last: i32): void {
  const end = last * size;
  for (let i = first * size; i < end; i++) f32.store(y + <usize>i * F32, <f32>load<u8>(x + i) / divisor);
}

/** y[n, labels[n]] = on and `off` elsewhere (1 and 0 without label smoothing); labels are uint32 [N], y is [N, Y]. */
export function oneHot(labels: usize, y: usize, classes: i32, on: f32, off: f32, count: i32, first: i32, last: i32): void {
  for (let n = first; n < last; n++) {
    const row = y + <usize>(n * classes) * F32;
    for (let j = 0; j < classes; j++) f32.store(row + <usize>j * F32, off);
    f32.store(row + <usize>load<u32>(labels + <usize>n * 4) * F32, on);
  }
}

/** y = x, both [N, size] float32; what leaves the engine is copied to the staging area. */
export function copyRows(x: usize, y: usize, size: i32, count: i32, first: i32, last: i32): void {
  const bytes = <usize>size * F32;
  memory.copy(y + <usize>first * bytes, x + <usize>first * bytes, <usize>(last - first) * bytes);
}
