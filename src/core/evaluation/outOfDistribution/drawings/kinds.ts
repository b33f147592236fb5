import { type RandomSequence, randomSequence, streams } from '../../../engine/random.ts';
import { choosingObjects } from './choosingObjects.ts';
import { digits, letters } from './glyphs.ts';
import { drawHandwriting } from './handwriting.ts';
import { choosingIcons, drawIcon, reportingIcons } from './icons.ts';
import { drawPhoto } from './photos.ts';
import { reportingObjects } from './reportingObjects.ts';

/** The shape of every foreign picture. */
export const foreignShape = [28, 28, 1] as const;

/** Pictures that are no clothing, [28, 28, 1], light on black like the data set's. */
export interface ForeignKind {
  readonly name: string;
  /** What is drawn, in words. */
  readonly description: string;
  readonly draw: (random: RandomSequence) => Uint8Array;
}

/** The kinds by which a familiarity score is described. */
export const reportingKinds: readonly ForeignKind[] = [
  {
    name: 'handwrittenDigits',
    description: 'digits as hands write them, fitted and centred as in MNIST',
    draw: (random) => drawHandwriting(digits, random),
  },
  {
    name: 'convertedPhotos',
    description:
      'drawn photos of cups, chairs, cars, trees, clocks, pans, guitars and glasses, converted as photos are',
    draw: (random) => drawPhoto(reportingObjects, random),
  },
  {
    name: 'icons',
    description: 'symbols such as stars, hearts, arrows, moons, envelopes and magnifying glasses, filled or in outline',
    draw: (random) => drawIcon(reportingIcons, random),
  },
];

/** The kinds by which the score was chosen; they share no object, symbol or character with those it is described by. */
export const choosingKinds: readonly ForeignKind[] = [
  {
    name: 'handwrittenLetters',
    description: 'letters as hands write them, fitted and centred as in MNIST',
    draw: (random) => drawHandwriting(letters, random),
  },
  {
    name: 'otherConvertedPhotos',
    description: 'drawn photos of bottles, leaves, faces, houses, lamps and fish, converted as photos are',
    draw: (random) => drawPhoto(choosingObjects, random),
  },
  {
    name: 'shapes',
    description: 'polygons, rings and crosses, filled or in outline',
    draw: (random) => drawIcon(choosingIcons, random),
  },
];

/** The first `count` pictures of a kind, [N, 28, 28, 1]: the same ones for the same seed, however many are asked for. */
export function drawForeign({ draw }: ForeignKind, count: number, seed: number): Uint8Array {
  const size = 28 * 28;
  const images = new Uint8Array(count * size);
  for (let i = 0; i < count; i++) images.set(draw(randomSequence(seed, streams.foreign, i)), i * size);
  return images;
}
