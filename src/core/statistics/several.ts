/**
 * Holm's adjustment (1979): p-values that may be compared with one level, so that the probability of any false rejection stays below
 * it. Null marks what was not tested and does not count.
 */
export function holm(pValues: readonly (number | null)[]): (number | null)[] {
  const tested = pValues.flatMap((p, i) => (p === null ? [] : [{ p, i }])).sort((a, b) => a.p - b.p);
  const adjusted: (number | null)[] = pValues.map(() => null);
  let highest = 0;
  for (const [rank, { p, i }] of tested.entries()) {
    highest = Math.max(highest, Math.min(1, (tested.length - rank) * p));
    adjusted[i] = highest;
  }
  return adjusted;
}

/**
 * One p-value from K of the same hypothesis, whatever their dependence: K ÷ k times the k-th smallest, where k is the upper median
 * (Rüger 1978; Vovk and Wang 2020, "Combining p-values via averaging").
 * @param pValues K, at least one
 */
export function combinedPValue(pValues: readonly number[]): number {
  const sorted = [...pValues].sort((a, b) => a - b);
  const k = Math.floor(sorted.length / 2) + 1;
  return Math.min(1, (sorted.length / k) * sorted[k - 1]!);
}
