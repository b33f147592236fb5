import { expect, it } from 'vitest';
import { describeSet } from './describe.ts';

it('counts classes and summarises pixels', () => {
  const set = {
    images: new Uint8Array([0, 255, 2, 4, 4, 4]),
    labels: new Uint8Array([2, 0, 2]),
    count: 3,
    height: 1,
    width: 2,
    channels: 1,
  };
  const { countsByClass, mean, standardDeviation } = describeSet(set, 4);
  expect(countsByClass).toEqual([1, 0, 2, 0]);
  expect(mean).toBeCloseTo(269 / 6, 12);
  expect(standardDeviation).toBeCloseTo(Math.sqrt((255 ** 2 + 4 + 48) / 6 - (269 / 6) ** 2), 9);
});
