import fc from 'fast-check';
import { expect, it } from 'vitest';
import { linearScale, tickDigits, ticks } from './scale.ts';

it('maps the domain linearly onto the range, reversed ranges too', () => {
  const y = linearScale([0, 2], [200, 0]);
  expect([y(0), y(0.5), y(2)]).toEqual([200, 150, 0]);
  expect(linearScale([3, 3], [0, 10])(3)).toBe(5);
});

it('ticks at round values', () => {
  expect(ticks(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(ticks(0.71, 0.93)).toEqual([0.75, 0.8, 0.85, 0.9]);
  expect(ticks(0, 5)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(ticks(2, 2)).toEqual([2]);
  expect(tickDigits([0.25, 0.3])).toBe(2);
});

it('keeps ticks inside and few, whatever the domain', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
      (low, size) => {
        const values = ticks(low, low + size);
        expect(values.length).toBeLessThanOrEqual(7);
        for (const value of values) {
          expect(value).toBeGreaterThanOrEqual(low - size * 1e-6);
          expect(value).toBeLessThanOrEqual(low + size * (1 + 1e-6));
        }
      },
    ),
  );
});
