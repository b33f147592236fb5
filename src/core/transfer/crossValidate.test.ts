import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomSequence } from '../engine/random.ts';
import { crossValidate, unitFolds } from './crossValidate.ts';
import type { FeatureRows } from './softmaxRegression.ts';

/** Rows of `classes` classes in turn, features of noise, to the first of which `distance` times the class is added. */
function rowsOf(count: number, classes: number, distance: number, seed = 0, D = 4): FeatureRows {
  const { below } = randomSequence(seed, 0x7f00_0000, 3);
  const labels = Uint32Array.from({ length: count }, (_, n) => n % classes);
  const values = Float32Array.from({ length: count * D }, (_, i) => {
    const noise = below(1000) / 250 - 2;
    return i % D === 0 ? noise + distance * labels[Math.floor(i / D)]! : noise;
  });
  return { values, labels };
}

const alone = (count: number) => Uint32Array.from({ length: count }, (_, i) => i);
const options = { classes: 2, seed: 0, foldSeed: 0, units: alone(140) };

describe('crossValidate', () => {
  test('classes that are apart: nearly all of 140 right, with the interval of as many; noise: about half', async () => {
    const shares: number[] = [];
    const apart = await crossValidate([rowsOf(140, 2, 6)], { ...options, onProgress: (share) => shares.push(share) });
    expect(apart).toMatchObject({ folds: 7, images: 140, units: 140 });
    expect(apart!.accuracy).toBeGreaterThan(0.95);
    expect([apart!.low < apart!.accuracy, apart!.accuracy < apart!.high + 1e-9, shares.at(-1)]).toEqual([
      true,
      true,
      1,
    ]);
    const noise = await crossValidate([rowsOf(140, 2, 0)], options);
    expect(Math.abs(noise!.accuracy - 0.5)).toBeLessThan(0.15);
    expect(noise!.high - noise!.low).toBeCloseTo(0.164, 2);
  });

  test('copies in one unit do not help one another, as they do apart', async () => {
    // Noise, each row four times: a copy in the training rows gives the answer away.
    const once = rowsOf(60, 2, 0, 0, 90);
    const copies = {
      values: Float32Array.from([...Array(4)].flatMap(() => [...(once.values as Float32Array)])),
      labels: [...Array(4)].flatMap(() => [...(once.labels as Uint32Array)]),
    };
    const apart = await crossValidate([copies], { ...options, units: alone(240) });
    const together = await crossValidate([copies], {
      ...options,
      units: Uint32Array.from({ length: 240 }, (_, i) => i % 60),
    });
    expect(apart!.accuracy).toBeGreaterThan(0.85);
    expect(together!.accuracy).toBeLessThan(0.7);
    expect(together).toMatchObject({ images: 240, units: 60 });
    // 60 units say as much as 60 images.
    expect(together!.high - together!.low).toBeGreaterThan(0.2);
  });

  test('the same bits again; none with two units of a class', async () => {
    const rows = [rowsOf(140, 2, 1), rowsOf(140, 2, 1, 5)];
    expect(await crossValidate(rows, options)).toEqual(await crossValidate(rows, options));
    const two = Uint32Array.from({ length: 140 }, (_, i) => (i % 2 === 0 ? i : i % 4));
    expect(await crossValidate([rowsOf(140, 2, 1)], { ...options, units: two })).toBeUndefined();
  });
});

test('units stay whole, and with units of one, folds of a class differ by one image at most', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(2), fc.nat(30)), { minLength: 1, maxLength: 120 }),
      fc.nat(),
      (pictures, seed) => {
        const labels = Uint32Array.from(pictures, ([label]) => label);
        const grouped = new Map<number, number[]>();
        for (const [i, [, unit]] of pictures.entries()) grouped.set(unit, [...(grouped.get(unit) ?? []), i]);
        const foldOf = unitFolds([...grouped.values()], labels, 3, seed);
        for (const indices of grouped.values()) expect(new Set(indices.map((i) => foldOf[i])).size).toBe(1);
        const single = unitFolds(
          pictures.map((_, i) => [i]),
          labels,
          3,
          seed,
        );
        for (let label = 0; label < 3; label++) {
          const counts = new Array<number>(7).fill(0);
          for (const [i, fold] of single.entries()) if (labels[i] === label) counts[fold]! += 1;
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        }
      },
    ),
    { numRuns: 50 },
  );
});
