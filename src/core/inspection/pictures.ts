import { type Dataset, imageAt, type PixelImage, requireWhole } from '../data/images.ts';
import { SelvedgeError } from '../errors.ts';
import { formatShape, type Shape, sizeOf } from '../graph/shape.ts';
import type { ImageSource } from './record.ts';

/** An image to inspect, of the network's input size. */
export interface ChosenPicture {
  readonly source: ImageSource;
  readonly image: PixelImage;
}

/**
 * A test image by its index.
 * @param data null if no test set is available, for the reason in `why`
 * @throws SelvedgeError 'missing-file' without a test set, 'bad-option' if there is no such image
 */
export async function testPicture(
  index: number,
  data: Pick<Dataset, 'name' | 'test'> | null,
  why: string,
): Promise<ChosenPicture> {
  if (data === null) {
    throw new SelvedgeError(
      'missing-file',
      `Test image ${index} cannot be inspected, since no test set is available: ${why.replace(/\.$/, '')}; name image files instead.`,
    );
  }
  const { count, labels } = data.test;
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    throw new SelvedgeError(
      'bad-option',
      `There is no test image ${index}; those of ${data.name} are numbered from 0 to ${count - 1}.`,
    );
  }
  return { source: { kind: 'test', index, label: labels[index]! }, image: await imageAt(data.test, index) };
}

/**
 * An image that is not part of a data set.
 * @param name its name in the report
 * @param conversion what was done to it
 * @throws SelvedgeError 'bad-image' unless it has the network's input size and all of its values
 */
export function givenPicture(image: PixelImage, name: string, conversion: string, inputShape: Shape): ChosenPicture {
  const { height, width, channels } = image;
  const [given, expected] = [formatShape([height, width, channels]), formatShape(inputShape)];
  if (given !== expected) {
    throw new SelvedgeError(
      'bad-image',
      `${name} has the shape ${given}, but the model takes ${expected}; make it that size first.`,
    );
  }
  requireWhole(image, name);
  return { source: { kind: 'file', name, conversion }, image };
}

/** All pictures one after the other, [N, …inputShape]. */
export function pixelsOf(pictures: readonly ChosenPicture[], inputShape: Shape): Uint8Array {
  const size = sizeOf(inputShape);
  const pixels = new Uint8Array(pictures.length * size);
  for (const [i, { image }] of pictures.entries()) pixels.set(image.pixels, i * size);
  return pixels;
}

export interface Examples {
  /** Adds the next test image. */
  add(image: number, label: number, predicted: number): void;
  /** Whether more images can add nothing. */
  isFull(): boolean;
  /** The chosen images, class by class, the correct before the misclassified one. */
  chosen(): number[];
}

/**
 * The test images that a report shows by default: of each class the first that is classified correctly and the first that is
 * not, if there is one.
 */
export function createExamples(classes: number): Examples {
  const right: (number | undefined)[] = new Array(classes).fill(undefined);
  const wrong: (number | undefined)[] = new Array(classes).fill(undefined);
  const chosen = () => right.flatMap((image, label) => [image, wrong[label]].filter((i) => i !== undefined));
  return {
    add(image, label, predicted) {
      const found = predicted === label ? right : wrong;
      found[label] ??= image;
    },
    isFull: () => chosen().length === 2 * classes,
    chosen,
  };
}
