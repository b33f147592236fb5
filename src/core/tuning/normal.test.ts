import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { normalMass } from './normal.ts';

// scipy.stats.norm.cdf and .sf
test.each([
  [-1, 1, 0.6826894921370859],
  [0, 1.96, 0.4750021048517795],
  [-40, -2.5, 0.006209665325776132],
  [3.6, 40, 0.00015910859015753364],
  [8, 9, 6.219831985865787e-16],
  [-9, -8, 6.219831985865787e-16],
  [20, 40, 2.7536241186061556e-89],
])('the mass between %d and %d is right to 1e-12 of itself', (a, b, mass) => {
  expect(Math.abs(normalMass(a, b) / mass - 1)).toBeLessThan(1e-12);
});

it('is the sum of the masses of two parts', () => {
  const point = fc.double({ min: -6, max: 6, noNaN: true });
  fc.assert(
    fc.property(point, point, point, (...points) => {
      const [a, b, c] = points.sort((x, y) => x - y) as [number, number, number];
      expect(Math.abs(normalMass(a, b) + normalMass(b, c) - normalMass(a, c))).toBeLessThan(1e-13);
    }),
  );
});
