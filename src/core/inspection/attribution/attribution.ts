import { type Preprocessing, preprocess } from '../../data/preprocessing.ts';
import { sizeOf } from '../../graph/shape.ts';
import { progressOver } from '../progress.ts';
import type { AttributionMap, Explanation, MethodScore } from '../record.ts';
import type { InspectionTarget, OnProgress } from '../target.ts';
import { createExplainer, type Explainer } from './explainer.ts';
import { scoreMethods } from './scoring.ts';

/** Images, 8-bit [N, …inputShape], and the explained class of each. */
export interface Targeted {
  readonly images: Uint8Array;
  readonly targetClasses: readonly number[];
}

export interface AttributionInput {
  readonly explained: Targeted;
  /** The images on which the methods are evaluated; null: the explained ones. */
  readonly scored: Targeted | null;
  readonly seed: number;
  readonly quick: boolean;
}

export interface Attributions {
  readonly explanations: readonly Explanation[];
  readonly methodScores: readonly MethodScore[];
}

/** Computes attribution maps by every method, and evaluates the methods on this network. */
export async function explainAndScore(
  options: AttributionInput & { readonly target: InspectionTarget; readonly onProgress: OnProgress },
): Promise<Attributions> {
  const { target, explained, scored, seed, quick, onProgress } = options;
  const progress = progressOver({ explanations: 1, scores: quick ? 1 : 4 }, onProgress);
  const explainer = await createExplainer({ ...target, seed });
  try {
    const explanations = await progress.during('explanations', (report) =>
      explainPictures(explainer, target.preprocessing, explained.images, explained.targetClasses, report),
    );
    const maps = explanations.map((explanation) => explanation.maps);
    const methodScores = await progress.during('scores', (report) =>
      scoreMethods({
        ...(scored ?? { ...explained, maps }),
        target,
        explainer,
        seed,
        quick,
        onProgress: report,
      }),
    );
    return { explanations, methodScores };
  } finally {
    await explainer.close();
  }
}

/**
 * The attribution maps of each image, by every method at every layer.
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
    onProgress(i / (places.length + 1), 'computing attribution maps');
    const found = await explainer.attribute(place, x, targetClasses);
    for (const [n, map] of found.entries()) maps[n]!.push(map);
  }
  onProgress(places.length / (places.length + 1), 'ablating single maps');
  const removals = await explainer.removals(x, targetClasses);
  return maps.map((ofImage, n) => ({ image: n, target: targetClasses[n]!, maps: ofImage, removals: removals[n]! }));
}
