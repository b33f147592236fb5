import { describe, expect, test } from 'vitest';
import { scaled, scalingOf, scoreRows, softmaxRegression, unscaled } from './softmaxRegression.ts';

const D = 3;
const labels = Array.from({ length: 24 }, (_, i) => i % 3);
const values = Float64Array.from({ length: 24 * D }, (_, k) => {
  const [i, j] = [Math.floor(k / D), k % D];
  return ((i * 7 + j * 5) % 11) / 4 - 1 + (i % 3) * (j - 1) * 0.7;
});
const rows = { values, labels };

describe('softmaxRegression', () => {
  // LogisticRegression(C, tol=1e-12, max_iter=10000) of scikit-learn 1.9.1: coef_.T, and intercept_ less its mean.
  test.each([
    [
      0.03,
      [0.190112, -0.064592, -0.125519, -0.02178, 0.039428, -0.017648, -0.075899, -0.066536, 0.142435],
      [0.164349, 0.038392, -0.202741],
    ],
    [
      1,
      [1.231551, -0.342612, -0.88894, 0.076473, 0.042589, -0.119062, -0.580188, -0.281213, 0.861401],
      [0.915713, 0.417084, -1.332797],
    ],
  ])('with C = %s: weights and biases are scikit-learn’s within 5e-3', async (strength, weights, bias) => {
    const found = await softmaxRegression(rows, 3, strength);
    const mean = found.bias.reduce((sum, value) => sum + value, 0) / 3;
    const differences = [
      ...weights.map((value, i) => Math.abs(value - found.weights[i]!)),
      ...bias.map((value, i) => Math.abs(value - (found.bias[i]! - mean))),
    ];
    expect(Math.max(...differences)).toBeLessThan(5e-3);
  });

  test('begun elsewhere it ends at the same minimum, within its tolerance', async () => {
    const cold = await softmaxRegression(rows, 3, 0.1);
    const warm = await softmaxRegression(rows, 3, 0.1, await softmaxRegression(rows, 3, 1));
    const differences = cold.weights.map((value, i) => Math.abs(value - warm.weights[i]!));
    expect(Math.max(...differences)).toBeLessThan(5e-3);
  });

  test('the same rows give the same bits', async () => {
    expect(await softmaxRegression(rows, 3, 0.3)).toEqual(await softmaxRegression(rows, 3, 0.3));
  });
});

describe('scaling', () => {
  test('features get mean 0 and variance 1; one that does not vary gets 0', () => {
    const three = { values: Float32Array.of(1, 5, 3, 5, 5, 5), labels: [0, 1, 0] };
    const x = scaled(scalingOf(three), three.values);
    expect(x[0]! + x[2]! + x[4]!).toBeCloseTo(0, 12);
    expect((x[0]! ** 2 + x[2]! ** 2 + x[4]! ** 2) / 3).toBeCloseTo(1, 12);
    expect([x[1], x[3], x[5]]).toEqual([0, 0, 0]);
  });

  test('the regression for unscaled features answers the same', async () => {
    const scaling = scalingOf(rows);
    const x = { values: scaled(scaling, values), labels };
    const regression = await softmaxRegression(x, 3, 1);
    const own = scoreRows(unscaled(scaling, regression), rows);
    const other = scoreRows(regression, x);
    expect(own.accuracy).toBe(other.accuracy);
    expect(own.loss).toBeCloseTo(other.loss, 12);
  });
});

test('scoreRows: the mean cross-entropy in nats, and the share of rows that are right', () => {
  const regression = { weights: Float64Array.of(1, 0), bias: Float64Array.of(0, 0) };
  const { loss, accuracy } = scoreRows(regression, { values: [Math.log(3), Math.log(3)], labels: [0, 1] });
  expect(loss).toBeCloseTo((Math.log(4 / 3) + Math.log(4)) / 2, 12);
  expect(accuracy).toBe(0.5);
});
