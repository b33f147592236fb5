/** From portable functions alone, so that the same results lead to the same decisions everywhere. */
import { exp, log } from '../engine/portable.ts';

/** Terms of a series or a continued fraction; those of the tests converge within a few dozen. */
const mostTerms = 10_000;
/** Beyond the last place of a factor near 1. */
const precision = 2.3e-16;
/** Replaces a zero in the denominators of Lentz's method. */
const tiny = 1e-300;

/** Lanczos' coefficients for g = 7 (Godfrey 2001). */
const lanczos = [
  0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];

/** ln Γ(x) for x from 0.5 up, within 1e-13 relative to the larger of 1 and the result. */
export function logGamma(x: number): number {
  const z = x - 1;
  const t = z + 7.5;
  const series = lanczos.reduce((sum, coefficient, i) => (i === 0 ? coefficient : sum + coefficient / (z + i)), 0);
  return 0.9189385332046727 + (z + 0.5) * log(t) - t + log(series);
}

/**
 * The regularised incomplete beta function I_x(a, b), by its continued fraction (Lentz's method: Press et al., Numerical Recipes,
 * section 6.4).
 * @param a from 0.5 up
 * @param b from 0.5 up
 * @param x from 0 to 1
 * @param rest 1 − x, given separately since the difference loses digits
 */
export function incompleteBeta(a: number, b: number, x: number, rest: number): number {
  if (x <= 0) return 0;
  if (rest <= 0) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(b, a, rest, x);
  const front = exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log(rest)) / a;
  const fraction = continuedFraction((n) => {
    if (n === 1) return [1, 1];
    const m = Math.floor((n - 1) / 2);
    const coefficient =
      n % 2 === 1
        ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
        : -((a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    return [coefficient, 1];
  });
  return front * fraction;
}

/**
 * The upper regularised incomplete gamma function Q(a, x), by the series of its complement or its continued fraction (Press et al.,
 * Numerical Recipes, section 6.2).
 * @param a from 0.5 up
 * @param x from 0 up
 */
export function incompleteGammaUpper(a: number, x: number): number {
  if (x <= 0) return 1;
  const front = exp(a * log(x) - x - logGamma(a));
  if (x >= a + 1) {
    return front * continuedFraction((n) => [n === 1 ? 1 : -(n - 1) * (n - 1 - a), x + 2 * n - 1 - a]);
  }
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < mostTerms && term > sum * precision; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return 1 - front * sum;
}

/** a₁ ÷ (b₁ + a₂ ÷ (b₂ + …)), by the modified method of Lentz. */
function continuedFraction(term: (n: number) => readonly [a: number, b: number]): number {
  let value = tiny;
  let c = value;
  let d = 0;
  for (let n = 1; n < mostTerms; n++) {
    const [a, b] = term(n);
    d = 1 / (b + a * d || tiny);
    c = b + a / c || tiny;
    const factor = c * d;
    value *= factor;
    if (Math.abs(factor - 1) < precision) break;
  }
  return value;
}
