import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { multiplyPlain } from '../../../../test/fixtures/inspection/multiplyPlain.ts';
import { randomSequence } from '../../engine/random.ts';
import { eigenvalues } from './eigenvalues.ts';
import { type Matrix, transpose } from './matrix.ts';
import { rankMetrics } from './rank.ts';
import { effectiveRank, eigen, leadingComponents, participationRatio } from './spectrum.ts';

const fixture = JSON.parse(
  readFileSync(new URL('../../../../test/fixtures/inspection/measures.json', import.meta.url), 'utf8'),
);

const matrix = (rows: readonly (readonly number[])[]): Matrix => ({
  rows: rows.length,
  columns: rows[0]!.length,
  values: Float64Array.from(rows.flat()),
});

function drawn(rows: number, columns: number, scale: (column: number) => number = () => 1): Matrix {
  const random = randomSequence(3, 0, rows);
  const values = Float64Array.from({ length: rows * columns }, (_, i) => (random.float() - 0.5) * scale(i % columns));
  return { rows, columns, values };
}

describe('effectiveRank and participationRatio', () => {
  it('are the number of directions where all are alike', () => {
    expect(effectiveRank([4, 4, 4, 0])).toBeCloseTo(3, 12);
    expect(participationRatio([4, 4, 4, 0])).toBeCloseTo(3, 12);
  });

  it('are those worked out by hand for a diagonal covariance of 9 and 1', () => {
    // σ = 3, 1: p = 3/4, 1/4.
    expect(effectiveRank([9, 1])).toBeCloseTo(Math.exp(-(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25))), 12);
    expect(participationRatio([9, 1])).toBeCloseTo(100 / 82, 12);
  });

  it('are 1 for one direction and undefined for none', () => {
    expect(effectiveRank([5, 1e-15, -1e-16])).toBe(1);
    expect(participationRatio([5, 0])).toBe(1);
    expect(effectiveRank([0, 0])).toBeUndefined();
    expect(participationRatio([0])).toBeUndefined();
  });
});

describe('rankMetrics', () => {
  it.each(['x', 'y', 'wide'])("agrees with NumPy's to 1e-9 for %s", (name) => {
    const figures = rankMetrics(matrix(fixture[name]), 5);
    expect(figures.effectiveRank!.value).toBeCloseTo(fixture.ranks[name].effectiveRank, 9);
    expect(figures.participationRatio!.value).toBeCloseTo(fixture.ranks[name].participationRatio, 9);
  });

  it('leaves out groups as if their images had never been there', () => {
    const x = matrix(fixture.x);
    const without = rankMetrics(matrix(fixture.x.filter((_: unknown, i: number) => i < 18 || i >= 36)), 1);
    const figures = rankMetrics(x, 5);
    expect(figures.effectiveRank!.leftOut).toHaveLength(5);
    expect(figures.effectiveRank!.leftOut[1]).toBeCloseTo(without.effectiveRank!.value, 9);
    expect(figures.participationRatio!.leftOut[1]).toBeCloseTo(without.participationRatio!.value, 9);
  });

  it('gives a rank of 1 where one column varies, and is undefined where none does', () => {
    const x = matrix([
      [1, 0.1, 0],
      [2, 0.1, 0],
      [5, 0.1, 0],
      [3, 0.1, 0],
    ]);
    expect(rankMetrics(x, 2).effectiveRank!.value).toBe(1);
    const constant = rankMetrics(matrix([[0.1], [0.1], [0.1]]), 3);
    expect(constant).toEqual({ effectiveRank: undefined, participationRatio: undefined });
    expect(rankMetrics(matrix([[1, 2]]), 1).effectiveRank).toBeUndefined();
  });
});

describe('eigenvalues', () => {
  it('are those of a matrix worked out by hand', () => {
    expect([
      ...eigenvalues(
        matrix([
          [2, 1],
          [1, 2],
        ]),
      ),
    ]).toEqual([expect.closeTo(3, 12), expect.closeTo(1, 12)]);
    expect([...eigenvalues(matrix([[0]]))]).toEqual([0]);
    expect([
      ...eigenvalues(
        matrix([
          [0, 0, 0],
          [0, 7, 0],
          [0, 0, -2],
        ]),
      ),
    ]).toEqual([7, 0, -2]);
  });

  it('agree with the whole decomposition to 1e-10 of the largest, full rank or not', async () => {
    for (const x of [drawn(60, 30), drawn(12, 30)]) {
      const products = await multiplyPlain(transpose(x), x);
      const { values } = eigen(products);
      const found = eigenvalues(products);
      for (const [i, value] of values.entries()) expect(Math.abs(found[i]! - value)).toBeLessThan(1e-10 * values[0]!);
    }
  });
});

describe('leadingComponents', () => {
  it('are exact for few dimensions and span 99.9 % of the leading variance for many', async () => {
    for (const d of [12, 60]) {
      const x = drawn(200, d, (column) => 10 / (1 + column));
      const products = await multiplyPlain(transpose(x), x);
      const exact = eigen(products);
      const { values, vectors } = await leadingComponents(products, 5, multiplyPlain, randomSequence(1, 0, 0));
      expect(vectors.rows).toBe(5);
      const share = d === 12 ? 1e-10 : 1e-3;
      for (let k = 0; k < 5; k++) expect(Math.abs(values[k]! / exact.values[k]! - 1)).toBeLessThan(share);
      const gram = await multiplyPlain(vectors, transpose(vectors));
      for (let i = 0; i < 25; i++) expect(gram.values[i]).toBeCloseTo(i % 6 === 0 ? 1 : 0, 9);
    }
  });
});
