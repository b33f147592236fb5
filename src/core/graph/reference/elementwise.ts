import type { Numbers } from './numbers.ts';

/** y = max(x, 0); NaN stays NaN. */
export function reluForward(x: Numbers): Float64Array {
  return Float64Array.from(x, (v) => Math.max(v, 0));
}

/** dx = dy where y > 0, else 0. */
export function reluBackward(y: Numbers, dy: Numbers): Float64Array {
  return Float64Array.from(dy, (g, i) => (y[i]! > 0 ? g : 0));
}

/** Inverted dropout with a given mask: y = x ÷ (1 − rate) where kept, else 0; forward and, on gradients, backward. */
export function dropoutApply(x: Numbers, kept: ArrayLike<boolean>, rate: number): Float64Array {
  return Float64Array.from(x, (v, i) => (kept[i] ? v / (1 - rate) : 0));
}
