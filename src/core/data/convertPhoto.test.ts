import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { convertPhoto } from './convertPhoto.ts';
import type { PixelImage } from './images.ts';
import { flattenOnWhite, luma } from './photo/colour.ts';
import { areaAverage, fitInto, sample } from './photo/resize.ts';
import { sharpen } from './photo/sharpen.ts';
import { findGarment } from './photo/trim.ts';

function picture(height: number, width: number, channels: number, value: (y: number, x: number, c: number) => number) {
  const pixels = Uint8Array.from({ length: height * width * channels }, (_, i) => {
    const pixel = Math.floor(i / channels);
    return value(Math.floor(pixel / width), pixel % width, i % channels);
  });
  return { pixels, height, width, channels };
}

/** Paper of one shade with a box of another on it. */
function boxOn(size: number, paper: number, ink: number, box: { left: number; top: number; w: number; h: number }) {
  const inside = (y: number, x: number) => x >= box.left && x < box.left + box.w && y >= box.top && y < box.top + box.h;
  return picture(size, size, 1, (y, x) => (inside(y, x) ? ink : paper));
}

describe('convertPhoto', () => {
  const grey = picture(28, 28, 1, (y, x) => y * 9 + x);

  test('a 28×28 grey picture passes as it is, with one channel or with three alike', () => {
    const rgb = picture(28, 28, 3, (y, x) => y * 9 + x);
    for (const image of [grey, rgb]) expect(convertPhoto(image)).toEqual({ image: grey, done: { kind: 'as-is' } });
  });

  test('a 28×28 picture in colour, or one called a photo, is converted', () => {
    const colour = picture(28, 28, 3, (y, x, c) => (c === 0 ? 250 : y * 9 + x));
    expect(convertPhoto(colour).done.kind).toBe('converted');
    expect(convertPhoto(grey, { treatAs: 'photo' }).done.kind).toBe('converted');
  });

  test('a dark box on light paper becomes a light box on a black canvas, centred, and says how', () => {
    const { image, done } = convertPhoto(boxOn(40, 253, 20, { left: 3, top: 5, w: 13, h: 28 }));
    expect(done).toEqual({
      kind: 'converted',
      averagedTo: { height: 40, width: 40 },
      trimmedTo: { left: 3, top: 5, width: 13, height: 28 },
      scale: 1,
      placedAt: { left: 8, top: 0, width: 13, height: 28 },
      background: [253],
      polarity: 'dark-on-light',
      inverted: true,
    });
    expect(image).toEqual(picture(28, 28, 1, (_, x) => (x >= 8 && x < 21 ? 235 : 2)));
  });

  test('a light box on a dark background keeps its shades, and the answer says so', () => {
    const { image, done } = convertPhoto(boxOn(40, 4, 230, { left: 3, top: 5, w: 13, h: 28 }));
    expect(done).toMatchObject({ background: [4], polarity: 'light-on-dark', inverted: false });
    expect(image).toEqual(picture(28, 28, 1, (_, x) => (x >= 8 && x < 21 ? 230 : 4)));
  });

  test('a negative converts to what its photo does, within 1 grey level of rounding', () => {
    const box = { left: 100, top: 50, w: 180, h: 300 };
    const photo = convertPhoto(boxOn(400, 250, 40, box));
    const negative = convertPhoto(boxOn(400, 5, 215, box));
    const differences = Array.from(photo.image.pixels, (value, i) => Math.abs(value - negative.image.pixels[i]!));
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
    expect([photo.done, negative.done]).toMatchObject([{ polarity: 'dark-on-light' }, { polarity: 'light-on-dark' }]);
  });

  test.each([
    ['dark on the lightest background below half', 127, 20, true],
    ['light on the lightest background below half', 127, 220, false],
    ['light on the darkest background above half', 128, 250, true],
  ])('%s: inverted is determined by the border and the garment', (_, paper, ink, inverted) => {
    expect(convertPhoto(boxOn(40, paper, ink, { left: 9, top: 5, w: 20, h: 28 })).done).toMatchObject({ inverted });
  });

  test('a photo above 51×73 is averaged to fit it first', () => {
    const { done } = convertPhoto(boxOn(1000, 255, 0, { left: 200, top: 400, w: 600, h: 300 }));
    expect(done).toMatchObject({ averagedTo: { height: 51, width: 51 }, scale: 28 / 31 });
  });

  test('what differs from the paper by 12 grey levels is trimmed away, by 13 it is kept', () => {
    const box = { left: 3, top: 5, w: 13, h: 28 };
    expect(() => convertPhoto(boxOn(40, 200, 188, box))).toThrow(/leaves nothing/);
    expect(convertPhoto(boxOn(40, 200, 187, box)).done).toMatchObject({ trimmedTo: { left: 3, top: 5 } });
  });

  test.each([1, 3, 4])('an even picture of %i channels is refused by name', (channels) => {
    const even = picture(60, 40, channels, () => 240);
    expect(() => convertPhoto(even, { name: 'shoe.jpg' })).toThrow(/5 % .* leaves nothing of shoe\.jpg: /);
  });

  test('any picture becomes 28×28×1 or is refused as bad-image', () => {
    const side = fc.integer({ min: 1, max: 120 });
    fc.assert(
      fc.property(side, side, fc.integer({ min: 1, max: 4 }), fc.nat(), (height, width, channels, seed) => {
        const pixels = Uint8Array.from(
          { length: height * width * channels },
          (_, i) => Math.imul(i + seed, 2654435761) >>> 24,
        );
        const result = converted({ pixels, height, width, channels });
        if (result instanceof Error) expect(result).toMatchObject({ code: 'bad-image' });
        else expect([result.pixels.length, result.height, result.width, result.channels]).toEqual([784, 28, 28, 1]);
      }),
      { numRuns: 60, seed: 1 },
    );
  });
});

function converted(image: PixelImage): PixelImage | Error {
  try {
    return convertPhoto(image).image;
  } catch (failure) {
    return failure as Error;
  }
}

describe('flattenOnWhite', () => {
  test('blends by alpha and drops it', () => {
    const { pixels } = flattenOnWhite(picture(1, 3, 2, (_, x, c) => (c === 0 ? 100 : [0, 255, 128][x]!)));
    expect([...pixels]).toEqual([255, 100, 177]);
  });

  test('rounds to the nearest, for every value and alpha', () => {
    const every = picture(256, 256, 2, (y, x, c) => (c === 0 ? x : y));
    const expected = picture(256, 256, 1, (alpha, p) => Math.round((alpha * p + (255 - alpha) * 255) / 255));
    expect(flattenOnWhite(every)).toEqual(expected);
  });

  test.each([
    { pixels: new Uint8Array(5), height: 2, width: 3, channels: 1 },
    { pixels: new Uint8Array(0), height: 0, width: 3, channels: 1 },
    { pixels: new Uint8Array(5), height: 1, width: 1, channels: 5 },
  ])('refuses values that are no picture', (image) => {
    expect(() => flattenOnWhite(image)).toThrow(/are not a \d×\d picture/);
  });
});

test('luma weighs red, green and blue as Rec. 709 does', () => {
  const colours = [100, 0, 0, 0, 100, 0, 0, 0, 100];
  const found = [0, 3, 6].map((at) => luma(colours, at, 3));
  for (const [i, weight] of [21.2656, 71.5158, 7.2186].entries()) expect(found[i]).toBeCloseTo(weight, 10);
  expect(luma(colours, 4, 1)).toBe(100);
});

describe('areaAverage', () => {
  test('fitInto keeps proportions and at least one pixel', () => {
    const box = { height: 73, width: 51 };
    expect(fitInto({ height: 1000, width: 762 }, box)).toEqual({ height: 67, width: 51 });
    expect(fitInto({ height: 3, width: 9000 }, box)).toEqual({ height: 1, width: 51 });
  });

  test('counts border pixels by the part inside', () => {
    const row = { pixels: Uint8Array.of(0, 90, 255), height: 1, width: 3, channels: 1 };
    expect([...areaAverage(row, { height: 1, width: 2 }).pixels]).toEqual([30, 200]);
  });

  test('agrees with weights written out, at any two sizes', () => {
    const overlap = (i: number, old: number, cell: number, cells: number) =>
      Math.max(0, Math.min((i + 1) * cells, (cell + 1) * old) - Math.max(i * cells, cell * old));
    const sizes = fc.tuple(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 24 }));
    fc.assert(
      fc.property(sizes, sizes, ([h, th], [w, tw]) => {
        const target = { height: Math.min(h, th), width: Math.min(w, tw) };
        const image = picture(h, w, 3, (y, x, c) => (y * 71 + x * 37 + c * 101) % 256);
        const expected = picture(target.height, target.width, 3, (ty, tx, c) => {
          let sum = 0;
          for (let y = 0; y < h; y++) {
            for (let x = 0; x < w; x++) {
              const weight = overlap(y, h, ty, target.height) * overlap(x, w, tx, target.width);
              sum += weight * image.pixels[(y * w + x) * 3 + c]!;
            }
          }
          return Math.round(sum / (h * w));
        });
        expect(areaAverage(image, target)).toEqual(expected);
      }),
      { numRuns: 60, seed: 1 },
    );
  });
});

describe('findGarment', () => {
  test('12 levels of grey are within 5 %, 13 are not', () => {
    const box = { left: 2, top: 3, w: 4, h: 1 };
    expect(findGarment(boxOn(9, 200, 188, box), 0.05)).toBeUndefined();
    expect(findGarment(boxOn(9, 200, 187, box), 0.05)).toEqual({ left: 2, top: 3, width: 4, height: 1 });
  });

  test.each([
    ['right', 'top right', [250, 250, 100, 250, 20, 100, 250, 250, 100], { left: 1, top: 0, width: 1, height: 3 }],
    ['bottom', 'bottom left', [250, 250, 250, 250, 20, 250, 100, 100, 100], { left: 0, top: 1, width: 3, height: 1 }],
  ])('the %s edge is compared with the %s corner', (_edge, _corner, values, box) => {
    const image = { pixels: Uint8Array.from(values), height: 3, width: 3, channels: 1 };
    expect(findGarment(image, 0.05)).toEqual(box);
  });

  test('of two even halves nothing is left', () => {
    expect(
      findGarment(
        picture(6, 6, 1, (_, x) => (x < 3 ? 250 : 100)),
        0.05,
      ),
    ).toBeUndefined();
  });

  test('colours are compared by their distance in RGB', () => {
    const dotted = (dot: number[]) => picture(3, 3, 3, (y, x, c) => (y === 1 && x === 1 ? dot[c]! : 200));
    expect(findGarment(dotted([200, 178, 200]), 0.05)).toBeUndefined();
    expect(findGarment(dotted([200, 177, 200]), 0.05)).toEqual({ left: 1, top: 1, width: 1, height: 1 });
  });
});

describe('sample', () => {
  const row = picture(1, 8, 1, (_, x) => x);
  const whole = { left: 0, top: 0, width: 8, height: 1 };

  test.each([
    [3, [1, 3, 6]],
    [4, [0, 2, 4, 6]],
    [8, [0, 1, 2, 3, 4, 5, 6, 7]],
    [12, [0, 0, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7]],
  ])('8 pixels to %i take the ones under the centres', (width, expected) => {
    expect([...sample(row, whole, { height: 1, width }).pixels]).toEqual(expected);
  });
});

describe('sharpen', () => {
  test("a point answers with ImageMagick's 16-bit values within half a step", () => {
    const point = picture(11, 11, 1, (y, x) => (y === 5 && x === 5 ? 140 : 100));
    const sharp = sharpen(point);
    expect(Math.abs(sharp[5 * 11 + 5]! * 257 - 43437)).toBeLessThan(0.5);
    expect(Math.abs(sharp[5 * 11 + 4]! * 257 - 24844)).toBeLessThan(0.5);
  });

  test('an even picture stays even, and values stay within 0 to 255', () => {
    expect([...sharpen(picture(4, 5, 3, () => 77))].every((value) => Math.abs(value - 77) < 1e-12)).toBe(true);
    const checks = sharpen(picture(8, 8, 1, (y, x) => ((y + x) % 2) * 255));
    expect([Math.min(...checks), Math.max(...checks)]).toEqual([0, 255]);
  });
});
