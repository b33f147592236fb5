import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { distances, fitDistance, inDistributionScores, referenceDistances, scoreOf } from './score.ts';

const fixture = JSON.parse(
  readFileSync(new URL('../../../../test/fixtures/trust/numpy.json', import.meta.url), 'utf8'),
).familiarity;
const features = { values: Float32Array.from(fixture.features), size: fixture.size as number };
const fitted = fitDistance(features, fixture.labels);

describe('the distance', () => {
  test('is NumPy’s within 1e-5 of it, zero features and a class without images included', () => {
    const found = distances(fitted, features);
    expect(found).toHaveLength(fixture.distances.length);
    found.forEach((value, n) => {
      expect(Math.abs(value / fixture.distances[n] - 1), `picture ${n}`).toBeLessThan(1e-5);
    });
  });

  test('has the same bits in any batch', () => {
    const all = distances(fitted, features);
    for (let n = 0; n < all.length; n++) {
      const values = features.values.subarray(n * features.size, (n + 1) * features.size);
      expect(distances(fitted, { ...features, values })[0]).toBe(all[n]);
    }
  });

  test('does not depend on how long the features are', () => {
    const [twice, once] = [2, 1].map((factor) =>
      distances(fitted, { ...features, values: features.values.map((value) => value * factor) }),
    );
    expect(twice).toEqual(once);
  });

  test('can be fitted on one picture, or on pictures that are all alike', () => {
    for (const labels of [[0], [0, 0, 0]]) {
      const values = Float32Array.from({ length: labels.length * 2 }, (_, i) => 1 + (i % 2));
      const alike = fitDistance({ values, size: 2 }, labels);
      expect(distances(alike, { values, size: 2 }).every((value) => value < 1e-6)).toBe(true);
    }
  });
});

describe('the score', () => {
  const parameters = { ...fitted, reference: referenceDistances(distances(fitted, features)) };

  test('is the share of validation pictures that are no nearer', () => {
    const scores = inDistributionScores(parameters, features).map(({ score }) => score);
    const order = scores.map((_, n) => n).sort((a, b) => fixture.distances[a] - fixture.distances[b]);
    expect(scores[order[0]!]).toBe(1);
    expect(scores[order.at(-1)!]).toBeCloseTo(1 / scores.length, 12);
  });

  test('is 0, and the picture unfamiliar, beyond every validation picture', () => {
    const far = Float32Array.from(parameters.reference, (distance) => distance * 1e-6);
    expect(inDistributionScores({ ...parameters, reference: far }, features)[0]).toEqual({ familiar: false, score: 0 });
  });

  test('keeps at least 95 % of the validation split, and at most one picture more', () => {
    const distance = fc.float({ min: 0, max: 1000, noNaN: true });
    fc.assert(
      fc.property(fc.uniqueArray(distance, { minLength: 1, maxLength: 300, size: 'max' }), (found) => {
        const known = referenceDistances(Float64Array.from(found));
        const kept = found.filter((one) => scoreOf(known, one).familiar).length;
        expect(kept).toBeGreaterThanOrEqual(0.95 * found.length);
        expect(kept - 1).toBeLessThanOrEqual(0.95 * found.length + 1e-9);
      }),
      { seed: 3, numRuns: 200 },
    );
  });
});
