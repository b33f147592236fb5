import type { PictureAnswer, Prediction } from '../../evaluation/predictions.ts';
import { type CategoryMapping, categoriesOf, type ProductCategories } from './categories.ts';
import type { DominantColour } from './dominantColours.ts';

/** What is known of one picture of a product. */
export interface TaggedPicture {
  /** With the probabilities of all classes, not only the best. */
  readonly answer: PictureAnswer;
  readonly colours: readonly DominantColour[];
}

/** The tags of a product. */
export interface ProductTags extends ProductCategories {
  /** The most probable class. */
  readonly category: string;
  /** Its probability: calibrated where the model has reliability metadata. */
  readonly confidence: number;
  /** Whether at least one picture is like the model's training data; null where the model has no in-distribution score. */
  readonly inDistribution: boolean | null;
  /** The three most probable classes, best first. */
  readonly top: readonly Prediction[];
  /**
   * Whether the category can be used without a person: it reaches its class's threshold and is not out-of-distribution. Null where the
   * model has no thresholds: it does not tell.
   */
  readonly accepted: boolean | null;
  /** The class's at the stated precision; null without thresholds, and where validation does not show that the class reaches the precision. */
  readonly threshold: number | null;
  /** Of the first picture that has any. */
  readonly colours: readonly DominantColour[];
}

const mostTop = 3;

/**
 * The tags of a product from its pictures: the classes' probabilities are the means over the pictures that are in-distribution, or
 * over all where none is. The order of the pictures matters for the colours alone, which are the main picture's.
 * @param pictures the main one first; at least one
 * @param thresholds per class at the stated precision, as `thresholdsAt` returns them
 */
export function tagProduct(
  pictures: readonly TaggedPicture[],
  thresholds: readonly (number | null)[] | null,
  mapping: CategoryMapping = {},
): ProductTags {
  const familiar = pictures.filter(({ answer }) => answer.familiarity?.familiar !== false);
  const isScored = pictures.every(({ answer }) => answer.familiarity !== null);
  const inDistribution = isScored ? familiar.length > 0 : null;
  const top = meanPredictions((familiar.length > 0 ? familiar : pictures).map(({ answer }) => answer));
  const [best] = top;
  const { label, name: category, probability: confidence } = best!;
  const threshold = thresholds?.[label] ?? null;
  const isSure = threshold !== null && confidence >= threshold && inDistribution !== false;
  return {
    category,
    confidence,
    inDistribution,
    top: top.slice(0, mostTop),
    accepted: thresholds && isSure,
    threshold,
    colours: pictures.find(({ colours }) => colours.length > 0)?.colours ?? [],
    ...categoriesOf(category, mapping),
  };
}

/** All classes with their mean probabilities, best first; of equals, the lower label. */
function meanPredictions(answers: readonly PictureAnswer[]): Prediction[] {
  const found = new Map<number, { name: string; probabilities: number[] }>();
  for (const { predictions } of answers) {
    for (const { label, name, probability } of predictions) {
      const own = found.get(label);
      if (own) own.probabilities.push(probability);
      else found.set(label, { name, probabilities: [probability] });
    }
  }
  return Array.from(found, ([label, { name, probabilities }]) => {
    // In ascending order, so that the pictures' order does not change the sum's last bit.
    const sum = probabilities.sort((a, b) => a - b).reduce((total, probability) => total + probability, 0);
    return { label, name, probability: sum / answers.length };
  }).sort((a, b) => b.probability - a.probability || a.label - b.label);
}
