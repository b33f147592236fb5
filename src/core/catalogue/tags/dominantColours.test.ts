import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PixelImage } from '../../data/images.ts';
import { randomSequence } from '../../engine/random.ts';
import { dominantColours } from './dominantColours.ts';

type Rgb = readonly number[];
const white = [255, 255, 255];
const navy = [10, 20, 80];
const red = [200, 20, 30];

function picture(height: number, width: number, paint: (y: number, x: number) => Rgb): PixelImage {
  const pixels = new Uint8Array(height * width * 3);
  for (let i = 0; i < height * width; i++) pixels.set(paint(Math.floor(i / width), i % width), 3 * i);
  return { pixels, height, width, channels: 3 };
}

const isIn = (y: number, x: number, [top, left, bottom, right]: readonly number[]) =>
  y >= top! && y < bottom! && x >= left! && x < right!;
const namesOf = (image: PixelImage) => dominantColours(image).colours.map(({ name }) => name);

describe('the dominant colours', () => {
  test('of an even garment are its own, without the background', () => {
    const image = picture(60, 40, (y, x) => (isIn(y, x, [10, 10, 50, 30]) ? navy : white));
    const { colours } = dominantColours(image);
    expect(colours).toEqual([{ name: 'navy', share: 1, lab: colours[0]!.lab, hex: '#0a1450' }]);
  });

  test('of two are both with their shares, and a part below 10 % is left out', () => {
    const parts = (rows: number) =>
      picture(60, 60, (y, x) => {
        if (!isIn(y, x, [5, 5, 55, 55])) return white;
        return y < 5 + rows ? red : navy;
      });
    const { colours } = dominantColours(parts(18));
    expect(colours.map(({ name }) => name)).toEqual(['navy', 'red']);
    expect(colours[1]!.share).toBeCloseTo(17 / 48, 2);
    expect(namesOf(parts(4))).toEqual(['navy']);
  });

  test('are at most three', () => {
    const stripes = [navy, red, [250, 210, 0], [0, 130, 60]];
    const image = picture(64, 64, (y, x) => (isIn(y, x, [4, 4, 60, 60]) ? stripes[Math.floor(y / 16)]! : white));
    expect(namesOf(image)).toHaveLength(3);
  });

  test('leave out a gradient of 60 levels behind the garment', () => {
    const image = picture(64, 64, (y, x) => (isIn(y, x, [16, 16, 48, 48]) ? red : [180 + y, 190 + x / 2, 200 - y / 2]));
    expect(dominantColours(image).colours).toMatchObject([{ name: 'red', share: 1 }]);
  });

  test('leave out the background inside a handle, but keep a white garment with a dark outline', () => {
    const bag = picture(64, 64, (y, x) => {
      const isHandle = isIn(y, x, [6, 14, 30, 50]) && !isIn(y, x, [12, 20, 30, 44]);
      return isHandle || isIn(y, x, [30, 8, 60, 56]) ? red : white;
    });
    expect(namesOf(bag)).toEqual(['red']);
    const outlined = picture(64, 64, (y, x) => {
      if (!isIn(y, x, [10, 10, 54, 54])) return white;
      return isIn(y, x, [12, 12, 52, 52]) ? [250, 250, 250] : navy;
    });
    expect(namesOf(outlined)[0]).toBe('white');
  });

  test('of a white garment that cannot be told from its background are white', () => {
    expect(namesOf(picture(50, 50, () => [252, 252, 252]))).toEqual(['white']);
    expect(namesOf(picture(1, 1, () => navy))).toEqual(['navy']);
  });

  test('of a large picture are those of the small one', () => {
    const large = picture(600, 400, (y, x) => (isIn(y, x, [100, 100, 500, 300]) ? navy : white));
    expect(dominantColours(large).colours).toMatchObject([{ name: 'navy', hex: '#0a1450' }]);
  });

  test('are unknown for a grey file, and black, grey or white for a coloured one of grey pixels', () => {
    const grey = { pixels: new Uint8Array(28 * 28).fill(90), height: 28, width: 28, channels: 1 };
    expect(dominantColours(grey).colours).toEqual([]);
    expect(dominantColours({ ...grey, pixels: new Uint8Array(2 * 28 * 28).fill(255), channels: 2 }).colours).toEqual(
      [],
    );
    const neutral = picture(28, 28, (y, x) => (isIn(y, x, [5, 5, 23, 23]) ? [120, 120, 120] : white));
    expect(namesOf(neutral)).toEqual(['grey']);
  });

  test('are the same bits for a turned and for a mirrored picture', () => {
    const noisy = (seed: number, height: number, width: number) => {
      const { below } = randomSequence(seed, 1, 0);
      const [ground, cloth, other] = [0, 1, 2].map(() => [below(256), below(256), below(256)]);
      return picture(height, width, (y, x) => {
        const isGarment = isIn(y, x, [height / 5, width / 4, (4 * height) / 5, width / 2]);
        const base = isGarment ? cloth! : x > width * 0.4 && y > height / 2 ? other! : ground!;
        return base.map((value) => Math.min(255, value + below(12) + (x >> 2)));
      });
    };
    const edge = fc.integer({ min: 1, max: 90 });
    fc.assert(
      fc.property(fc.nat(), edge, edge, (seed, height, width) => {
        const image = noisy(seed, height, width);
        const at = (y: number, x: number) => image.pixels.subarray(3 * (y * width + x), 3 * (y * width + x) + 3);
        const found = dominantColours(image);
        const mirrored = picture(height, width, (y, x) => Array.from(at(y, width - 1 - x)));
        const turned = picture(height, width, (y, x) => Array.from(at(height - 1 - y, width - 1 - x)));
        expect(dominantColours(mirrored)).toEqual(found);
        expect(dominantColours(turned)).toEqual(found);
        const shares = found.colours.map(({ share }) => share);
        expect(shares).toEqual(shares.toSorted((a, b) => b - a));
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeLessThanOrEqual(1 + 1e-12);
      }),
      { seed: 3, numRuns: 60 },
    );
  });
});
