import { incompleteGammaUpper } from '../statistics/specialFunctions.ts';

/** The probability that a standard normal draw is below x: ½ erfc(−x ÷ √2), where erfc z = Q(½, z²) for z from 0 up. */
function below(x: number): number {
  const tail = incompleteGammaUpper(0.5, (x * x) / 2) / 2;
  return x < 0 ? tail : 1 - tail;
}

/** The probability that a standard normal draw lies in [a, b], for a ≤ b. */
export function normalMass(a: number, b: number): number {
  // In the upper tail both would be close to 1, and their difference lost.
  if (a > 0) return normalMass(-b, -a);
  return Math.max(0, below(b) - below(a));
}
