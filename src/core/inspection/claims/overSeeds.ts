import type { Claim, ClaimId, Verdict } from '../record.ts';

/** One claim, tried on several models: the same network trained from several seeds, say. */
export interface JointClaim {
  readonly id: ClaimId;
  readonly statement: string;
  readonly verdicts: readonly { readonly model: string; readonly verdict: Verdict; readonly because: string }[];
  /** "supported in 2 of 3, mixed in 1 of 3". */
  readonly joint: string;
}

const order: readonly Verdict[] = ['supported', 'mixed', 'not supported', 'not measured'];

/** The verdicts of several models, claim by claim. */
export function overSeeds(
  models: readonly { readonly model: string; readonly claims: readonly Claim[] }[],
): readonly JointClaim[] {
  const claims = models[0]?.claims ?? [];
  return claims.map(({ id, statement }) => {
    const verdicts = models.flatMap(({ model, claims: own }) =>
      own.filter((claim) => claim.id === id).map(({ verdict, because }) => ({ model, verdict, because })),
    );
    const counts = order.map((verdict) => ({
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
