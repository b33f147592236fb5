import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  atTemperature,
  calibrate,
  equalMassCalibrationError,
  expectedCalibrationError,
  fitTemperature,
  negativeLogLikelihood,
} from './calibration.ts';

const fixture = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/trust/numpy.json', import.meta.url), 'utf8'),
).calibration;
const set = { probabilities: Float32Array.from(fixture.probabilities), labels: fixture.labels as number[] };

/** `right` of `count` rows [p, 1 − p] are labelled 0, the others 1. */
function coin(p: number, right: number, count: number) {
  return {
    probabilities: Float32Array.from({ length: count * 2 }, (_, i) => (i % 2 === 0 ? p : 1 - p)),
    labels: Array.from({ length: count }, (_, n) => (n < right ? 0 : 1)),
  };
}

describe('the expected calibration error', () => {
  test('of 10 answers at 0.9 of which 7 are right is 0.2', () => {
    expect(expectedCalibrationError(coin(0.9, 7, 10))).toBeCloseTo(0.2, 7);
  });

  test('adds bins by their share, and lets over- and underconfidence not cancel out', () => {
    const sure = coin(0.9, 7, 10);
    const unsure = coin(0.6, 9, 10);
    const both = {
      probabilities: Float32Array.of(...sure.probabilities, ...unsure.probabilities),
      labels: [...sure.labels, ...unsure.labels],
    };
    expect(expectedCalibrationError(both)).toBeCloseTo(0.25, 7);
    expect(expectedCalibrationError(both, 1)).toBeCloseTo(0.05, 7);
  });

  test('puts an answer on the border of two bins into the lower one', () => {
    const [low, high] = [coin(0.5, 10, 10), coin(0.75, 5, 10)];
    const both = {
      probabilities: Float32Array.of(...low.probabilities, ...high.probabilities),
      labels: [...low.labels, ...high.labels],
    };
    // In one bin the gaps of 0.5 and −0.25 would cancel out to 0.125.
    expect(expectedCalibrationError(both, 2)).toBeCloseTo((0.5 + 0.25) / 2, 7);
  });

  test('is 0 for answers of 1 that are right', () => {
    expect(expectedCalibrationError(coin(1, 5, 5))).toBe(0);
  });

  test('is NumPy’s within 1e-7', () => {
    expect(expectedCalibrationError(set)).toBeCloseTo(fixture.errorBefore, 7);
    const probabilities = atTemperature(set.probabilities, 5, fixture.temperature);
    expect(expectedCalibrationError({ ...set, probabilities })).toBeCloseTo(fixture.errorAfter, 7);
  });
});

describe('the calibration error in bins of equal mass', () => {
  const { equalMass } = JSON.parse(
    readFileSync(new URL('../../../test/fixtures/statistics/scipy.json', import.meta.url), 'utf8'),
  );

  test('is NumPy’s for 203 images in 15 bins within 1e-9', () => {
    const probabilities = Float32Array.from(equalMass.probabilities);
    expect(equalMassCalibrationError({ ...equalMass, probabilities })).toBeCloseTo(equalMass.error, 9);
  });

  test('of as many bins as images is the mean distance of confidence from right or wrong', () => {
    const set = { probabilities: Float32Array.of(0.25, 0.75, 0.875, 0.125), labels: [0, 0] };
    expect(equalMassCalibrationError(set, 2)).toBe((0.75 + 0.125) / 2);
    expect(equalMassCalibrationError(set, 1)).toBe((0.75 - 0.125) / 2);
    expect(equalMassCalibrationError(set, 15)).toBe((0.75 + 0.125) / 2);
  });
});

describe('the fitted temperature', () => {
  test('of answers at 0.9 of which 7 in 10 are right is ln 9 ÷ ln(7 ÷ 3) within 1e-6', () => {
    expect(fitTemperature(coin(0.9, 7, 10))).toBeCloseTo(Math.log(9) / Math.log(7 / 3), 6);
  });

  test('is SciPy’s minimum within 1e-5, and so are the losses before and after', () => {
    expect(Math.abs(fitTemperature(set) - fixture.temperature)).toBeLessThan(1e-5);
    expect(negativeLogLikelihood(set)).toBeCloseTo(fixture.lossBefore, 6);
    expect(negativeLogLikelihood(set, fixture.temperature)).toBeCloseTo(fixture.lossAfter, 6);
  });

  test('stops at 0.05 where every answer is right, and at 20 where they are no better than chance', () => {
    expect(fitTemperature(coin(0.9, 10, 10))).toBe(0.05);
    expect(fitTemperature(coin(0.9, 5, 10))).toBe(20);
  });
});

describe('probabilities at a temperature', () => {
  test('are SciPy’s within 1e-7', () => {
    const calibrated = atTemperature(set.probabilities, 5, fixture.temperature);
    fixture.calibrated.forEach((value: number, i: number) => {
      expect(calibrated[i]).toBeCloseTo(value, 6);
    });
  });

  test('are the very same at 1', () => {
    expect(atTemperature(set.probabilities, 5, 1)).toBe(set.probabilities);
  });

  test('sum to 1 and keep the best class, whatever the probabilities (zeros included) and the temperature', () => {
    const row = fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(row, fc.double({ min: 0.05, max: 20, noNaN: true }), (values, temperature) => {
        const total = values.reduce((sum, value) => sum + value, 0);
        fc.pre(total > 0.01);
        const given = Float32Array.from(values, (value) => value / total);
        const scaled = atTemperature(given, given.length, temperature);
        expect(scaled.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
        expect(scaled[given.indexOf(Math.max(...given))]).toBe(Math.max(...scaled));
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  test('have the same bits in any batch', () => {
    const all = atTemperature(set.probabilities, 5, 0.7);
    for (let n = 0; n < 20; n++) {
      expect(atTemperature(set.probabilities.subarray(n * 5, n * 5 + 5), 5, 0.7)).toEqual(
        all.subarray(n * 5, n * 5 + 5),
      );
    }
  });
});

describe('calibrating', () => {
  test('says how large the error was and is, on both sets', () => {
    const { temperature, fittedTemperature, bins, validation, test: onTest } = calibrate(set, coin(0.9, 7, 10));
    expect({ temperature, bins }).toEqual({ temperature: fittedTemperature, bins: 15 });
    expect(validation.images).toBe(240);
    expect(validation.before).toBeCloseTo(fixture.errorBefore, 7);
    expect(validation.after).toBeCloseTo(fixture.errorAfter, 4);
    expect(onTest.images).toBe(10);
    expect(onTest.before).toBeCloseTo(0.2, 7);
  });

  test('leaves the temperature at 1 where the fitted one makes the validation error larger', () => {
    // Well calibrated at 0.6 and 0.99, except that one sure answer is wrong: the loss asks for less sureness everywhere.
    const sure = coin(0.995, 199, 200);
    const unsure = coin(0.6, 60, 100);
    const wrong = coin(0.99999, 0, 1);
    const parts = [sure, unsure, wrong];
    const odd = {
      probabilities: Float32Array.from(parts.flatMap(({ probabilities }) => [...probabilities])),
      labels: parts.flatMap(({ labels }) => labels),
    };
    const { temperature, fittedTemperature, validation } = calibrate(odd, odd);
    expect(fittedTemperature).not.toBeCloseTo(1, 2);
    expect(temperature).toBe(1);
    expect(validation.after).toBe(validation.before);
  });

  test('on one half of overconfident answers makes the calibration error of the other half less than a third', () => {
    // 16 answers in 20 at 0.99 are right and 13 in 20 at 0.9, in both halves, of which neither sees the other's labels.
    const half = (right: readonly [number, number]) => {
      const parts = [coin(0.99, right[0], 200), coin(0.9, right[1], 200)];
      return {
        probabilities: Float32Array.from(parts.flatMap(({ probabilities }) => [...probabilities])),
        labels: parts.flatMap(({ labels }) => labels),
      };
    };
    const { test: other } = calibrate(half([160, 130]), half([156, 134]));
    expect(other.before).toBeGreaterThan(0.2);
    expect(other.after).toBeLessThan(other.before / 3);
  });

  test('keeps to 1 where fitting would make the error on its own set larger, whatever was answered', () => {
    const answers = fc.array(fc.tuple(fc.float({ min: 0, max: 1, noNaN: true }), fc.boolean()), { minLength: 1 });
    fc.assert(
      fc.property(answers, (rows) => {
        const probabilities = Float32Array.from(rows.flatMap(([p]) => [p, 1 - p]));
        const labels = rows.map(([, second]) => Number(second));
        const { validation } = calibrate({ probabilities, labels }, { probabilities, labels });
        expect(validation.after).toBeLessThanOrEqual(validation.before);
      }),
      { seed: 2, numRuns: 200 },
    );
  });
});
