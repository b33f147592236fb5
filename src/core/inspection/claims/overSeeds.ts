import type { Claim, JointClaim, Verdict } from '../record.ts';

export const verdictOrder: readonly Verdict[] = ['supported', 'mixed', 'not supported', 'not measured'];

/** The verdicts of several models, claim by claim. */
export function overSeeds(
  models: readonly { readonly model: string; readonly claims: readonly Claim[] }[],
): readonly JointClaim[] {
  const claims = models[0]?.claims ?? [];
  return claims.map(({ id, statement }) => {
    const verdicts = models.flatMap(({ model, claims: own }) =>
      own.filter((claim) => claim.id === id).map(({ verdict, because }) => ({ model, verdict, because })),
    );
    const counts = verdictOrder.map((verdict) => ({
      verdict,
      count: verdicts.filter((one) => one.verdict === verdict).length,
    }));
    const joint = counts
      .filter(({ count }) => count > 0)
      .map(({ verdict, count }) => `${verdict} in ${count} of ${verdicts.length}`)
      .join(', ');
    return { id, statement, verdicts, joint };
  });
}

/** On how many claims all models have the same verdict. */
export function agreedClaims(claims: readonly JointClaim[]): number {
  return claims.filter(({ verdicts }) => verdicts.every(({ verdict }) => verdict === verdicts[0]!.verdict)).length;
}
