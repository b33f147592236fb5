import { expect, test } from 'vitest';
import { groupedShareInterval, shareInterval } from './shareInterval.ts';

// scipy.stats.binomtest(right, n).proportion_ci(method='wilson')
test.each([
  [149, 150, 0.963207, 0.998822],
  [10, 10, 0.722467, 1],
  [0, 20, 0, 0.161125],
  [30, 60, 0.37735, 0.62265],
])('%d of %d: %d to %d', (right, n, low, high) => {
  const interval = shareInterval(right, n);
  expect(interval.low).toBeCloseTo(low, 4);
  expect(interval.high).toBeCloseTo(high, 4);
});

test('groups of one are single cases; groups that are right or wrong as a whole count once each', () => {
  const right = Array.from({ length: 60 }, (_, i) => i % 2);
  const once = shareInterval(30, 60);
  const single = groupedShareInterval(right, new Array(60).fill(1));
  expect([single.low, single.high]).toEqual([expect.closeTo(once.low, 12), expect.closeTo(once.high, 12)]);
  const fourfold = groupedShareInterval(
    right.map((own) => own * 4),
    new Array(60).fill(4),
  );
  expect([fourfold.low, fourfold.high]).toEqual([expect.closeTo(once.low, 12), expect.closeTo(once.high, 12)]);
});

test('groups whose cases differ as single ones do say no more than as many cases', () => {
  const { low, high } = groupedShareInterval([1, 1, 1, 1], [2, 2, 2, 2]);
  expect([low, high]).toEqual([shareInterval(2, 4).low, shareInterval(2, 4).high]);
  const mixed = groupedShareInterval([1, 1, 1, 2], [2, 2, 2, 2]);
  expect(mixed.high - mixed.low).toBeGreaterThanOrEqual(shareInterval(5, 8).high - shareInterval(5, 8).low - 1e-12);
});

test('all right: each group counts as one case', () => {
  expect(groupedShareInterval([3, 3, 4], [3, 3, 4])).toEqual(shareInterval(3, 3));
});
