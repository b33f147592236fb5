import { describe, expect, it } from 'vitest';
import { classSelectivity } from './selectivity.ts';

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
