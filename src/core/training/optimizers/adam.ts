/** Adam's default settings, those of Keras (Kingma & Ba 2014 with ε = 1e-7). */
export const adamDefaults = { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 } as const;

/** bⁿ by repeated squaring: multiplications alone, so that every machine gives the same bits. */
export function power(base: number, exponent: number): number {
  let result = 1;
  for (let n = exponent, square = base; n > 0; n = Math.floor(n / 2), square *= square) {
    if (n % 2 === 1) result *= square;
  }
  return result;
}

/**
 * What the kernel `adam` needs for update number `step` (from 1): α = lr · √(1 − β₂ᵗ) ÷ (1 − β₁ᵗ), 1 − β₁, 1 − β₂, ε.
 */
export function adamRates(step: number, learningRate: number): Float32Array {
  const { beta1, beta2, epsilon } = adamDefaults;
  const alpha = (learningRate * Math.sqrt(1 - power(beta2, step))) / (1 - power(beta1, step));
  return Float32Array.of(alpha, 1 - beta1, 1 - beta2, epsilon);
}
