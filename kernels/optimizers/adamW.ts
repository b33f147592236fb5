import { smaller, storeLanes, V128 } from '../lib/lanes';

// @ts-ignore: decorator
@inline
function adamWVector(
  w: usize, g: usize, m: usize, v: usize, i: usize,
  alpha: v128, one: v128, two: v128, epsilon: v128, correction: v128, decay: v128, lanes: i32,
): void {
  const grad = v128.load(g + i);
  const m0 = v128.load(m + i);
  const m1 = f32x4.add(m0, f32x4.mul(f32x4.sub(grad, m0), one));
  const v0 = v128.load(v + i);
  const v1 = f32x4.add(v0, f32x4.mul(f32x4.sub(f32x4.mul(grad, grad), v0), two));
  storeLanes(m + i, m1, lanes);
  storeLanes(v + i, v1, lanes);
  const root = f32x4.mul(f32x4.sqrt(v1), correction);
  const step = f32x4.div(f32x4.mul(alpha, m1), f32x4.add(root, epsilon));
  const weights = v128.load(w + i);
  storeLanes(w + i, f32x4.sub(weights, f32x4.add(step, f32x4.mul(decay, weights))), lanes);
}

/**
 * AdamW in PyTorch's form (Loshchilov & Hutter 2019) on `size` parameters: m and v as in `adam`, then
 * w −= α · m ÷ (√v · c + ε) + d · w with α = lr ÷ (1 − β₁ᵗ), c = 1 ÷ √(1 − β₂ᵗ) and d = lr · weight decay.
 * `rates` holds α, 1 − β₁, 1 − β₂, ε, c and d as float32. One unit is a vector of four parameters, as in `adam`.
 */
export function adamW(
  w: usize, g: usize, m: usize, v: usize, rates: usize, size: i32, count: i32, first: i32, last: i32,
): void {
  const alpha = v128.load32_splat(rates);
  const one = v128.load32_splat(rates, 4);
  const two = v128.load32_splat(rates, 8);
  const epsilon = v128.load32_splat(rates, 12);
  const correction = v128.load32_splat(rates, 16);
  const decay = v128.load32_splat(rates, 20);
  const whole = smaller(last, size >> 2);
  for (let n = first; n < whole; n++) {
    adamWVector(w, g, m, v, <usize>n * V128, alpha, one, two, epsilon, correction, decay, 4);
  }
  if (last > whole) {
    adamWVector(w, g, m, v, <usize>whole * V128, alpha, one, two, epsilon, correction, decay, size & 3);
  }
}
