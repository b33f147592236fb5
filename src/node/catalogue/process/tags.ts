import type { DominantColour } from '../../../core/catalogue/tags/dominantColours.ts';
import { tagProduct } from '../../../core/catalogue/tags/tagProduct.ts';
import { mostProbable } from '../../../core/evaluation/predictions.ts';
import type { PictureEmbedding, ProductResult } from '../store/results.ts';

/** What a model says of one picture. */
export interface PictureTags extends Pick<PictureEmbedding, 'probabilities' | 'inDistribution'> {
  readonly colours: readonly DominantColour[];
}

/** The tags of a product that are stored; null without a picture. Whether a category is accepted depends on the precision that is asked for later. */
export function tagsOf(classNames: readonly string[], pictures: readonly PictureTags[]): ProductResult['tags'] {
  if (pictures.length === 0) return null;
  const { category, confidence, inDistribution, top, colours } = tagProduct(
    pictures.map(({ probabilities, inDistribution: familiar, colours: own }) => ({
      answer: {
        predictions: mostProbable(probabilities, classNames, classNames.length)[0]!,
        familiarity: familiar === null ? null : { familiar, score: familiar ? 1 : 0 },
      },
      colours: own,
    })),
    null,
  );
  return {
    category,
    confidence,
    inDistribution,
    top: top.map(({ name, probability }) => ({ name, probability })),
    colours: colours.map(({ name, share, hex }) => ({ name, share, hex })),
  };
}
