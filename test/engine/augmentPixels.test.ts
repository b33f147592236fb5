import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seedWords, streams } from '../../src/core/engine/random.ts';
import { type Augmentation, flipKinds, noAugmentation } from '../../src/core/training/augmentation.ts';
import { onKernelBench } from './kernelBench.ts';
import { augment, drawAugmentation } from './references/augment.ts';

type ImageShape = readonly [H: number, W: number, C: number];

interface Given {
  readonly shape: ImageShape;
  readonly divisor?: number;
  readonly seed?: number;
  readonly epoch?: number;
  readonly samples: readonly number[];
  readonly augmentation: Augmentation;
  /** The images, one for each sample. */
  readonly pixels: Uint8Array;
  /** Units of the kernel's calls: 0 to the first, and so on; by default one call does all. */
  readonly split?: readonly number[];
}

/** The kernel's images [N, H, W, C]. */
function augmented(given: Given): Float32Array {
  const { shape, divisor = 255, seed = 0, epoch = 1, samples, augmentation, pixels, split = [] } = given;
  const [H, W, C] = shape;
  const { shift, flip, cutout, brightness, contrast } = augmentation;
  return onKernelBench(({ kernels, floats, words, read }) => {
    const x = words(new Uint32Array(padded(pixels).buffer));
    const y = floats(new Float32Array(pixels.length).fill(Number.NaN));
    const [own, context] = [words(samples), words([...seedWords(seed), 7, epoch])];
    const ends = [0, ...split, samples.length];
    for (let i = 0; i + 1 < ends.length; i++) {
      kernels['augmentPixels']!(
        ...[x, y, own, context, H, W, C, divisor, shift, flipKinds.indexOf(flip), cutout, brightness, contrast],
        ...[streams.augmentation, samples.length, ends[i]!, ends[i + 1]!],
      );
    }
    return read(y, pixels.length);
  }, 4);
}

/** Whole words of four bytes. */
function padded(pixels: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(pixels.length / 4) * 4);
  whole.set(pixels);
  return whole;
}

const sizeOf = ([H, W, C]: ImageShape) => H * W * C;

/** Pixels of which no two neighbours are equal. */
function pictures(count: number, shape: ImageShape, salt = 0): Uint8Array {
  return Uint8Array.from({ length: count * sizeOf(shape) }, (_, i) => ((i + salt) * 89 + (i >> 3) * 31) % 255);
}

function referenceOf({ shape, divisor = 255, seed = 0, epoch = 1, samples, augmentation, pixels }: Given): number[] {
  const size = sizeOf(shape);
  return samples.flatMap((sample, n) => [
    ...augment(pixels.subarray(n * size, (n + 1) * size), shape, divisor, augmentation, { seed, epoch, sample }),
  ]);
}

/** The largest difference. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));
}

const everything: Augmentation = { shift: 2, flip: 'random', cutout: 4, brightness: 0.3, contrast: 0.4 };
const range = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i);

const cases: fc.Arbitrary<Given> = fc
  .record({ H: fc.integer({ min: 2, max: 11 }), W: fc.integer({ min: 2, max: 11 }), C: fc.constantFrom(1, 2, 3, 4) })
  .chain(({ H, W, C }) => {
    const side = Math.min(H, W);
    return fc.record({
      shape: fc.constant<ImageShape>([H, W, C]),
      divisor: fc.constantFrom(255, 1, 127.5),
      seed: fc.maxSafeNat(),
      epoch: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
      samples: fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: 1, maxLength: 6 }),
      augmentation: fc.record({
        shift: fc.integer({ min: 0, max: Math.ceil(side / 2) - 1 }),
        flip: fc.constantFrom(...flipKinds),
        cutout: fc.integer({ min: 0, max: side - 1 }),
        brightness: fc.constantFrom(0, 0.25, 0.9),
        contrast: fc.constantFrom(0, 0.5, 0.9),
      }),
      salt: fc.nat(1000),
    });
  })
  .map(({ salt, ...given }) => ({ ...given, pixels: pictures(given.samples.length, given.shape, salt) }));

test('the kernel’s images are the float64 reference’s within 1e-6 of the range, for any shape, settings and draws', () => {
  fc.assert(
    fc.property(cases, (given) => {
      expect(distance(augmented(given), referenceOf(given)) * (given.divisor! / 255)).toBeLessThan(1e-6);
    }),
    { numRuns: 120 },
  );
});

test('without brightness and contrast they are pixels ÷ 255 or 0, to float32’s last bit', () => {
  fc.assert(
    fc.property(cases, (given) => {
      const exact = { ...given, augmentation: { ...given.augmentation, brightness: 0, contrast: 0 } };
      expect(augmented(exact)).toEqual(Float32Array.from(referenceOf(exact)));
    }),
    { numRuns: 40 },
  );
});

test('an image depends on neither its place in the batch, the other images, nor how units are divided', () => {
  fc.assert(
    fc.property(cases, fc.nat(5), (given, cut) => {
      const size = sizeOf(given.shape);
      const all = augmented(given);
      expect(augmented({ ...given, split: [Math.min(cut, given.samples.length)] })).toEqual(all);
      for (const [n, sample] of given.samples.entries()) {
        const pixels = given.pixels.subarray(n * size, (n + 1) * size);
        expect(augmented({ ...given, samples: [sample], pixels })).toEqual(all.subarray(n * size, (n + 1) * size));
      }
    }),
    { numRuns: 20 },
  );
});

test('another seed, epoch or image has other draws', () => {
  const shape: ImageShape = [9, 9, 1];
  const one = { shape, samples: range(8), augmentation: everything, pixels: pictures(8, shape), seed: 3, epoch: 2 };
  const base = augmented(one);
  for (const other of [{ seed: 4 }, { seed: 3 + 2 ** 32 }, { epoch: 3 }, { samples: range(8, 1) }])
    expect(augmented({ ...one, ...other })).not.toEqual(base);
});

test('one kind of change more leaves the draws of the others as they are', () => {
  const [shape, context] = [[28, 28, 1], { seed: 1, epoch: 2, sample: 3 }] as const;
  const { top, left } = drawAugmentation(shape, { ...noAugmentation, shift: 2 }, context);
  expect(drawAugmentation(shape, everything, context)).toMatchObject({ top, left });
});

describe('over 4,000 images', () => {
  const shape: ImageShape = [3, 3, 1];
  const count = 4000;
  /** A picture in which each pixel is another. */
  const pixels = Uint8Array.from({ length: count * 9 }, (_, i) => 10 * ((i % 9) + 1));
  const imagesOf = (augmentation: Partial<Augmentation>, epoch = 1) => {
    const all = augmented({
      ...{ shape, pixels, divisor: 10, samples: range(count), epoch },
      augmentation: { ...noAugmentation, ...augmentation },
    });
    return range(count).map((n) => [...all.subarray(n * 9, (n + 1) * 9)].map(Math.round).join(''));
  };
  const countBy = (images: readonly string[]) => {
    const counts = new Map<string, number>();
    for (const image of images) counts.set(image, (counts.get(image) ?? 0) + 1);
    return counts;
  };
  const [plain, mirrored] = ['123456789', '321654987'];

  test('each of the nine shifts by up to a pixel comes as often as it should, within 4 standard errors', () => {
    const counts = countBy(imagesOf({ shift: 1 }));
    const shifts = ['000012045', '000123456', '000230560', '012045078', plain, '230560890', '045078000'];
    expect([...counts.keys()].sort()).toEqual([...shifts, '456789000', '560890000'].sort());
    const error = Math.sqrt(count * (1 / 9) * (8 / 9));
    for (const times of counts.values()) expect(Math.abs(times - count / 9)).toBeLessThan(4 * error);
  });

  test('random flips: half of the images in each epoch, independent of the epoch before, within 4 standard errors', () => {
    const [one, two] = [imagesOf({ flip: 'random' }, 1), imagesOf({ flip: 'random' }, 2)];
    for (const images of [one, two]) {
      expect([...countBy(images).keys()].sort()).toEqual([plain, mirrored]);
      expect(Math.abs(countBy(images).get(mirrored)! - count / 2)).toBeLessThan(4 * Math.sqrt(count / 4));
    }
    const same = one.filter((image, i) => image === two[i]).length;
    expect(Math.abs(same - count / 2)).toBeLessThan(4 * Math.sqrt(count / 4));
  });

  test('alternating flips: half of the images in the first epoch, the others in the second, and so on', () => {
    const epochs = [1, 2, 3, 4].map((epoch) => imagesOf({ flip: 'alternating' }, epoch));
    expect(Math.abs(countBy(epochs[0]!).get(mirrored)! - count / 2)).toBeLessThan(4 * Math.sqrt(count / 4));
    expect(epochs[1]).toEqual(epochs[0]!.map((image) => (image === plain ? mirrored : plain)));
    expect([epochs[2], epochs[3]]).toEqual([epochs[0], epochs[1]]);
  });

  test('a cutout of 2 is one of four squares, inside the image, each within 4 standard errors of its share', () => {
    const counts = countBy(imagesOf({ cutout: 2 }));
    expect([...counts.keys()].sort()).toEqual(['003006789', '100400789', '123006009', '123400700'].sort());
    const error = Math.sqrt((count * 3) / 16);
    for (const times of counts.values()) expect(Math.abs(times - count / 4)).toBeLessThan(4 * error);
  });
});

test('brightness and contrast stay within 1 ± their settings, and their means are within 4 standard errors of 1', () => {
  const drawn = range(4000).map((sample) => drawAugmentation([28, 28, 1], everything, { seed: 0, epoch: 1, sample }));
  for (const [name, most] of [
    ['brightness', 0.3],
    ['contrast', 0.4],
  ] as const) {
    const factors = drawn.map((draw) => draw[name]);
    const error = most / Math.sqrt(3 * factors.length);
    expect(Math.min(...factors)).toBeGreaterThanOrEqual(1 - most);
    expect(Math.max(...factors)).toBeLessThan(1 + most);
    expect(Math.max(...factors) - Math.min(...factors)).toBeGreaterThan(1.95 * most);
    expect(Math.abs(factors.reduce((sum, f) => sum + f, 0) / factors.length - 1)).toBeLessThan(4 * error);
  }
});
