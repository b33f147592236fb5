import { F32 } from './lib/lanes';

/**
 * The normalisation behind a convolution as part of it: wOut [D, K] = w · scale and bOut [K] = (bias − mean) · scale + beta, with scale = gamma ÷
 * √(variance + epsilon). bias, gamma and beta are 0 where there are none. One unit is one row of w; the first also computes bOut.
 */
export function foldNormalization(
  w: usize, bias: usize, gamma: usize, beta: usize, mean: usize, variance: usize, wOut: usize, bOut: usize,
  K: i32, epsilon: f32, count: i32, first: i32, last: i32,
): void {
  for (let d = first; d < last; d++) {
    const row = <usize>(d * K) * F32;
    for (let k: usize = 0; k < <usize>K * F32; k += F32) {
      const own: f64 = gamma ? f32.load(gamma + k) : 1;
      const scale = own / Math.sqrt(<f64>f32.load(variance + k) + <f64>epsilon);
      f32.store(wOut + row + k, <f32>(<f64>f32.load(w + row + k) * scale));
      if (d > 0) continue;
      const b: f64 = bias ? f32.load(bias + k) : 0;
      const offset: f64 = beta ? f32.load(beta + k) : 0;
      f32.store(bOut + k, <f32>((b - <f64>f32.load(mean + k)) * scale + offset));
    }
  }
}
