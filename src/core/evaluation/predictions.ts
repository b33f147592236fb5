import type { PixelImage } from '../data/images.ts';
import { SelvedgeError } from '../errors.ts';
import { formatShape } from '../network/shape.ts';
import type { Classifier } from './classifier.ts';

/** One class and its probability, a share from 0 to 1. */
export interface Prediction {
  readonly label: number;
  readonly name: string;
  readonly probability: number;
}

/**
 * The `top` most probable classes of each picture, best first; of equals, the lower label.
 * @throws SelvedgeError 'bad-image' where a picture has not the network's input size
 */
export async function topPredictions(
  classifier: Classifier,
  images: readonly PixelImage[],
  top: number,
): Promise<Prediction[][]> {
  const { network, classNames } = classifier.model;
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
  const probabilities = await classifier.probabilities(pixels);
  return images.map((_, i) => {
    const row = probabilities.subarray(i * classNames.length, (i + 1) * classNames.length);
    return Array.from(row, (probability, label) => ({ label, name: classNames[label]!, probability }))
      .sort((a, b) => b.probability - a.probability || a.label - b.label)
      .slice(0, top);
  });
}
