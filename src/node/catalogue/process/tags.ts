import { mostProbable } from '../../../core/evaluation/predictions.ts';
import type { PictureEmbedding, ProductResult } from '../store/results.ts';

const top = 3;
type Colour = NonNullable<ProductResult['tags']>['colours'][number];

/**
 * Tags of a product from the answers for its pictures: the mean of their probabilities, over the in-distribution ones where there are
 * any.
 */
export function tagsOf(
  classNames: readonly string[],
  answers: readonly Pick<PictureEmbedding, 'probabilities' | 'inDistribution'>[],
  colours: readonly (readonly Colour[])[],
): NonNullable<ProductResult['tags']> {
  const known = answers.filter(({ inDistribution }) => inDistribution !== false);
  const counted = known.length > 0 ? known : answers;
  const mean = Float32Array.from(
    classNames,
    (_, c) => counted.reduce((sum, { probabilities }) => sum + probabilities[c]!, 0) / counted.length,
  );
  const best = mostProbable(mean, classNames, top)[0]!;
  const [first] = best;
  return {
    category: first!.name,
    confidence: first!.probability,
    inDistribution: answers.every(({ inDistribution }) => inDistribution === null) ? null : known.length > 0,
    top: best.map(({ name, probability }) => ({ name, probability })),
    colours: colours[0] ?? [],
  };
}
