import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PixelImage } from '../images.ts';
import { fingerprint } from './fingerprint.ts';

const grey = (height: number, width: number, value: (y: number, x: number) => number): PixelImage => ({
  pixels: Uint8Array.from({ length: height * width }, (_, i) => value(Math.floor(i / width), i % width)),
  height,
  width,
  channels: 1,
});

test('a bit is 1 where a pixel of the 9×8 picture is darker than its right neighbour, row by row', () => {
  const brighter = grey(8, 9, (_, x) => 10 * x);
  expect(fingerprint(brighter).hash).toEqual([0xffff_ffff, 0xffff_ffff]);
  expect(fingerprint(grey(8, 9, (_, x) => 200 - 10 * x)).hash).toEqual([0, 0]);
  // Only the first pair of the first row, and the last pair of the last.
  const two = grey(8, 9, (y, x) => ((y === 0 && x > 0) || (y === 7 && x === 8) ? 9 : 0));
  expect(fingerprint(two).hash).toEqual([0x8000_0000, 1]);
});

test('areas are averaged: a picture enlarged by whole factors has the same hash and thumbnail', () => {
  const value = fc.uint8Array({ minLength: 144 * 128, maxLength: 144 * 128 });
  fc.assert(
    fc.property(value, fc.integer({ min: 2, max: 3 }), (pixels, times) => {
      const small = grey(128, 144, (y, x) => pixels[y * 144 + x]!);
      const large = grey(
        128 * times,
        144 * times,
        (y, x) => pixels[Math.floor(y / times) * 144 + Math.floor(x / times)]!,
      );
      expect(fingerprint(large)).toEqual(fingerprint(small));
    }),
    { numRuns: 5 },
  );
});

test('the thumbnail has 16×16 pixels in colour, that of a grey picture too', () => {
  expect(fingerprint(grey(30, 20, () => 77)).thumbnail).toEqual(new Uint8Array(16 * 16 * 3).fill(77));
});
