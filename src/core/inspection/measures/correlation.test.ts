import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pearson, spearman } from './correlation.ts';

test("Pearson's correlation of 1, 2, 4 with 2, 1, 5 is 16 / √(14 · 26) = 0.8386", () => {
  expect(pearson([1, 2, 4], [2, 1, 5])).toBeCloseTo(16 / Math.sqrt(14 * 26), 12);
  expect(pearson([1, Number.NaN], [1, 2])).toBeNull();
});

describe("Spearman's rank correlation", () => {
  // The last one and those of ties as scipy.stats.spearmanr gives them.
  test.each<[string, number[], number[], number]>([
    ['the same order is 1', [1, 2, 3, 10], [-5, 0, 0.1, 1e9], 1],
    ['the opposite order is -1', [1, 2, 3, 10], [4, 3, 2, 1], -1],
    ['one exchange among three is 0.5', [1, 2, 3], [1, 3, 2], 0.5],
    ['a tie shares the mean rank: 3 / √12 = 0.8660', [1, 2, 3], [1, 1, 2], Math.sqrt(3) / 2],
    ['ties on both sides, 4 / √20 = 0.8944', [0, 0, 1, 1], [1, 2, 3, 4], 2 / Math.sqrt(5)],
    ['0 and -0 are a tie', [0, -0, 1], [5, 5, 6], 1],
    ['longer ones with ties', [3, 1, 4, 1, 5, 9, 2, 6, 5, 3], [2, 7, 1, 8, 2, 8, 1, 8, 2, 8], 0.13471506281091267],
  ])('%s', (_, a, b, expected) => {
    expect(spearman(a, b)).toBeCloseTo(expected, 12);
    expect(spearman(b, a)).toBeCloseTo(expected, 12);
  });

  test('is undefined for a constant map', () => {
    expect(spearman([2, 2, 2], [1, 2, 3])).toBeNull();
    expect(spearman([1, 2, 3], [0, 0, 0])).toBeNull();
    expect(spearman([], [])).toBeNull();
  });

  const maps = fc
    .integer({ min: 2, max: 40 })
    .chain((n) =>
      fc.tuple(...[0, 1].map(() => fc.array(fc.integer({ min: -5, max: 5 }), { minLength: n, maxLength: n }))),
    );
  test('is exactly 1 with itself, between -1 and 1, and never NaN', () => {
    fc.assert(
      fc.property(maps, ([a, b]) => {
        const itself = spearman(a!, a!);
        expect(itself).toBe(new Set(a).size === 1 ? null : 1);
        const other = spearman(a!, b!);
        if (other !== null) expect(Math.abs(other)).toBeLessThanOrEqual(1 + 1e-12);
      }),
      { seed: 11 },
    );
  });
});
