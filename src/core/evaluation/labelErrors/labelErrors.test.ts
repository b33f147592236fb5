import { describe, expect, it } from 'vitest';
import { findLabelErrors } from './labelErrors.ts';

/** Worked by hand: thresholds are 0.7 = (0.9 + 0.8 + 0.4) ÷ 3, and 0.6 = (0.9 + 0.7 + 0.2) ÷ 3. */
const example = {
  probabilities: Float32Array.of(0.9, 0.1, 0.8, 0.2, 0.4, 0.6, 0.1, 0.9, 0.3, 0.7, 0.8, 0.2),
  labels: Uint32Array.of(0, 0, 0, 1, 1, 1),
  classes: 2,
};

describe('findLabelErrors', () => {
  it('has the mean probability of each class over its images as its threshold', () => {
    const { thresholds } = findLabelErrors(example);
    expect(thresholds[0]).toBeCloseTo(0.7, 6);
    expect(thresholds[1]).toBeCloseTo(0.6, 6);
  });

  it('counts images where a class reaches its threshold', () => {
    expect(findLabelErrors(example).joint).toEqual([
      [2, 1],
      [1, 2],
    ]);
  });

  it('lists the errors, the least probable label first', () => {
    expect(findLabelErrors(example).errors.map(({ index, given, suggested }) => [index, given, suggested])).toEqual([
      [5, 1, 0],
      [2, 0, 1],
    ]);
  });

  it('takes the more probable of two classes that reach their thresholds', () => {
    const { errors } = findLabelErrors({
      probabilities: Float32Array.of(0.2, 0.5, 0.3, 0.2, 0.45, 0.35, 0.6, 0.1, 0.3),
      labels: Uint32Array.of(1, 2, 0),
      classes: 3,
    });
    expect(errors).toEqual([]);
    const two = findLabelErrors({
      probabilities: Float32Array.of(0.2, 0.4, 0.4, 0.1, 0.2, 0.7, 0.6, 0.1, 0.3, 0, 0.55, 0.45),
      labels: Uint32Array.of(1, 2, 0, 0),
      classes: 3,
    });
    expect(two.errors.map(({ index, suggested }) => [index, suggested])).toEqual([[3, 1]]);
  });

  it('suggests no class that has no images', () => {
    const { joint, thresholds } = findLabelErrors({
      probabilities: Float32Array.of(0.5, 0.5, 0.4, 0.6),
      labels: Uint32Array.of(0, 0),
      classes: 2,
    });
    expect(thresholds[1]).toBeNaN();
    expect(joint).toEqual([
      [1, 0],
      [0, 0],
    ]);
  });

  it('refuses probabilities that are no numbers', () => {
    expect(() => findLabelErrors({ ...example, probabilities: Float32Array.of(0.5, Number.NaN) })).toThrow('image 0');
  });
});
