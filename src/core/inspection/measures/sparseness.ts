/** Share of the values that are 0: after ReLU, the average percentage of zeros (APoZ) of Hu et al. 2016. */
export function zeroFraction(values: ArrayLike<number>): number {
  let zeros = 0;
  for (let i = 0; i < values.length; i++) if (values[i] === 0) zeros++;
  return zeros / values.length;
}

/**
 * Treves–Rolls sparseness 1 − (mean r)² ÷ mean(r²), for r ≥ 0: 0 when all values are equal, 1 − 1/n when one alone is not 0
 * (Treves & Rolls 1991). Over the units for one image it is population sparseness, over the images for one unit lifetime
 * sparseness. Null, being 0 ÷ 0, when all values are 0.
 */
export function trevesRolls(values: ArrayLike<number>): number | null {
  const { sum, squares } = sumsOf(values);
  return trevesRollsOfSums(values.length, sum, squares);
}

/** `trevesRolls` of n values, given Σ r and Σ r². */
export function trevesRollsOfSums(n: number, sum: number, squares: number): number | null {
  return squares > 0 ? Math.max(0, 1 - (sum * sum) / (n * squares)) : null;
}

/**
 * Hoyer sparseness (√n − ‖x‖₁ ÷ ‖x‖₂) ÷ (√n − 1): 0 when all values are equal in size, 1 when one alone is not 0 (Hoyer 2004).
 * Null when all values are 0, and when there is only one.
 */
export function hoyer(values: ArrayLike<number>): number | null {
  const { absolutes, squares } = sumsOf(values);
  return hoyerOfSums(values.length, absolutes, squares);
}

/** `hoyer` of n values, given Σ |x| and Σ x². */
export function hoyerOfSums(n: number, absolutes: number, squares: number): number | null {
  if (n < 2 || !(squares > 0)) return null;
  const root = Math.sqrt(n);
  // Rounding may carry the extremes past 0 and 1.
  return Math.min(1, Math.max(0, (root - absolutes / Math.sqrt(squares)) / (root - 1)));
}

function sumsOf(values: ArrayLike<number>) {
  let sum = 0;
  let absolutes = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    sum += value;
    absolutes += Math.abs(value);
    squares += value * value;
  }
  return { sum, absolutes, squares };
}
