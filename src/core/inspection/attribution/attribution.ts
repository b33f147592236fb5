import { type Preprocessing, preprocess } from '../../data/preprocessing.ts';
import { progressOver } from '../progress.ts';
import type { AttributionMap, Explanation, MethodScore } from '../record.ts';
import type { InspectionTarget, OnProgress } from '../target.ts';
import { createExplainer, type Explainer } from './explainer.ts';
import { scoreMethods, type Targeted } from './scoring.ts';

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
      explainPictures(explainer, target.preprocessing, explained, report),
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

/** The attribution maps of each image, by every method at every layer. */
async function explainPictures(
  explainer: Explainer,
  preprocessing: Preprocessing,
  { images, targetClasses }: Targeted,
  onProgress: OnProgress,
): Promise<Explanation[]> {
  const { places } = explainer;
  if (targetClasses.length === 0) return [];
  const x = preprocess(preprocessing, images);
  const maps: AttributionMap[][] = targetClasses.map(() => []);
  for (const [i, place] of places.entries()) {
    onProgress(i / (places.length + 1), 'computing attribution maps');
    const found = await explainer.attribute(place, x, targetClasses);
    for (const [n, map] of found.entries()) maps[n]!.push(map);
  }
  onProgress(places.length / (places.length + 1), 'ablating single maps');
  const removals = await explainer.removals(x, targetClasses);
  return maps.map((ofImage, n) => ({ image: n, target: targetClasses[n]!, maps: ofImage, removals: removals[n]! }));
}
