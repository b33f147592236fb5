import { type PixelImage, requireWhole } from '../data/images.ts';
import { SelvedgeError } from '../errors.ts';
import { formatShape } from '../graph/shape.ts';
import type { Classifier } from '../model/classifier.ts';
import type { InDistributionScore } from './outOfDistribution/score.ts';
import { reliableAnswers } from './reliableAnswers.ts';

/** One class and its probability, a share from 0 to 1. */
export interface Prediction {
  readonly label: number;
  readonly name: string;
  readonly probability: number;
}

/** A model's answer for one picture. */
export interface PictureAnswer {
  /** The most probable classes, best first; of equals, the lower label. Calibrated where the model has reliability metadata. */
  readonly predictions: readonly Prediction[];
  /** Null where the model has no in-distribution score. */
  readonly familiarity: InDistributionScore | null;
}

/**
 * The `top` most probable classes of each picture, and its in-distribution score.
 * @throws SelvedgeError 'bad-image' where a picture does not have the network's input size, or not all of its values
 */
export async function answerPictures(
  classifier: Classifier,
  images: readonly PixelImage[],
  top: number,
): Promise<PictureAnswer[]> {
  const { network, classNames, reliability } = classifier.model;
  const expected = formatShape(network.inputShape);
  for (const [i, image] of images.entries()) {
    const { height, width, channels } = image;
    const shape = formatShape([height, width, channels]);
    if (shape !== expected) {
      throw new SelvedgeError(
        'bad-image',
        `Picture ${i + 1} has the shape ${shape}, but the network expects ${expected}; convert it first.`,
      );
    }
    requireWhole(image, `Picture ${i + 1}`);
  }
  const size = network.inputShape.reduce((product, n) => product * n, 1);
  const pixels = new Uint8Array(images.length * size);
  for (const [i, image] of images.entries()) pixels.set(image.pixels, i * size);
  const { probabilities, familiarity } = reliability
    ? reliableAnswers(reliability, await classifier.answers(pixels), images.length)
    : { probabilities: await classifier.probabilities(pixels), familiarity: null };
  const found = mostProbable(probabilities, classNames, top);
  return found.map((predictions, i) => ({ predictions, familiarity: familiarity?.[i] ?? null }));
}

/** The `top` most probable classes of each row of [N, Y], best first; of equals, the lower label. */
export function mostProbable(probabilities: Float32Array, classNames: readonly string[], top: number): Prediction[][] {
  const classes = classNames.length;
  return Array.from({ length: probabilities.length / classes }, (_, n) => {
    const row = probabilities.subarray(n * classes, (n + 1) * classes);
    const order = Array.from(row.keys()).sort((a, b) => row[b]! - row[a]! || a - b);
    return order.slice(0, top).map((label) => ({ label, name: classNames[label]!, probability: row[label]! }));
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
