import type { PixelImage } from '../data/images.ts';
import { SelvedgeError } from '../errors.ts';
import { formatShape } from '../graph/shape.ts';
import type { Classifier } from '../model/classifier.ts';
import type { Familiarity } from './outOfDistribution/score.ts';
import { trustedAnswers } from './reliableAnswers.ts';

/** One class and its probability, a share from 0 to 1. */
export interface Prediction {
  readonly label: number;
  readonly name: string;
  readonly probability: number;
}

/** What a model says of one picture. */
export interface PictureAnswer {
  /** The most probable classes, best first; of equals, the lower label. Calibrated where the model has a card. */
  readonly predictions: readonly Prediction[];
  /** Whether the picture is like the training data; null where the model has no card, or nothing to judge by. */
  readonly familiarity: Familiarity | null;
}

/**
 * The `top` most probable classes of each picture, and whether the picture is like the training data.
 * @throws SelvedgeError 'bad-image' where a picture has not the network's input size
 */
export async function answerPictures(
  classifier: Classifier,
  images: readonly PixelImage[],
  top: number,
): Promise<PictureAnswer[]> {
  const { network, classNames, card } = classifier.model;
  const expected = formatShape(network.inputShape);
  for (const [i, { height, width, channels }] of images.entries()) {
    const shape = formatShape([height, width, channels]);
    if (shape === expected) continue;
    throw new SelvedgeError(
      'bad-image',
      `Picture ${i + 1} has the shape ${shape}, but the network expects ${expected}; convert it first.`,
    );
  }
  const size = network.inputShape.reduce((product, n) => product * n, 1);
  const pixels = new Uint8Array(images.length * size);
  for (const [i, image] of images.entries()) pixels.set(image.pixels, i * size);
  const { probabilities, familiarity } = card
    ? trustedAnswers(card, await classifier.answers(pixels), images.length)
    : { probabilities: await classifier.probabilities(pixels), familiarity: null };
  return images.map((_, i) => {
    const row = probabilities.subarray(i * classNames.length, (i + 1) * classNames.length);
    const predictions = Array.from(row, (probability, label) => ({ label, name: classNames[label]!, probability }))
      .sort((a, b) => b.probability - a.probability || a.label - b.label)
      .slice(0, top);
    return { predictions, familiarity: familiarity?.[i] ?? null };
  });
}

/** The `top` most probable classes of each picture: see `answerPictures`. */
export async function topPredictions(
  classifier: Classifier,
  images: readonly PixelImage[],
  top: number,
): Promise<Prediction[][]> {
  return (await answerPictures(classifier, images, top)).map(({ predictions }) => [...predictions]);
}
