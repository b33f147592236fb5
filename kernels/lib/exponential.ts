/**
 * eˣ and ln x in float64, from additions and multiplications alone, so that every machine gives the same bits.
 * Relative error under 1e-15 where the result is a normal number.
 */

/** eˣ = 2ⁿ · eʳ with |r| ≤ ln 2 / 2 and a Taylor polynomial for eʳ (the next term is under 1e-17). Not for |x| > 700. */
export function exponential(x: f64): f64 {
  if (x < -700) return 0;
  const n = nearest(x * 1.4426950408889634);
  const r = x - n * 0.6931471803691238 - n * 1.9082149292705877e-10;
  let p: f64 = 1.0 / 6227020800.0;
  p = p * r + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  p = p * r + 1;
  p = p * r + 1;
  return p * reinterpret<f64>((<i64>n + 1023) << 52);
}

/** ln x = n · ln 2 + 2 · artanh((m − 1) ÷ (m + 1)) with x = 2ⁿ · m and m around 1. For positive normal numbers. */
export function logarithm(x: f64): f64 {
  const bits = reinterpret<i64>(x);
  let n = <f64>((bits >> 52) - 1023);
  let m = reinterpret<f64>((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    n += 1;
  }
  const z = (m - 1) / (m + 1);
  const s = z * z;
  let p: f64 = 1.0 / 21.0;
  p = p * s + 1.0 / 19.0;
  p = p * s + 1.0 / 17.0;
  p = p * s + 1.0 / 15.0;
  p = p * s + 1.0 / 13.0;
  p = p * s + 1.0 / 11.0;
  p = p * s + 1.0 / 9.0;
  p = p * s + 1.0 / 7.0;
  p = p * s + 1.0 / 5.0;
  p = p * s + 1.0 / 3.0;
  p = p * s + 1;
  return n * 0.6931471805599453 + 2 * z * p;
}
