import { expect, it } from 'vitest';
import { progressOver } from './progress.ts';

it('moves the whole by the weight of each part, never back, whichever come side by side', async () => {
  const told: [number, string][] = [];
  const whole = progressOver({ first: 1, second: 3 }, (share, doing) => told.push([share, doing]));
  await whole.during('second', async (second) => {
    second(0.5, 'a');
    await whole.during('first', async (first) => {
      first(1.2, 'b');
      first(0.4, 'c');
    });
    second(0.25, 'd');
  });
  expect(told).toEqual([
    [0.375, 'a'],
    [0.625, 'b'],
    [0.625, 'c'],
    [0.625, 'c'],
    [0.625, 'd'],
    [1, 'd'],
  ]);
});
