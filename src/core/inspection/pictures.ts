import type { Dataset, PixelImage } from '../data/images.ts';
import { imageAt } from '../data/images.ts';
import { SelvedgeError } from '../errors.ts';
import { formatShape, type Shape, sizeOf } from '../graph/shape.ts';
import type { ImageSource } from './record.ts';

/** A picture to look at, as the network takes it. */
export interface ChosenPicture {
  readonly source: ImageSource;
  readonly image: PixelImage;
}

/**
 * A test image by its index.
 * @param data null where no test set is at hand, and `why` says why
 * @throws SelvedgeError 'missing-file' without a test set, 'bad-option' where there is no such image
 */
export async function testPicture(
  index: number,
  data: Pick<Dataset, 'name' | 'test'> | null,
  why: string,
): Promise<ChosenPicture> {
  if (data === null) {
    throw new SelvedgeError(
      'missing-file',
      `Test image ${index} cannot be inspected, since no test set is at hand: ${why.replace(/\.$/, '')}; name picture files instead.`,
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
 * A picture that is none of a data set.
 * @param name what it is called in the report
 * @param conversion what was done to it
 * @throws SelvedgeError 'bad-image' unless it has the network's input size
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
  return { source: { kind: 'file', name, conversion }, image };
}

/** All pictures one after the other, [N, …inputShape]. */
export function pixelsOf(pictures: readonly ChosenPicture[], inputShape: Shape): Uint8Array {
  const size = sizeOf(inputShape);
  const pixels = new Uint8Array(pictures.length * size);
  for (const [i, { image }] of pictures.entries()) pixels.set(image.pixels, i * size);
  return pixels;
}

/** What `createExamples` needs of a test set's answers: image, label and predicted class, in order. */
export interface Examples {
  add(image: number, label: number, predicted: number): void;
  /** Whether more images can add nothing. */
  isFull(): boolean;
  /** The images chosen, class by class, the recognised before the mistaken one. */
  chosen(): number[];
}

/**
 * Which test images a report looks at where nobody named any: of each class in turn, the first in the test set that was
 * recognised and the first that was not. A class without one of either gives one image, or none.
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
