/** The standard normal distribution's 97.5 % quantile. */
const z = 1.959963984540054;

/**
 * The 95 % interval of a share that was found on few cases (Wilson 1927): unlike ± 1.96 standard errors it is right near 0 and 1, too.
 * @param right from 0 to n
 */
export function shareInterval(right: number, n: number): { readonly low: number; readonly high: number } {
  const share = right / n;
  const middle = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
