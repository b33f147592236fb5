import { expect, test } from 'vitest';
import { shareInterval } from './shareInterval.ts';

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
