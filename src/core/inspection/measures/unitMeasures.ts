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

/**
 * Class selectivity (μmax − μothers) ÷ (μmax + μothers), μmax the largest of the class means and μothers the mean of the other
 * classes' means: 0 when all are equal, 1 when one class alone excites the map (Morcos et al. 2018). Of equals, the first class.
 * Null where it is 0 ÷ 0, where fewer than two classes have a mean, or where a mean is below 0.
 * @param means [Y], a map's mean activation for each class; NaN for a class without images
 */
export function classSelectivity(means: ArrayLike<number>): { readonly value: number; readonly label: number } | null {
  let label = -1;
  let sum = 0;
  let classes = 0;
  for (let y = 0; y < means.length; y++) {
    const mean = means[y]!;
    if (Number.isNaN(mean)) continue;
    if (mean < 0) return null;
    if (label < 0 || mean > means[label]!) label = y;
    sum += mean;
    classes++;
  }
  if (classes < 2 || sum === 0) return null;
  const largest = means[label]!;
  // Where one class alone excites the map, the others' sum is 0 but for rounding.
  const others = Math.max(0, sum - largest) / (classes - 1);
  return { value: Math.max(0, (largest - others) / (largest + others)), label };
}
