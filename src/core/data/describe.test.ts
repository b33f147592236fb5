import { expect, it } from 'vitest';
import { describeSet } from './describe.ts';
import { imagesInMemory } from './images.ts';

it('counts classes and summarises pixels', async () => {
  const shape = { height: 1, width: 2, channels: 1 };
  const set = imagesInMemory(Uint8Array.of(0, 255, 2, 4, 4, 4), [2, 0, 2], shape);
  const { countsByClass, mean, standardDeviation } = await describeSet(set, 4);
  expect(countsByClass).toEqual([1, 0, 2, 0]);
  expect(mean).toBeCloseTo(269 / 6, 12);
  expect(standardDeviation).toBeCloseTo(Math.sqrt((255 ** 2 + 4 + 48) / 6 - (269 / 6) ** 2), 9);
});
