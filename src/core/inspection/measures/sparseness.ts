/**
 * Treves–Rolls sparseness 1 − (mean r)² ÷ mean(r²) of n values r ≥ 0: 0 when all are equal, 1 − 1/n when one alone is not 0
 * (Treves & Rolls 1991). Over the units for one image it is population sparseness, over the images for one unit lifetime
 * sparseness. Null, being 0 ÷ 0, when all values are 0.
 * @param sum Σ r
 * @param squares Σ r²
 */
export function trevesRolls(n: number, sum: number, squares: number): number | null {
  return squares > 0 ? Math.max(0, 1 - (sum * sum) / (n * squares)) : null;
}

/**
 * Hoyer sparseness (√n − ‖x‖₁ ÷ ‖x‖₂) ÷ (√n − 1) of n values: 0 when all are equal in size, 1 when one alone is not 0 (Hoyer
 * 2004). Null when all values are 0, and when there is only one.
 * @param absolutes Σ |x|
 * @param squares Σ x²
 */
export function hoyer(n: number, absolutes: number, squares: number): number | null {
  if (n < 2 || !(squares > 0)) return null;
  const root = Math.sqrt(n);
  // Rounding may carry the extremes past 0 and 1.
  return Math.min(1, Math.max(0, (root - absolutes / Math.sqrt(squares)) / (root - 1)));
}
