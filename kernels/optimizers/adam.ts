import { smaller, storeLanes, V128 } from '../lib/lanes';

// @ts-ignore: decorator
@inline
function adamVector(
  w: usize, g: usize, m: usize, v: usize, i: usize, alpha: v128, one: v128, two: v128, epsilon: v128, lanes: i32,
): void {
  const grad = v128.load(g + i);
  const m0 = v128.load(m + i);
  const m1 = f32x4.add(m0, f32x4.mul(f32x4.sub(grad, m0), one));
  const v0 = v128.load(v + i);
  const v1 = f32x4.add(v0, f32x4.mul(f32x4.sub(f32x4.mul(grad, grad), v0), two));
  storeLanes(m + i, m1, lanes);
  storeLanes(v + i, v1, lanes);
  const step = f32x4.div(f32x4.mul(alpha, m1), f32x4.add(f32x4.sqrt(v1), epsilon));
  storeLanes(w + i, f32x4.sub(v128.load(w + i), step), lanes);
}

/**
 * Adam in Keras' form (Kingma & Ba 2014, before section 2.1's reordering) on `size` parameters: m += (g − m)(1 − β₁),
 * v += (g² − v)(1 − β₂), w −= α · m ÷ (√v + ε) with α = lr · √(1 − β₂ᵗ) ÷ (1 − β₁ᵗ). `rates` holds α, 1 − β₁, 1 − β₂ and ε
 * as float32. One unit is a vector of four parameters; the last may be a part of one, beyond which nothing is written.
 */
export function adam(
  w: usize, g: usize, m: usize, v: usize, rates: usize, size: i32, count: i32, first: i32, last: i32,
): void {
  const alpha = v128.load32_splat(rates);
  const one = v128.load32_splat(rates, 4);
  const two = v128.load32_splat(rates, 8);
  const epsilon = v128.load32_splat(rates, 12);
  const whole = smaller(last, size >> 2);
  for (let n = first; n < whole; n++) adamVector(w, g, m, v, <usize>n * V128, alpha, one, two, epsilon, 4);
  if (last > whole) adamVector(w, g, m, v, <usize>whole * V128, alpha, one, two, epsilon, size & 3);
}
