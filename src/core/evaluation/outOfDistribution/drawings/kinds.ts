import { type RandomSequence, randomSequence, streams } from '../../../engine/random.ts';
import { digits } from './glyphs.ts';
import { drawHandwriting } from './handwriting.ts';
import { drawIcon, testIcons } from './icons.ts';
import { drawPhoto } from './photos.ts';
import { testObjects } from './testObjects.ts';

/** The shape of every drawn picture. */
export const drawingShape = [28, 28, 1] as const;

/** A kind of out-of-distribution pictures: not clothing, [28, 28, 1], light on black like the data set's. */
export interface DrawingKind {
  readonly name: string;
  readonly description: string;
  readonly draw: (random: RandomSequence) => Uint8Array;
}

/** The kinds on which an in-distribution score is measured. */
export const testKinds: readonly DrawingKind[] = [
  {
    name: 'handwrittenDigits',
    description: 'digits as hands write them, fitted and centred as in MNIST',
    draw: (random) => drawHandwriting(digits, random),
  },
  {
    name: 'convertedPhotos',
    description:
      'drawn photos of cups, chairs, cars, trees, clocks, pans, guitars and glasses, converted as photos are',
    draw: (random) => drawPhoto(testObjects, random),
  },
  {
    name: 'icons',
    description: 'symbols such as stars, hearts, arrows, moons, envelopes and magnifying glasses, filled or in outline',
    draw: (random) => drawIcon(testIcons, random),
  },
];

/** The first `count` pictures of a kind, [N, 28, 28, 1]. Each depends on the seed and its index alone. */
export function drawKind({ draw }: DrawingKind, count: number, seed: number): Uint8Array {
  const size = 28 * 28;
  const images = new Uint8Array(count * size);
  for (let i = 0; i < count; i++) images.set(draw(randomSequence(seed, streams.foreign, i)), i * size);
  return images;
}
