import { exp } from '../engine/portable.ts';

const rootOfPi = 1.772453850905516;
/** Up to here the series is used, and the continued fraction above. */
const seriesEnd = 2.5;

/** The error function's complement, 1 − erf x, from exponential and arithmetic alone; relative error below 1e-13. */
function complementOfErf(x: number): number {
  if (x < 0) return 2 - complementOfErf(-x);
  if (x > 27) return 0;
  const square = x * x;
  if (x < seriesEnd) {
    // erf x = 2 ÷ √π · exp(−x²) · Σ 2ⁿ x²ⁿ⁺¹ ÷ (1 · 3 ⋯ (2n + 1)), whose terms are all positive.
    let term = x;
    let sum = x;
    for (let n = 1; term > sum * 1e-17; n++) {
      term *= (2 * square) / (2 * n + 1);
      sum += term;
    }
    return 1 - (2 / rootOfPi) * exp(-square) * sum;
  }
  // exp(−x²) ÷ √π ÷ (x + (1/2) ÷ (x + (2/2) ÷ (x + (3/2) ÷ (x + …))))
  let fraction = x;
  for (let n = 60; n >= 1; n--) fraction = x + n / 2 / fraction;
  return exp(-square) / rootOfPi / fraction;
}

/** The probability that a standard normal draw lies in [a, b], for a ≤ b. */
export function normalMass(a: number, b: number): number {
  // In the upper tail both would be close to 1, and their difference lost.
  if (a > 0) return normalMass(-b, -a);
  const below = (x: number) => complementOfErf(-x * Math.SQRT1_2) / 2;
  return Math.max(0, below(b) - below(a));
}
