import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { difference, isAbove, isBelow, trend } from './rules.ts';

const about = (value: number, half = 0.01) => ({ value, low: value - half, high: value + half });
const estimate = fc
  .tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: 0, max: 0.2, noNaN: true }))
  .map(([value, half]) => about(value, half));

describe('below and above', () => {
  it('take disjoint intervals only', () => {
    expect(isBelow(about(0.1), about(0.2))).toBe(true);
    expect(isBelow(about(0.19), about(0.2))).toBe(false);
    expect(isAbove(about(0.2), about(0.1))).toBe(true);
    expect(isBelow({ value: 0, low: 0, high: 1 }, { value: 1, low: 1, high: 1 })).toBe(false);
  });

  it('are each other’s mirror, and never hold both ways', () => {
    fc.assert(
      fc.property(estimate, estimate, (a, b) => {
        expect(isAbove(a, b)).toBe(isBelow(b, a));
        expect(isBelow(a, b) && isAbove(a, b)).toBe(false);
      }),
    );
  });
});

describe('difference', () => {
  it('0.5 ± 0.03 less 0.2 ± 0.04 is 0.3 ± 0.05', () => {
    const { value, low, high } = difference(about(0.5, 0.03), about(0.2, 0.04));
    expect([value, low, high].map((x) => Number(x.toFixed(12)))).toEqual([0.3, 0.25, 0.35]);
  });

  it('adds the sides of uneven intervals that point the same way', () => {
    const { low, high } = difference({ value: 0.5, low: 0.4, high: 0.52 }, { value: 0.2, low: 0.19, high: 0.23 });
    expect(low).toBeCloseTo(0.3 - Math.hypot(0.1, 0.03), 12);
    expect(high).toBeCloseTo(0.3 + Math.hypot(0.02, 0.01), 12);
  });

  it('lies within its interval, which is no wider than both together', () => {
    fc.assert(
      fc.property(estimate, estimate, (a, b) => {
        const { value, low, high } = difference(a, b);
        expect(low).toBeLessThanOrEqual(value);
        expect(high).toBeGreaterThanOrEqual(value);
        expect(high - low).toBeLessThanOrEqual(a.high - a.low + b.high - b.low + 1e-12);
      }),
    );
  });
});

describe('trend', () => {
  it('falls from first to last', () => {
    expect(
      trend(
        [0.9, 0.5, 0.2].map((v) => about(v)),
        'falls',
      ),
    ).toMatchObject({ moves: true, steady: true });
    expect(
      trend(
        [0.9, 0.5, 0.2].map((v) => about(v)),
        'rises',
      ),
    ).toMatchObject({ moves: false, steady: false });
  });

  it('is not steady when half of the steps go the other way', () => {
    expect(
      trend(
        [0.9, 0.95, 0.2].map((v) => about(v)),
        'falls',
      ),
    ).toMatchObject({ moves: true, steady: false });
    expect(
      trend(
        [0.9, 0.95, 0.5, 0.2].map((v) => about(v)),
        'falls',
      ),
    ).toMatchObject({ moves: true, steady: true });
  });

  it('does not count a step within the intervals against it', () => {
    expect(
      trend(
        [0.9, 0.91, 0.2].map((v) => about(v)),
        'falls',
      ).steady,
    ).toBe(true);
  });

  it('gives the change in its direction', () => {
    expect(trend([about(0.2), about(0.5)], 'rises').change.value).toBeCloseTo(0.3);
    expect(trend([about(0.2), about(0.5)], 'falls').change.value).toBeCloseTo(-0.3);
  });
});
