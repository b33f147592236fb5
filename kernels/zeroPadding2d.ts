import { F32 } from './lib/lanes';

/** x [N, H, W, C] into the middle of y [N, top + H + bottom, left + W + right, C], zeros around. */
export function zeroPadding2dForward(
  x: usize, y: usize, H: i32, W: i32, C: i32, top: i32, bottom: i32, left: i32, right: i32,
  count: i32, first: i32, last: i32,
): void {
  const width = left + W + right;
  const size = <usize>((top + H + bottom) * width * C) * F32;
  const row = <usize>(W * C) * F32;
  const line = <usize>(width * C) * F32;
  for (let n = first; n < last; n++) {
    const out = y + <usize>n * size;
    memory.fill(out, 0, size);
    let from = x + <usize>(n * H) * row;
    let to = out + <usize>top * line + <usize>(left * C) * F32;
    for (let h = 0; h < H; h++) {
      memory.copy(to, from, row);
      from += row;
      to += line;
    }
  }
}

/** dx is the middle of dy. */
export function zeroPadding2dBackward(
  dy: usize, dx: usize, H: i32, W: i32, C: i32, top: i32, bottom: i32, left: i32, right: i32,
  count: i32, first: i32, last: i32,
): void {
  const width = left + W + right;
  const size = <usize>((top + H + bottom) * width * C) * F32;
  const row = <usize>(W * C) * F32;
  const line = <usize>(width * C) * F32;
  for (let n = first; n < last; n++) {
    let from = dy + <usize>n * size + <usize>top * line + <usize>(left * C) * F32;
    let to = dx + <usize>(n * H) * row;
    for (let h = 0; h < H; h++) {
      memory.copy(to, from, row);
      from += line;
      to += row;
    }
  }
}
