import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomSequence } from '../engine/random.ts';
import type { ReliabilityMetadata } from '../model/reliability.ts';
import { precisionThresholds, statedPrecisions, thresholdsAt } from './precisionThresholds.ts';

/** Images predicted as class 0 with these probabilities, right or not. */
function predicted(list: readonly (readonly [probability: number, isRight: boolean])[]) {
  return {
    probabilities: Float32Array.from(list.flatMap(([probability]) => [probability, 1 - probability])),
    labels: list.map(([, isRight]) => (isRight ? 0 : 1)),
  };
}
const repeated = (count: number, probability: number, isRight: boolean) =>
  Array.from({ length: count }, () => [probability, isRight] as const);
const thresholdOf = (list: readonly (readonly [number, boolean])[], precision: number) =>
  precisionThresholds(predicted(list), 2, [precision])[0]!.thresholds[0]!;

describe('thresholds of a class', () => {
  test('need 59 images without a mistake for 95 %, 299 for 99 %', () => {
    expect(thresholdOf(repeated(58, 0.75, true), 0.95)).toEqual({
      precision: 0.95,
      threshold: null,
      accepted: 0,
      right: 0,
    });
    expect(thresholdOf(repeated(59, 0.75, true), 0.95)).toEqual({
      ...{ precision: 0.95, threshold: 0.75 },
      ...{ accepted: 59, right: 59 },
    });
    expect(thresholdOf(repeated(298, 0.75, true), 0.99).threshold).toBe(null);
    expect(thresholdOf(repeated(299, 0.75, true), 0.99).threshold).toBe(0.75);
  });

  // Sums of binomial probabilities: 0.0432 for 104 and more, 0.1143 for 103 and more.
  test('are the exact one-sided test’s: 104 of 106 show 94 %, 103 do not', () => {
    const some = (right: number) => [...repeated(right, 0.75, true), ...repeated(106 - right, 0.75, false)];
    expect(thresholdOf(some(104), 0.94).accepted).toBe(106);
    expect(thresholdOf(some(103), 0.94).accepted).toBe(0);
  });

  test('are the smallest that pass, and equal probabilities are accepted together', () => {
    const good = repeated(100, 0.9, true);
    expect(thresholdOf([...good, ...repeated(100, 0.8, true), ...repeated(300, 0.6, false)], 0.9).accepted).toBe(200);
    expect(thresholdOf([...good, ...repeated(50, 0.8, true), ...repeated(50, 0.8, false)], 0.9).accepted).toBe(100);
  });

  test('are each class’s own, also of one that is never predicted', () => {
    const [first, second, third] = precisionThresholds(
      {
        probabilities: Float32Array.from(repeated(80, 0, true).flatMap(() => [0.25, 0.75, 0])),
        labels: Array(80).fill(1),
      },
      3,
    );
    expect(second).toMatchObject({ predicted: 80 });
    expect(second!.thresholds.map(({ threshold }) => threshold)).toEqual([0.75, 0.75, 0.75, null, null]);
    for (const other of [first!, third!]) {
      expect(other.predicted).toBe(0);
      expect(other.thresholds.map(({ precision }) => precision)).toEqual([...statedPrecisions]);
      expect(other.thresholds.every(({ threshold }) => threshold === null)).toBe(true);
    }
  });

  test('rise with the precision, accept less, and keep it on validation', () => {
    const image = fc.tuple(fc.integer({ min: 128, max: 256 }), fc.nat({ max: 99 }));
    fc.assert(
      fc.property(fc.array(image, { maxLength: 500 }), fc.nat({ max: 60 }), (list, spoilt) => {
        const images = list.map(
          ([probability, draw]) => [probability / 256, draw * 2.56 + spoilt < probability] as const,
        );
        const [{ thresholds }] = precisionThresholds(predicted(images), 2) as [
          ReturnType<typeof precisionThresholds>[0],
        ];
        thresholds.forEach(({ precision, threshold, accepted, right }, i) => {
          const before = thresholds[i - 1];
          if (before) expect(threshold ?? 2).toBeGreaterThanOrEqual(before.threshold ?? 2);
          if (before) expect(accepted).toBeLessThanOrEqual(before.accepted);
          if (threshold !== null) expect(right / accepted).toBeGreaterThanOrEqual(precision);
          const above = images.filter(([probability]) => threshold !== null && probability >= threshold);
          expect(accepted).toBe(above.length);
        });
      }),
      { seed: 4, numRuns: 200 },
    );
  });

  test('fall below the stated precision of 0.9 in at most 6 % of 300 drawn classes of 400 images', () => {
    let below = 0;
    for (let draw = 0; draw < 300; draw++) {
      const { float } = randomSequence(draw, 1, 0);
      const images = Array.from({ length: 400 }, () => {
        const probability = Math.fround(1 - 0.5 * float() ** 3);
        return [probability, float() < probability] as const;
      });
      const { threshold } = thresholdOf(images, 0.9);
      if (threshold === null) continue;
      // Calibrated: the precision above 1 − u³ ÷ 2 is the mean, 1 − u³ ÷ 8.
      if (1 - (1 - threshold) / 4 < 0.9) below++;
    }
    expect(below / 300).toBeLessThanOrEqual(0.06);
  });
});

describe('thresholds at a precision', () => {
  const reliability = {
    thresholds: precisionThresholds(predicted(repeated(120, 0.75, true)), 2),
  } as unknown as ReliabilityMetadata;

  test.each([
    [0.5, 0.75],
    [0.95, 0.75],
    [0.96, null],
    [0.98, null],
    [0.999, null],
  ])('of %d are those of the next stated precision: %s', (precision, threshold) => {
    expect(thresholdsAt(reliability, precision)).toEqual([threshold, null]);
  });

  test('are null for a model without', () => {
    expect(thresholdsAt(undefined, 0.9)).toBe(null);
    expect(thresholdsAt({ ...reliability, thresholds: undefined }, 0.9)).toBe(null);
  });
});
