import fc from 'fast-check';
import { expect, it } from 'vitest';
import { logScale, logTicks } from './logScale.ts';

it('maps equal factors to equal distances', () => {
  const scale = logScale([1, 100], [0, 10]);
  expect([scale(1), scale(10), scale(100)]).toEqual([0, 5, 10]);
  expect(logScale([3, 3], [0, 10])(3)).toBe(5);
});

it('ticks at powers of ten, or at 1, 2 and 5 times them, or as a linear axis', () => {
  expect(logTicks(1e-4, 0.1)).toEqual([1e-4, 1e-3, 1e-2, 0.1]);
  expect(logTicks(1e-9, 1e3).length).toBeLessThanOrEqual(6);
  expect(logTicks(0.0003, 0.003)).toEqual([0.0005, 0.001, 0.002]);
  expect(logTicks(110, 140)).toEqual([110, 115, 120, 125, 130, 135, 140].filter((value) => value % 10 === 0));
  expect(logTicks(2, 2)).toEqual([2]);
});

it('keeps ticks inside and at least one, whatever the domain', () => {
  const exponent = fc.double({ min: -12, max: 12, noNaN: true });
  fc.assert(
    fc.property(exponent, fc.double({ min: 0.01, max: 20, noNaN: true }), (from, width) => {
      const [low, high] = [10 ** from, 10 ** (from + width)];
      const values = logTicks(low, high);
      expect(values.length).toBeGreaterThanOrEqual(1);
      expect(values.length).toBeLessThanOrEqual(8);
      for (const value of values) {
        expect(value).toBeGreaterThanOrEqual(low * (1 - 1e-6));
        expect(value).toBeLessThanOrEqual(high * (1 + 1e-6));
      }
    }),
  );
});
