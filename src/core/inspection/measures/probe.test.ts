import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { multiplyPlain } from '../../../../test/fixtures/inspection/multiplyPlain.ts';
import { minimise } from '../../statistics/lbfgs.ts';
import { type Matrix, rowsOf, transpose } from './matrix.ts';
import { fitProbe, probeHits, probeProbabilities } from './probe.ts';
import { eigen } from './spectrum.ts';

const fixture = JSON.parse(
  readFileSync(new URL('../../../../test/fixtures/inspection/measures.json', import.meta.url), 'utf8'),
);
const matrix = (rows: readonly (readonly number[])[]): Matrix => ({
  rows: rows.length,
  columns: rows[0]!.length,
  values: Float64Array.from(rows.flat()),
});
const multiply = multiplyPlain;

describe('minimise', () => {
  it('finds the minimum of a quadratic, preconditioned or not, to 1e-9', async () => {
    const slopeAt = async ([a, b]: Float64Array) => ({
      value: 50 * (a! - 1) ** 2 + (b! + 2) ** 2,
      gradient: Float64Array.of(100 * (a! - 1), 2 * (b! + 2)),
    });
    for (const precondition of [undefined, ([a, b]: Float64Array) => Float64Array.of(a! / 100, b! / 2)]) {
      const options = { tolerance: 1e-10, iterations: 100, ...(precondition && { precondition }) };
      const { x, converged } = await minimise(slopeAt, new Float64Array(2), options);
      expect(converged).toBe(true);
      expect(x[0]).toBeCloseTo(1, 9);
      expect(x[1]).toBeCloseTo(-2, 9);
    }
  });
});

describe('fitProbe', () => {
  const { fit, penalty, probabilities } = fixture.probe;
  const x = matrix(fixture.x);
  const held = rowsOf(x, fit, x.rows);

  it("gives scikit-learn's held-out probabilities to 1e-6, whatever the preconditioner", async () => {
    const own = rowsOf(x, 0, fit);
    const products = await multiply(transpose(own), own);
    for (const components of [undefined, eigen(products)]) {
      const options = { multiply, penalty, tolerance: 1e-9, iterations: 500, ...(components && { components }) };
      const probe = await fitProbe(own, fixture.labels.slice(0, fit), fixture.classes, options);
      expect(probe.converged).toBe(true);
      const { values } = await probeProbabilities(probe, held, multiply);
      for (const [i, p] of probabilities.flat().entries()) expect(Math.abs(values[i]! - p)).toBeLessThan(1e-6);
    }
  });

  it('separates three blobs without a mistake', async () => {
    const centres = [
      [0, 0],
      [4, 0],
      [0, 4],
    ];
    const labels = Uint8Array.from({ length: 60 }, (_, i) => i % 3);
    const points = matrix(
      Array.from(labels, (label, i) => centres[label]!.map((c, k) => c + 0.5 * Math.sin(7 * i + k))),
    );
    const probe = await fitProbe(points, labels, 3, { multiply });
    expect([...(await probeHits(probe, points, labels, multiply))]).toEqual(Array(60).fill(1));
  });

  it('answers with the most frequent class where the features say nothing, and with the only class there is', async () => {
    const nothing = matrix(Array.from({ length: 6 }, () => [0, 0]));
    const labels = [2, 2, 0, 2, 1, 2];
    const probe = await fitProbe(nothing, labels, 3, { multiply });
    expect([...(await probeHits(probe, nothing, labels, multiply))]).toEqual([1, 1, 0, 1, 0, 1]);
    const single = await fitProbe(held, new Uint8Array(held.rows).fill(1), 3, { multiply });
    expect([...single.weights.values, ...single.bias].every(Number.isFinite)).toBe(true);
    expect([...(await probeHits(single, x, new Uint8Array(x.rows).fill(1), multiply))].every((hit) => hit === 1)).toBe(
      true,
    );
  });
});
