import { type Preprocessing, preprocess } from '../../data/preprocessing.ts';
import { sizeOf } from '../../graph/shape.ts';
import type { AttributionMap, Explanation } from '../record.ts';
import type { OnProgress } from '../target.ts';
import type { Explainer } from './explainer.ts';

/**
 * Why each picture was given its class, by every method at every place.
 * @param pictures 8-bit, [N, …inputShape]
 * @param targetClasses [N], the class that is explained
 */
export async function explainPictures(
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
