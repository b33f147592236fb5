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

/**
 * The 95 % interval of a share of cases that come in groups, such as photos of one thing: Wilson's interval for as many independent cases
 * as have the share's cluster-robust variance (a ratio's, Cochran 1977, section 6.3), and never more than there are cases. With groups of one it is `shareInterval`. A share
 * of 0 or 1 counts each group as one case.
 * @param right of each group, from 0 to its size
 */
export function groupedShareInterval(
  right: ArrayLike<number>,
  sizes: ArrayLike<number>,
): { readonly low: number; readonly high: number } {
  let [n, all] = [0, 0];
  for (let g = 0; g < sizes.length; g++) {
    n += sizes[g]!;
    all += right[g]!;
  }
  const share = all / n;
  let squares = 0;
  for (let g = 0; g < sizes.length; g++) squares += (right[g]! - share * sizes[g]!) ** 2;
  const independent = squares === 0 ? sizes.length : Math.min(n, (share * (1 - share) * n * n) / squares);
  return shareInterval(share * independent, independent);
}
