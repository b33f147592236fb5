import { describe, expect, it } from 'vitest';
import { classSelectivity, hoyer, trevesRolls } from './unitMeasures.ts';

const oneHot = [0, 0, 5, 0];
const zeros = [0, 0, 0];

/** n, Σ |x| and Σ x². */
const sumsOf = (values: readonly number[]) =>
  [
    values.length,
    values.reduce((sum, value) => sum + Math.abs(value), 0),
    values.reduce((sum, value) => sum + value * value, 0),
  ] as const;

describe('trevesRolls', () => {
  it('is 1 − 1/4 of one-hot, 0 of a constant, undefined of zeros', () => {
    expect(trevesRolls(...sumsOf(oneHot))).toBe(0.75);
    expect(trevesRolls(...sumsOf([0.1, 0.1, 0.1]))).toBeCloseTo(0, 15);
    expect(trevesRolls(...sumsOf(zeros))).toBeNull();
  });

  it('of 1, 2, 3 is 1 − 4 ÷ (14 ÷ 3) = 1/7', () => {
    expect(trevesRolls(...sumsOf([1, 2, 3]))).toBeCloseTo(1 / 7, 15);
  });
});

describe('hoyer', () => {
  it('is 1 of one-hot, 0 of a constant whatever the signs, undefined of zeros and of a single value', () => {
    expect(hoyer(...sumsOf(oneHot))).toBe(1);
    expect(hoyer(...sumsOf([-0.3, 0.3, -0.3]))).toBeCloseTo(0, 15);
    expect(hoyer(...sumsOf(zeros))).toBeNull();
    expect(hoyer(...sumsOf([4]))).toBeNull();
  });

  it('of 3, −4, 0, 0 is (2 − 7/5) ÷ (2 − 1) = 0.6', () => {
    expect(hoyer(...sumsOf([3, -4, 0, 0]))).toBeCloseTo(0.6, 15);
  });
});

describe('classSelectivity', () => {
  it('is 1 where one class alone excites the map, 0 where all do alike, undefined where none does', () => {
    expect(classSelectivity([0, 0, 0.7])).toEqual({ value: 1, label: 2 });
    expect(classSelectivity([2, 2, 2])).toEqual({ value: 0, label: 0 });
    expect(classSelectivity([0, 0, 0])).toBeNull();
  });

  it('of 1, 6, 2, 0 is (6 − 1) ÷ (6 + 1)', () => {
    expect(classSelectivity([1, 6, 2, 0])).toEqual({ value: 5 / 7, label: 1 });
  });

  it('leaves out classes without images, and needs two with', () => {
    expect(classSelectivity([Number.NaN, 1, 3])).toEqual({ value: 0.5, label: 2 });
    expect(classSelectivity([Number.NaN, 3])).toBeNull();
  });

  it('is undefined for means below 0', () => {
    expect(classSelectivity([-1, 2])).toBeNull();
  });
});
