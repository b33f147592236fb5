import fc from 'fast-check';
import { expect, test } from 'vitest';
import { onKernelBench } from './kernelBench.ts';
import { resizeArea } from './references/resizeArea.ts';

interface Given {
  readonly shape: readonly [H: number, W: number, C: number];
  readonly OH: number;
  readonly OW: number;
  readonly images: Float32Array;
  /** Units of the kernel's first call; by default one call does all. */
  readonly cut?: number;
}

const sizeOf = ([H, W, C]: Given['shape']) => H * W * C;
const countOf = ({ images, shape }: Given) => images.length / sizeOf(shape);

/** The kernel's images [N, OH, OW, C]. */
function scaled(given: Given): Float32Array {
  const { shape, OH, OW, images } = given;
  const count = countOf(given);
  const { cut = count } = given;
  return onKernelBench(({ kernels, floats, read }) => {
    const x = floats(images);
    const y = floats(new Float32Array(count * OH * OW * shape[2]).fill(Number.NaN));
    for (const [first, last] of [
      [cut, count],
      [0, cut],
    ] as const)
      kernels['resizeArea']!(x, y, ...shape, OH, OW, count, first, last);
    return read(y, count * OH * OW * shape[2]);
  }, 4);
}

const side = { min: 1, max: 13 };
const cases: fc.Arbitrary<Given> = fc
  .record({
    H: fc.integer(side),
    W: fc.integer(side),
    C: fc.constantFrom(1, 2, 3, 4),
    N: fc.integer({ min: 1, max: 4 }),
  })
  .chain(({ H, W, C, N }) =>
    fc.record({
      shape: fc.constant<Given['shape']>([H, W, C]),
      OH: fc.integer({ min: 1, max: H }),
      OW: fc.integer({ min: 1, max: W }),
      images: fc
        .array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: N * H * W * C, maxLength: N * H * W * C })
        .map((values) => Float32Array.from(values)),
    }),
  );

test('images of any shape are the float64 reference’s within 1e-6 of the range', () => {
  fc.assert(
    fc.property(cases, (given) => {
      const size = sizeOf(given.shape);
      const is = scaled(given);
      const expected = Array.from({ length: countOf(given) }, (_, n) => [
        ...resizeArea(given.images.subarray(n * size, (n + 1) * size), given.shape, given.OH, given.OW),
      ]).flat();
      expect(is).toHaveLength(expected.length);
      for (const [i, value] of expected.entries()) expect(Math.abs(is[i]! - value)).toBeLessThan(1e-6);
    }),
    { numRuns: 150 },
  );
});

test('an image depends on neither the others nor how units are divided', () => {
  fc.assert(
    fc.property(cases, fc.nat(4), (given, cut) => {
      const all = scaled(given);
      expect(scaled({ ...given, cut: Math.min(cut, countOf(given)) })).toEqual(all);
      const last = { ...given, images: given.images.slice(-sizeOf(given.shape)) };
      expect(scaled(last)).toEqual(all.slice(-given.OH * given.OW * given.shape[2]));
    }),
    { numRuns: 30 },
  );
});

test.each([2, 3, 5])(
  '1 ÷ %i of the side: rows summed, their sums summed and divided once, to float32’s last bit',
  (factor) => {
    const [H, W] = [2 * factor, factor];
    const values = fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: H * W, maxLength: H * W });
    fc.assert(
      fc.property(values, (given) => {
        const images = Float32Array.from(given);
        const sum = (terms: Iterable<number>) => [...terms].reduce((all, term) => Math.fround(all + term), 0);
        const rows = Array.from({ length: H }, (_, h) => sum(images.subarray(h * W, (h + 1) * W)));
        const means = [rows.slice(0, factor), rows.slice(factor)].map((half) => sum(half) / factor ** 2);
        expect(scaled({ shape: [H, W, 1], OH: 2, OW: 1, images })).toEqual(Float32Array.from(means));
      }),
      { numRuns: 20 },
    );
  },
);

test('3 pixels to 2: each takes one whole and half of the one in the middle', () => {
  const images = Float32Array.of(6, 12, 30);
  expect([...scaled({ shape: [1, 3, 1], OH: 1, OW: 2, images })]).toEqual([8, 24]);
  expect([...scaled({ shape: [3, 1, 1], OH: 2, OW: 1, images })]).toEqual([8, 24]);
});

test('images of the same size are unchanged', () => {
  const images = Float32Array.from({ length: 60 }, (_, i) => (i * 37) % 61);
  expect(scaled({ shape: [4, 5, 3], OH: 4, OW: 5, images })).toEqual(images);
});
