import { exponential, logarithm } from './lib/exponential';
import { F32 } from './lib/lanes';

/** The largest of Y values; NaN if any is NaN. */
// @ts-ignore: decorator
@inline
function largest(x: usize, Y: i32): f32 {
  let best = f32.load(x);
  for (let j = 1; j < Y; j++) best = max<f32>(best, f32.load(x + <usize>j * F32));
  return best;
}

/** Σ e^(x − top). */
// @ts-ignore: decorator
@inline
function sumOfExponentials(x: usize, Y: i32, top: f64): f64 {
  let sum: f64 = 0;
  for (let j = 0; j < Y; j++) sum += exponential(<f64>f32.load(x + <usize>j * F32) - top);
  return sum;
}

/** y = softmax(x) row by row; x and y are [N, Y]. */
export function softmaxForward(x: usize, y: usize, Y: i32, count: i32, first: i32, last: i32): void {
  for (let n = first; n < last; n++) {
    const row = <usize>(n * Y) * F32;
    const top = <f64>largest(x + row, Y);
    const sum = sumOfExponentials(x + row, Y, top);
    for (let j = 0; j < Y; j++) {
      const i = row + <usize>j * F32;
      f32.store(y + i, <f32>(exponential(<f64>f32.load(x + i) - top) / sum));
    }
  }
}

/** dx = y · (dy − Σ dy · y). */
export function softmaxBackward(y: usize, dy: usize, dx: usize, Y: i32, count: i32, first: i32, last: i32): void {
  for (let n = first; n < last; n++) {
    const row = <usize>(n * Y) * F32;
    let sum: f64 = 0;
    for (let j = 0; j < Y; j++) {
      const i = row + <usize>j * F32;
      sum += <f64>f32.load(dy + i) * <f64>f32.load(y + i);
    }
    for (let j = 0; j < Y; j++) {
      const i = row + <usize>j * F32;
      f32.store(dx + i, <f32>(<f64>f32.load(y + i) * (<f64>f32.load(dy + i) - sum)));
    }
  }
}

/** losses[n] = Σ t[n, j] · (log Σ eˣ − x[n, j]): categorical cross-entropy from logits x against targets t, [N, Y]. */
export function crossEntropyForward(x: usize, t: usize, losses: usize, Y: i32, count: i32, first: i32, last: i32): void {
  for (let n = first; n < last; n++) {
    const row = <usize>(n * Y) * F32;
    const top = <f64>largest(x + row, Y);
    const lse = top + logarithm(sumOfExponentials(x + row, Y, top));
    let loss: f64 = 0;
    for (let j = 0; j < Y; j++) {
      const i = row + <usize>j * F32;
      const target = f32.load(t + i);
      if (target != 0) loss += <f64>target * (lse - <f64>f32.load(x + i));
    }
    f32.store(losses + <usize>n * F32, <f32>loss);
  }
}

/** dx[n, j] = (softmax(x)[n, j] · Σ t − t[n, j]) · scale, scale (a float32 in memory) being 1 ÷ batch size for a mean. */
export function crossEntropyBackward(
  x: usize, t: usize, dx: usize, scale: usize, Y: i32, count: i32, first: i32, last: i32,
): void {
  const factor = <f64>f32.load(scale);
  for (let n = first; n < last; n++) {
    const row = <usize>(n * Y) * F32;
    const top = <f64>largest(x + row, Y);
    const sum = sumOfExponentials(x + row, Y, top);
    let mass: f64 = 0;
    for (let j = 0; j < Y; j++) mass += <f64>f32.load(t + row + <usize>j * F32);
    for (let j = 0; j < Y; j++) {
      const i = row + <usize>j * F32;
      const p = exponential(<f64>f32.load(x + i) - top) / sum;
      f32.store(dx + i, <f32>((p * mass - <f64>f32.load(t + i)) * factor));
    }
  }
}
