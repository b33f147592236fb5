import { describe, expect, test } from 'vitest';
import { randomSequence } from '../engine/random.ts';
import { type FitHeadOptions, fitHead } from './head.ts';
import type { FeatureRows } from './softmaxRegression.ts';

/** Two classes whose first feature differs by `distance`, and three features of noise. */
function rowsOf(count: number, distance: number, seed = 0): FeatureRows {
  const { below } = randomSequence(seed, 0x7f00_0000, 0);
  const labels = Uint32Array.from({ length: count }, (_, n) => n % 2);
  const values = Float32Array.from({ length: count * 4 }, (_, i) => {
    const label = labels[Math.floor(i / 4)]!;
    return below(1000) / 250 - 2 + (i % 4 === 0 ? label * distance : 0);
  });
  return { values, labels };
}

const none = { values: new Float32Array(0), labels: new Uint32Array(0) };
const options: FitHeadOptions = { classes: 2, seed: 0, validation: none };

describe('fitHead', () => {
  test('chooses the strength by 5-fold cross-validation: weak regularisation for classes that are apart, strong for noise', async () => {
    const apart = await fitHead([rowsOf(200, 4)], options);
    const noise = await fitHead([rowsOf(200, 0)], options);
    expect(apart.chosenBy).toEqual({ kind: 'cross-validation', folds: 5, images: 200 });
    expect(apart.strength).toBeGreaterThan(noise.strength!);
    expect(noise.strength).toBe(0.01);
  });

  test('with fewer than 5 images of a class the strength is 0.1', async () => {
    const { strength, chosenBy } = await fitHead([rowsOf(9, 4)], options);
    expect([strength, chosenBy]).toEqual([0.1, { kind: 'fixed' }]);
    expect((await fitHead([rowsOf(10, 4)], options)).chosenBy.kind).toBe('cross-validation');
  });

  test('validation images choose the strength where there are any', async () => {
    const flipped = rowsOf(40, 4, 1);
    const against = { ...flipped, labels: Uint32Array.from(flipped.labels, (label) => 1 - label) };
    const { strength, chosenBy } = await fitHead([rowsOf(200, 4)], { ...options, validation: against });
    expect([strength, chosenBy]).toEqual([0.01, { kind: 'validation', images: 40 }]);
  });

  test('of many images 2,000 choose the strength, and all are fitted', async () => {
    const many = rowsOf(2400, 2);
    const { chosenBy, head } = await fitHead([many], options);
    expect(chosenBy).toEqual({ kind: 'cross-validation', folds: 5, images: 2000 });
    const first = {
      values: Array.from(many.values).slice(0, 8000),
      labels: Array.from(many.labels).slice(0, 2000),
    };
    const part = await fitHead([first], options);
    expect(part.head).not.toEqual(head);
  });

  test('views of the same images count as these images, once', async () => {
    const rows = rowsOf(60, 2);
    const { head, strength } = await fitHead([rows], options);
    const twice = await fitHead([rows, rows], options);
    expect(twice.strength).toBe(strength);
    const differences = twice.head.kernel.map((value, i) => Math.abs(value - head.kernel[i]!));
    expect(Math.max(...differences)).toBeLessThan(0.01);
  });

  test('reports a share that grows to 1', async () => {
    const shares: number[] = [];
    await fitHead([rowsOf(60, 1)], { ...options, onProgress: (share) => shares.push(share) });
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  describe('auto', () => {
    /** Two features whose product's sign is the class. */
    const crossed = (count: number, seed = 0): FeatureRows => {
      const { below } = randomSequence(seed, 0x7f00_0000, 2);
      const values = Float32Array.from({ length: count * 2 }, () => below(2001) / 1000 - 1);
      const labels = Uint32Array.from({ length: count }, (_, n) => Number(values[2 * n]! * values[2 * n + 1]! > 0));
      return { values, labels };
    };

    test('is a hidden layer where it is more accurate, in cross-validation or on validation images', async () => {
      const across = await fitHead([crossed(200)], { ...options, kind: 'auto' });
      expect([across.strength, across.chosenBy]).toEqual([null, { kind: 'cross-validation', folds: 5, images: 200 }]);
      expect(across.record).toMatchObject({ asked: 'auto', kind: 'hidden', units: 128 });
      expect(across.record!.accuracies!.hidden).toBeGreaterThan(0.8);
      expect(across.record!.accuracies!.linear).toBeLessThan(0.7);
      const validation = crossed(100, 1);
      const given = await fitHead([crossed(200)], { ...options, validation, kind: 'auto' });
      expect(given.record!.accuracies!.hidden).toBe(given.validation!.accuracy);
      // Both are fitted to the same rows, with the settings of a hidden layer that was asked for.
      const asked = await fitHead([crossed(200)], { ...options, kind: 'hidden' });
      expect([given.head, across.head]).toEqual([asked.head, asked.head]);
      expect(asked).toMatchObject({ strength: null, record: { asked: 'hidden', kind: 'hidden', accuracies: null } });
    });

    test('is the softmax regression where both are as accurate, with the bits that it has alone', async () => {
      const rows = rowsOf(100, 40);
      const { head, record, strength } = await fitHead([rows], { ...options, kind: 'auto' });
      expect(record).toEqual({ asked: 'auto', kind: 'linear', units: 0, accuracies: { linear: 1, hidden: 1 } });
      const alone = await fitHead([rows], options);
      expect([head, strength]).toEqual([alone.head, alone.strength]);
      expect(alone.record).toBeUndefined();
    });

    test('is the softmax regression with fewer than 5 images of a class, also where there are validation images', async () => {
      const few = crossed(9);
      expect(
        Math.min(...[0, 1].map((label) => Array.from(few.labels).filter((own) => own === label).length)),
      ).toBeLessThan(5);
      for (const validation of [none, crossed(50, 1)]) {
        const { record } = await fitHead([few], { ...options, validation, kind: 'auto' });
        expect(record).toMatchObject({ kind: 'linear', accuracies: null });
      }
    });
  });
});
