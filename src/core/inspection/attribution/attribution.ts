import { progressOver } from '../progress.ts';
import type { Explanation, MethodScore } from '../record.ts';
import type { InspectionTarget, OnProgress } from '../target.ts';
import { createExplainer } from './explainer.ts';
import { explainPictures } from './explanations.ts';
import { scoreMethods } from './scoring.ts';

/** Pictures, 8-bit [N, …inputShape], and the class that is explained of each. */
export interface Targeted {
  readonly images: Uint8Array;
  readonly targetClasses: readonly number[];
}

export interface AttributionInput {
  readonly explained: Targeted;
  /** On which pictures the methods are scored; on the explained ones where it is null. */
  readonly scored: Targeted | null;
  readonly seed: number;
  readonly quick: boolean;
}

export interface Attributions {
  readonly explanations: readonly Explanation[];
  readonly methodScores: readonly MethodScore[];
}

/** Explains pictures by every method, and scores the methods on this very network. */
export async function explainAndScore({
  target,
  explained,
  scored,
  seed,
  quick,
  onProgress,
}: AttributionInput & { readonly target: InspectionTarget; readonly onProgress: OnProgress }): Promise<Attributions> {
  const progress = progressOver({ explanations: 1, scores: quick ? 1 : 4 }, onProgress);
  const explainer = await createExplainer({ ...target, seed });
  try {
    const explanations = await progress.during('explanations', (tell) =>
      explainPictures(explainer, target.preprocessing, explained.images, explained.targetClasses, tell),
    );
    const maps = explanations.map((explanation) => explanation.maps);
    const methodScores = await progress.during('scores', (tell) =>
      scoreMethods({
        ...(scored ?? { ...explained, maps }),
        ...{ target, explainer, seed, quick },
        onProgress: tell,
      }),
    );
    return { explanations, methodScores };
  } finally {
    await explainer.close();
  }
}
