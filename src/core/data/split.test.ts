import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stratifiedFolds, stratifiedSplit } from './split.ts';

/** A small linear congruential generator: enough to make draws repeatable in a test. */
function drawsFrom(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

const cases = fc
  .uint8Array({ minLength: 1, maxLength: 300, max: 9 })
  .chain((labels) => fc.record({ labels: fc.constant(labels), n: fc.nat(labels.length - 1), seed: fc.nat() }));

describe('stratifiedSplit', () => {
  it('covers every image once, in ascending order, and draws exactly the requested number', () => {
    fc.assert(
      fc.property(cases, ({ labels, n, seed }) => {
        const { train, validation } = stratifiedSplit(labels, n, drawsFrom(seed));
        expect(validation).toHaveLength(n);
        for (const part of [train, validation]) expect(part).toEqual(part.slice().sort());
        const together = [...train, ...validation].sort((a, b) => a - b);
        expect(together).toEqual(Array.from(labels, (_, index) => index));
      }),
    );
  });

  it('keeps every class within one image of its exact share', () => {
    fc.assert(
      fc.property(cases, ({ labels, n, seed }) => {
        const { validation } = stratifiedSplit(labels, n, drawsFrom(seed));
        for (const label of new Set(labels)) {
          const share = (n * labels.filter((each) => each === label).length) / labels.length;
          const got = validation.filter((index) => labels[index] === label).length;
          expect(Math.abs(got - share)).toBeLessThan(1);
        }
      }),
    );
  });

  it('depends on the draws alone', () => {
    const labels = Uint8Array.from({ length: 600 }, (_, index) => index % 10);
    const split = (seed: number) => stratifiedSplit(labels, 100, drawsFrom(seed)).validation;
    expect(split(7)).toEqual(split(7));
    expect(split(7)).not.toEqual(split(8));
  });

  it('draws every image of a class about equally often', () => {
    const labels = new Uint8Array(10);
    const draws = drawsFrom(1);
    const seen = new Array<number>(10).fill(0);
    for (let round = 0; round < 5000; round++) {
      for (const index of stratifiedSplit(labels, 3, draws).validation) seen[index]! += 1;
    }
    for (const times of seen) expect(Math.abs(times - 1500)).toBeLessThan(150);
  });

  it.each([-1, 4, 0.5])('refuses to set %s of 4 images aside', (n) => {
    expect(() => stratifiedSplit([0, 1, 2, 1], n, () => 0)).toThrow(/choose from 0 to 3/);
  });
});

describe('stratifiedFolds', () => {
  it('covers every image once, in folds whose sizes and classes differ by one at most', () => {
    const labels = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(labels, fc.integer({ min: 2, max: 9 }), fc.integer(), (given, wanted, seed) => {
        const folds = stratifiedFolds(given, Math.min(wanted, given.length), drawsFrom(seed));
        expect(folds.flatMap((fold) => [...fold]).sort((a, b) => a - b)).toEqual([...given.keys()]);
        const spread = (counts: number[]) => Math.max(...counts) - Math.min(...counts);
        expect(spread(folds.map((fold) => fold.length))).toBeLessThanOrEqual(1);
        for (const label of new Set(given)) {
          expect(spread(folds.map((fold) => fold.filter((i) => given[i] === label).length))).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('depends on the draws', () => {
    const labels = Uint8Array.from({ length: 60 }, (_, index) => index % 3);
    expect(stratifiedFolds(labels, 4, drawsFrom(7))).toEqual(stratifiedFolds(labels, 4, drawsFrom(7)));
    expect(stratifiedFolds(labels, 4, drawsFrom(7))).not.toEqual(stratifiedFolds(labels, 4, drawsFrom(8)));
  });

  it.each([1, 5, 2.5])('refuses %s folds of 4 images', (n) => {
    expect(() => stratifiedFolds([0, 1, 2, 1], n, () => 0)).toThrow(/choose from 2 to 4/);
  });
});
