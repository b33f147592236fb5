import { smaller, storeLanes, V128 } from '../lib/lanes';

// @ts-ignore: decorator
@inline
function sgdVector(
  w: usize, g: usize, velocity: usize, i: usize, rate: v128, momentum: v128, decay: v128, nesterov: bool, lanes: i32,
): void {
  const weights = v128.load(w + i);
  const slope = f32x4.add(v128.load(g + i), f32x4.mul(decay, weights));
  const next = f32x4.add(f32x4.mul(momentum, v128.load(velocity + i)), slope);
  storeLanes(velocity + i, next, lanes);
  const step = nesterov ? f32x4.add(slope, f32x4.mul(momentum, next)) : next;
  storeLanes(w + i, f32x4.sub(weights, f32x4.mul(rate, step)), lanes);
}

/**
 * Stochastic gradient descent in PyTorch's form without dampening, on `size` parameters: d = g + weight decay · w,
 * velocity = μ · velocity + d, w −= lr · velocity, or with Nesterov's momentum w −= lr · (d + μ · velocity).
 * `rates` holds lr, μ and the weight decay as float32. One unit is a vector of four parameters, as in `adam`.
 */
export function sgd(
  w: usize, g: usize, velocity: usize, rates: usize, size: i32, nesterov: bool, count: i32, first: i32, last: i32,
): void {
  const rate = v128.load32_splat(rates);
  const momentum = v128.load32_splat(rates, 4);
  const decay = v128.load32_splat(rates, 8);
  const whole = smaller(last, size >> 2);
  for (let n = first; n < whole; n++) sgdVector(w, g, velocity, <usize>n * V128, rate, momentum, decay, nesterov, 4);
  if (last > whole) sgdVector(w, g, velocity, <usize>whole * V128, rate, momentum, decay, nesterov, size & 3);
}
