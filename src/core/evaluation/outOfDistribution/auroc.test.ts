import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { auroc } from './auroc.ts';

const { positives, negatives, value, standardError } = JSON.parse(
  readFileSync(new URL('../../../../test/fixtures/trust/numpy.json', import.meta.url), 'utf8'),
).auroc;

test('5 of 6 pairs in order, one of them a tie, are 4.5 ÷ 6', () => {
  expect(auroc(Float64Array.of(3, 1), Float64Array.of(0, 1, 2)).value).toBeCloseTo(4.5 / 6, 12);
});

test('sets that do not overlap have 1, and an interval of no width', () => {
  expect(auroc(Float64Array.of(3, 4, 5), Float64Array.of(0, 1))).toEqual({ value: 1, low: 1, high: 1 });
});

test('with ties it is scikit-learn’s within 1e-12, and its interval DeLong’s', () => {
  const found = auroc(Float64Array.from(positives), Float64Array.from(negatives));
  expect(found.value).toBeCloseTo(value, 12);
  expect(found.low).toBeCloseTo(value - 1.959963984540054 * standardError, 12);
  expect(found.high).toBeCloseTo(value + 1.959963984540054 * standardError, 12);
});
