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
