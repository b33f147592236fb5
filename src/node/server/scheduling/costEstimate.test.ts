import { expect, it } from 'vitest';
import { createCostEstimate } from './costEstimate.ts';

it('a cost of 30 ms for a megapixel is learned within 60 photos to 10 %', () => {
  const estimate = createCostEstimate({ milliseconds: 300, cost: 3e6 });
  for (let i = 0; i < 60; i++) estimate.record(1e6, 30);
  expect(estimate.milliseconds(2e6)).toBeGreaterThan(54);
  expect(estimate.milliseconds(2e6)).toBeLessThan(66);
});

it('pictures that take a hundred times as long as assumed are learned within 3 batches to 20 %', () => {
  const estimate = createCostEstimate({ milliseconds: 100, cost: 100 });
  for (let i = 0; i < 3; i++) estimate.record(32, 3200);
  expect(estimate.milliseconds(1)).toBeGreaterThan(80);
  expect(estimate.milliseconds(1)).toBeLessThanOrEqual(100);
});

it('a pause of 30 s changes the estimate of a millisecond by less than 10 %', () => {
  const estimate = createCostEstimate({ milliseconds: 100, cost: 100 });
  estimate.record(1, 30_000);
  expect(estimate.milliseconds(1)).toBeLessThan(1.1);
});
