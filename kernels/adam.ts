import { F32, V128 } from './lib/lanes';

/**
 * Adam in Keras' form (Kingma & Ba 2014, before section 2.1's reordering): m += (g − m)(1 − β₁), v += (g² − v)(1 − β₂),
 * w −= α · m ÷ (√v + ε) with α = lr · √(1 − β₂ᵗ) ÷ (1 − β₁ᵗ). `rates` holds α, 1 − β₁, 1 − β₂ and ε as float32.
 * One unit is a vector of four parameters; the arrays are padded to whole vectors.
 */
export function adam(w: usize, g: usize, m: usize, v: usize, rates: usize, count: i32, first: i32, last: i32): void {
  const alpha = v128.load32_splat(rates);
  const one = v128.load32_splat(rates, 4);
  const two = v128.load32_splat(rates, 8);
  const epsilon = v128.load32_splat(rates, 12);
  const end = <usize>last * V128;
  for (let i = <usize>first * V128; i < end; i += V128) {
    const grad = v128.load(g + i);
    const m0 = v128.load(m + i);
    const m1 = f32x4.add(m0, f32x4.mul(f32x4.sub(grad, m0), one));
    const v0 = v128.load(v + i);
    const v1 = f32x4.add(v0, f32x4.mul(f32x4.sub(f32x4.mul(grad, grad), v0), two));
    v128.store(m + i, m1);
    v128.store(v + i, v1);
    const step = f32x4.div(f32x4.mul(alpha, m1), f32x4.add(f32x4.sqrt(v1), epsilon));
    v128.store(w + i, f32x4.sub(v128.load(w + i), step));
  }
}
