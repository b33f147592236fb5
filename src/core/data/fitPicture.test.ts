import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitImages, fitPicture, preparePhoto } from './fitPicture.ts';
import { imagesInMemory, type PixelImage, readImages } from './images.ts';

const grey = (height: number, width: number, values: number[]): PixelImage => ({
  pixels: Uint8Array.from(values),
  height,
  width,
  channels: 1,
});

const anyPicture = fc
  .record({
    height: fc.integer({ min: 1, max: 9 }),
    width: fc.integer({ min: 1, max: 9 }),
    channels: fc.constantFrom(1, 3),
  })
  .chain(({ height, width, channels }) =>
    fc
      .uint8Array({ minLength: height * width * channels, maxLength: height * width * channels })
      .map((pixels): PixelImage => ({ pixels, height, width, channels })),
  );
const anySize = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }));

describe('fitPicture', () => {
  test('enlarging interpolates between pixel centres; the outermost pixels go on to the edge', () => {
    expect([...fitPicture(grey(1, 2, [0, 100]), [1, 4, 1]).pixels]).toEqual([0, 25, 75, 100]);
    expect([...fitPicture(grey(2, 2, [0, 100, 100, 200]), [2, 3, 1]).pixels]).toEqual([0, 50, 100, 100, 150, 200]);
  });

  test('a half is rounded up', () => {
    expect([...fitPicture(grey(1, 2, [0, 1]), [1, 3, 1]).pixels]).toEqual([0, 1, 1]);
  });

  test('shrinking averages areas', () => {
    expect([...fitPicture(grey(2, 4, [0, 10, 20, 30, 10, 20, 30, 40]), [1, 2, 1]).pixels]).toEqual([10, 30]);
  });

  test('grey is repeated in each channel, and colours become their luma', () => {
    expect([...fitPicture(grey(1, 1, [7]), [1, 1, 3]).pixels]).toEqual([7, 7, 7]);
    const colours = { pixels: Uint8Array.of(255, 0, 0, 0, 255, 0), height: 1, width: 2, channels: 3 };
    expect([...fitPicture(colours, [1, 2, 1]).pixels]).toEqual([54, 182]);
  });

  test('transparent parts are white', () => {
    const picture = { pixels: Uint8Array.of(10, 20, 30, 0, 10, 20, 30, 255), height: 1, width: 2, channels: 4 };
    expect([...fitPicture(picture, [1, 2, 3]).pixels]).toEqual([255, 255, 255, 10, 20, 30]);
  });

  test('a picture of the right form passes as it is', () => {
    fc.assert(
      fc.property(anyPicture, (picture) => {
        const { height, width, channels } = picture;
        expect(fitPicture(picture, [height, width, channels])).toEqual(picture);
      }),
    );
  });

  test('any picture: no value outside its own range, a negated picture is the negative of the fitted one, as is that of its mirror image', () => {
    fc.assert(
      fc.property(anyPicture, anySize, fc.constantFrom(1, 3), (picture, [height, width], channels) => {
        const shape = [height, width, channels];
        const { pixels } = fitPicture(picture, shape);
        expect(pixels).toHaveLength(height * width * channels);
        expect(Math.min(...pixels)).toBeGreaterThanOrEqual(Math.min(...picture.pixels));
        expect(Math.max(...pixels)).toBeLessThanOrEqual(Math.max(...picture.pixels));
        expect(fitPicture(picture, shape, true).pixels).toEqual(pixels.map((value) => 255 - value));
        expect(fitPicture(mirrored(picture), shape)).toEqual(mirrored(fitPicture(picture, shape)));
      }),
    );
  });

  test('a network of two channels takes no photos', () => {
    expect(() => fitPicture(grey(1, 1, [0]), [4, 4, 2])).toThrow('Pictures cannot be made [4, 4, 2]');
  });
});

function mirrored({ pixels, height, width, channels }: PixelImage): PixelImage {
  const turned = pixels.map((_, i) => {
    const [c, x, y] = [i % channels, Math.floor(i / channels) % width, Math.floor(i / channels / width)];
    return pixels[(y * width + width - 1 - x) * channels + c]!;
  });
  return { pixels: turned, height, width, channels };
}

describe('preparePhoto', () => {
  const photo = grey(
    40,
    40,
    Array.from({ length: 1600 }, (_, i) => (i % 40 > 10 && i % 40 < 30 ? 20 : 250)),
  );

  test('a whole photo is resized', () => {
    const { image, done } = preparePhoto(photo, { reshape: [20, 20, 3], pictures: { photos: 'whole', negate: false } });
    expect(image).toEqual(fitPicture(photo, [20, 20, 3]));
    expect(done).toEqual({ kind: 'resized', from: [40, 40] });
  });

  test('a garment is converted to 28×28 first, then enlarged and negated: dark on light again', () => {
    const { image, done } = preparePhoto(photo, {
      reshape: [56, 56, 3],
      pictures: { photos: 'garment', negate: true },
    });
    expect([image.height, image.width, image.channels, done.kind]).toEqual([56, 56, 3, 'converted']);
    expect(image.pixels[0]).toBeGreaterThan(240);
    expect(image.pixels[(28 * 56 + 28) * 3]).toBeLessThan(30);
  });

  test('without a form of pictures a model takes garments of 28×28, and no photos if it is of another size', () => {
    expect(preparePhoto(photo, { reshape: [28, 28, 1] }).image.pixels).toHaveLength(784);
    expect(() => preparePhoto(photo, { reshape: [32, 32, 3] })).toThrow(
      'The model takes pictures of [32, 32, 3], to which photos are not converted.',
    );
  });
});

describe('fitImages', () => {
  const set = imagesInMemory(Uint8Array.of(0, 100, 200, 250), [1, 0], { height: 1, width: 2, channels: 1 });

  test('gives the chosen pictures as the model takes them, with their labels', async () => {
    const fitted = fitImages(set, { reshape: [1, 4, 1], pictures: { photos: 'garment', negate: true } });
    expect({ ...fitted, read: undefined }).toMatchObject({ count: 2, height: 1, width: 4, channels: 1 });
    expect([...fitted.labels]).toEqual([1, 0]);
    expect([...(await readImages(fitted, [1, 0]))]).toEqual([55, 42, 17, 5, 255, 230, 180, 155]);
  });

  test('negates pictures that have the right size', async () => {
    const fitted = fitImages(set, { reshape: [1, 2, 1], pictures: { photos: 'garment', negate: true } });
    expect([...(await readImages(fitted, [0]))]).toEqual([255, 155]);
  });

  test('is the set itself where nothing is to be done', () => {
    expect(fitImages(set, { reshape: [1, 4, 1] })).toBe(set);
    expect(fitImages(set, { reshape: [1, 2, 1], pictures: { photos: 'whole', negate: false } })).toBe(set);
  });
});
