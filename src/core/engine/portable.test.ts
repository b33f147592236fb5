import { describe, expect, test } from 'vitest';
import { cos, exp, log } from './portable.ts';
import { randomSequence, streams } from './random.ts';

const random = randomSequence(3, streams.inspection, 0);
const draws = Array.from({ length: 2000 }, () => random.float());

describe('exp', () => {
  test('is within 1e-15 of the host’s from −700 to 700', () => {
    for (const draw of draws) {
      const x = (draw - 0.5) * 1400;
      expect(Math.abs(exp(x) / Math.exp(x) - 1), `${x}`).toBeLessThan(1e-15);
    }
  });

  test('is exact at 0, and ends in 0 and Infinity', () => {
    expect([exp(0), exp(-1000), exp(Number.NEGATIVE_INFINITY), exp(1000)]).toEqual([1, 0, 0, Number.POSITIVE_INFINITY]);
  });
});

describe('log', () => {
  test('is within 1e-15 of the host’s, relative or absolute, from 2⁻¹⁴⁹ to 2¹⁵¹', () => {
    for (const draw of draws) {
      const x = (draw + 2 ** -24) * 2 ** Math.floor(draw * 300 - 149);
      const expected = Math.log(x);
      expect(Math.abs(log(x) - expected), `${x}`).toBeLessThan(1e-15 * Math.max(1, Math.abs(expected)));
    }
  });

  test('is exact at 1', () => {
    expect(log(1)).toBe(0);
  });
});

describe('cos', () => {
  test('is within 1e-15 of the host’s from −1,000 to 1,000', () => {
    for (const draw of draws) {
      const x = (draw - 0.5) * 2000;
      expect(Math.abs(cos(x) - Math.cos(x)), `${x}`).toBeLessThan(1e-15);
    }
  });

  test('is exact at 0, even, and −1 at π', () => {
    expect([cos(0), cos(Math.PI), cos(-1)]).toEqual([1, -1, cos(1)]);
  });
});
