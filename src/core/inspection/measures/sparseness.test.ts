import { describe, expect, it } from 'vitest';
import { hoyer, trevesRolls, zeroFraction } from './sparseness.ts';

const oneHot = [0, 0, 5, 0];
const zeros = [0, 0, 0];

describe('zeroFraction', () => {
  it('is 3/4 of one-hot, 1 of zeros, 0 of a constant; minus zero is zero', () => {
    expect(zeroFraction(oneHot)).toBe(0.75);
    expect(zeroFraction(zeros)).toBe(1);
    expect(zeroFraction([2, 2])).toBe(0);
    expect(zeroFraction([-0, -1])).toBe(0.5);
  });
});

describe('trevesRolls', () => {
  it('is 1 − 1/4 of one-hot, 0 of a constant, undefined of zeros', () => {
    expect(trevesRolls(oneHot)).toBe(0.75);
    expect(trevesRolls([0.1, 0.1, 0.1])).toBeCloseTo(0, 15);
    expect(trevesRolls(zeros)).toBeNull();
  });

  it('of 1, 2, 3 is 1 − 4 ÷ (14 ÷ 3) = 1/7', () => {
    expect(trevesRolls([1, 2, 3])).toBeCloseTo(1 / 7, 15);
  });
});

describe('hoyer', () => {
  it('is 1 of one-hot, 0 of a constant whatever the signs, undefined of zeros and of a single value', () => {
    expect(hoyer(oneHot)).toBe(1);
    expect(hoyer([-0.3, 0.3, -0.3])).toBeCloseTo(0, 15);
    expect(hoyer(zeros)).toBeNull();
    expect(hoyer([4])).toBeNull();
  });

  it('of 3, −4, 0, 0 is (2 − 7/5) ÷ (2 − 1) = 0.6', () => {
    expect(hoyer([3, -4, 0, 0])).toBeCloseTo(0.6, 15);
  });
});
