import { incompleteGammaUpper } from './specialFunctions.ts';

/** From here on the chi-squared approximation replaces the exact test. */
export const fewestForChiSquared = 25;

/** Two models' answers to the same images. */
export interface McNemar {
  /** Images that only the first, and only the second, classifies correctly. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly method: 'exact binomial' | 'chi-squared with continuity correction';
  /** Two-sided, of the hypothesis that either is as likely to be the only one that is right. */
  readonly pValue: number;
}

/**
 * McNemar's test (1947) on the images that one model alone classifies correctly: exact (binomial) for fewer than 25 of them, otherwise
 * chi-squared with Edwards' continuity correction (1948), as `mcnemar` of statsmodels with `exact` set accordingly.
 */
export function mcnemar(onlyFirst: number, onlySecond: number): McNemar {
  const discordant = onlyFirst + onlySecond;
  const counts = { onlyFirst, onlySecond };
  if (discordant < fewestForChiSquared) {
    const pValue = Math.min(1, 2 * halfBinomial(Math.min(onlyFirst, onlySecond), discordant));
    return { ...counts, method: 'exact binomial', pValue };
  }
  const beyond = Math.abs(onlyFirst - onlySecond) - 1;
  const statistic = (beyond * beyond) / discordant;
  // Chi-squared with one degree of freedom.
  const pValue = incompleteGammaUpper(0.5, statistic / 2);
  return { ...counts, method: 'chi-squared with continuity correction', pValue };
}

/** P(X ≤ k) for X binomial with n trials and probability ½; exact for n below 25. */
function halfBinomial(k: number, n: number): number {
  let coefficient = 1;
  let sum = 1;
  for (let i = 1; i <= k; i++) {
    coefficient = (coefficient * (n - i + 1)) / i;
    sum += coefficient;
  }
  return sum / 2 ** n;
}
