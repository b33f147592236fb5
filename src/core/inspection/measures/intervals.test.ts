import { describe, expect, it } from 'vitest';
import {
  bootstrapDefinedMean,
  bootstrapMean,
  bootstrapMeanDifference,
  drawResamples,
  jackknifeEstimate,
} from './intervals.ts';

/** 0 or 1, three in ten. */
const threeInTen = (n: number) => Float64Array.from({ length: n }, (_, i) => Number((i * 7) % 10 < 3));

describe('drawResamples', () => {
  it('draws N of N images in each of 1000 resamples, each image 1000 times on average', () => {
    const { draws } = drawResamples(40, 1);
    const byResample = new Array<number>(1000).fill(0);
    const byImage = new Array<number>(40).fill(0);
    draws.forEach((times, i) => {
      byResample[i % 1000]! += times;
      byImage[Math.floor(i / 1000)]! += times;
    });
    expect(byResample.every((sum) => sum === 40)).toBe(true);
    for (const sum of byImage) expect(Math.abs(sum - 1000)).toBeLessThan(150);
  });

  it('draws the same for the same seed, and another for another', () => {
    expect(drawResamples(30, 4)).toEqual(drawResamples(30, 4));
    expect(drawResamples(30, 4)).not.toEqual(drawResamples(30, 5));
  });
});

describe('bootstrapMean', () => {
  it('of 2000 shares reaches 1.96 standard errors to either side, to 8 %', () => {
    const { value, low, high } = bootstrapMean(threeInTen(2000), drawResamples(2000, 3));
    expect(value).toBe(0.3);
    const half = 1.96 * Math.sqrt((0.3 * 0.7) / 2000);
    expect(Math.abs((value - low) / half - 1)).toBeLessThan(0.08);
    expect(Math.abs((high - value) / half - 1)).toBeLessThan(0.08);
  });

  it('of equal values, and of one value, has no width', () => {
    expect(bootstrapMean([2, 2, 2], drawResamples(3, 1))).toEqual({ value: 2, low: 2, high: 2 });
    expect(bootstrapMean([0], drawResamples(1, 1))).toEqual({ value: 0, low: 0, high: 0 });
  });

  it('refuses what has no mean, and resamples of another number of images', () => {
    expect(() => bootstrapMean([], drawResamples(0, 1))).toThrow('at least one value');
    expect(() => bootstrapMean([1, Number.NaN], drawResamples(2, 1))).toThrow('none that is NaN');
    expect(() => bootstrapMean([1, 2], drawResamples(3, 1))).toThrow('do not fit');
  });

  it('leaves undefined values out, and counts them', () => {
    const values = [1, Number.NaN, 3, Number.NaN, 2];
    const { estimate, undefinedCases } = bootstrapDefinedMean(values, drawResamples(5, 6));
    expect(undefinedCases).toBe(2);
    expect(estimate!.value).toBe(2);
    expect(estimate!.low).toBeGreaterThanOrEqual(1);
    expect(estimate!.high).toBeLessThanOrEqual(3);
    expect(bootstrapDefinedMean([Number.NaN], drawResamples(1, 1))).toEqual({ estimate: null, undefinedCases: 1 });
  });

  it('of a difference on the same images is narrower than of unpaired ones', () => {
    const a = threeInTen(500);
    const b = a.map((value, i) => (i % 50 === 0 ? 0 : value));
    const { value, low, high } = bootstrapMeanDifference(a, b, drawResamples(500, 2));
    expect(value).toBeCloseTo(10 / 500, 12);
    expect(high - low).toBeLessThan(0.03);
    expect(low).toBeGreaterThan(0);
  });
});

describe('jackknifeEstimate', () => {
  it('of a mean of four groups is ± 3.1824 standard errors of the mean', () => {
    const groups = [1, 2, 3, 6];
    const leftOut = groups.map((left) => (12 - left) / 3);
    const { value, low, high } = jackknifeEstimate(3, leftOut);
    const error = Math.sqrt(14 / 3 / 4);
    expect(value).toBe(3);
    expect((high - low) / 2 / error).toBeCloseTo(3.182446305284263, 9);
  });

  it('uses the 97.5th percentile of Student’s t to 1e-9 for 49 degrees of freedom', () => {
    const leftOut = Array.from({ length: 50 }, (_, i) => i % 2);
    const { high } = jackknifeEstimate(0, leftOut);
    expect(high / Math.sqrt((49 / 50) * 12.5)).toBeCloseTo(2.0095752371292392, 9);
  });

  it('stays within its range, and has no width with one replicate', () => {
    expect(jackknifeEstimate(0.9, [0, 1, 0, 1], [0, 1])).toMatchObject({ value: 0.9, low: 0, high: 1 });
    expect(jackknifeEstimate(0.5, [0.5])).toEqual({ value: 0.5, low: 0.5, high: 0.5 });
  });
});
