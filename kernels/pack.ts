import { F32, V128 } from './lib/lanes';

/**
 * Weights [D, K] into panels of eight columns, [⌈K/8⌉, D, 8], zeros behind the last column: the order in which the
 * register tiles of `denseForward`, `convPoolDirect` and `depthwiseConv2dForward` read them. One unit is one panel.
 */
export function packColumns(w: usize, panels: usize, D: i32, K: i32, count: i32, first: i32, last: i32): void {
  for (let p = first; p < last; p++) {
    const k = p * 8;
    let to = panels + <usize>(p * D) * 8 * F32;
    let from = w + <usize>k * F32;
    if (k + 8 <= K) {
      for (let d = 0; d < D; d++) {
        v128.store(to, v128.load(from));
        v128.store(to + V128, v128.load(from, 16));
        to += 2 * V128;
        from += <usize>K * F32;
      }
    } else {
      for (let d = 0; d < D; d++) {
        for (let lane = 0; lane < 8; lane++) {
          f32.store(to, k + lane < K ? f32.load(from + <usize>lane * F32) : 0);
          to += F32;
        }
        from += <usize>K * F32;
      }
    }
  }
}

/** y [K, D] = the transpose of x [D, K], rows `first` to `last` of y. */
export function transpose(x: usize, y: usize, D: i32, K: i32, count: i32, first: i32, last: i32): void {
  for (let k = first; k < last; k++) {
    let from = x + <usize>k * F32;
    let to = y + <usize>(k * D) * F32;
    for (let d = 0; d < D; d++) {
      f32.store(to, f32.load(from));
      from += <usize>K * F32;
      to += F32;
    }
  }
}

/** Zeros floats `first` to `last` of x. */
export function zeroFill(x: usize, count: i32, first: i32, last: i32): void {
  memory.fill(x + <usize>first * F32, 0, <usize>(last - first) * F32);
}
