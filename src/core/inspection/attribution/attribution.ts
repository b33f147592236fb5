import { type Preprocessing, preprocess } from '../../data/preprocessing.ts';
import { sizeOf } from '../../graph/shape.ts';
import { progressOver } from '../progress.ts';
import type { AttributionMap, Explanation, MethodScore } from '../record.ts';
import type { InspectionTarget, OnProgress } from '../target.ts';
import { createExplainer, type Explainer } from './explainer.ts';
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
export async function explainAndScore(
  options: AttributionInput & { readonly target: InspectionTarget; readonly onProgress: OnProgress },
): Promise<Attributions> {
  const { target, explained, scored, seed, quick, onProgress } = options;
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
        target,
        explainer,
        seed,
        quick,
        onProgress: tell,
      }),
    );
    return { explanations, methodScores };
  } finally {
    await explainer.close();
  }
}

/**
 * Why each picture was given its class, by every method at every place.
 * @param pictures 8-bit, [N, …inputShape]
 * @param targetClasses [N], the class that is explained
 */
async function explainPictures(
  explainer: Explainer,
  preprocessing: Preprocessing,
  pictures: Uint8Array,
  targetClasses: readonly number[],
  onProgress: OnProgress,
): Promise<Explanation[]> {
  const { places, network } = explainer;
  const images = pictures.length / sizeOf(network.inputShape);
  if (images === 0) return [];
  const x = preprocess(preprocessing, pictures);
  const maps: AttributionMap[][] = Array.from({ length: images }, () => []);
  for (const [i, place] of places.entries()) {
    onProgress(i / (places.length + 1), 'asking which pixels speak for the answers');
    const found = await explainer.attribute(place, x, targetClasses);
    for (const [n, map] of found.entries()) maps[n]!.push(map);
  }
  onProgress(places.length / (places.length + 1), 'removing single maps from the pictures');
  const removals = await explainer.removals(x, targetClasses);
  return maps.map((ofImage, n) => ({ image: n, target: targetClasses[n]!, maps: ofImage, removals: removals[n]! }));
}
