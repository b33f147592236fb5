import fc from 'fast-check';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import { littleEndianBytes, sha256 } from '../bytes.ts';
import { randomSequence } from '../engine/random.ts';
import { symmetricEigen } from './eigen.ts';

/** A symmetric matrix with values in [−1, 1), always the same for the same seed. */
function symmetric(D: number, seed: number): Float64Array {
  const random = randomSequence(seed, 0, 0);
  const matrix = new Float64Array(D * D);
  for (let i = 0; i < D; i++)
    for (let j = i; j < D; j++) {
      matrix[i * D + j] = random.float() * 2 - 1;
      matrix[j * D + i] = matrix[i * D + j]!;
    }
  return matrix;
}

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const rowOf = (matrix: Float64Array, D: number, i: number) => matrix.subarray(i * D, (i + 1) * D);

describe.each([1, 2, 3, 9, 27, 50])('a symmetric matrix of %i rows', (D) => {
  const matrix = symmetric(D, D);
  const { values, vectors } = symmetricEigen(matrix, D);

  test('times an eigenvector is the eigenvalue times it, within 1e-13', () => {
    for (let k = 0; k < D; k++) {
      const v = rowOf(vectors, D, k);
      for (let i = 0; i < D; i++)
        expect(Math.abs(dot(rowOf(matrix, D, i), v) - values[k]! * v[i]!)).toBeLessThan(1e-13);
    }
  });

  test('has orthonormal eigenvectors, within 1e-13, each with its largest component above 0', () => {
    for (let k = 0; k < D; k++) {
      const v = rowOf(vectors, D, k);
      for (let j = 0; j < D; j++)
        expect(Math.abs(dot(v, rowOf(vectors, D, j)) - (j === k ? 1 : 0))).toBeLessThan(1e-13);
      expect(Math.max(...v)).toBe(Math.max(...v.map(Math.abs)));
    }
  });

  test('has ml-matrix’s eigenvalues, within 1e-13, largest first', () => {
    const rows = Array.from({ length: D }, (_, i) => [...rowOf(matrix, D, i)]);
    const expected = new EigenvalueDecomposition(new Matrix(rows)).realEigenvalues.sort((a, b) => b - a);
    for (const [k, value] of values.entries()) expect(Math.abs(value - expected[k]!)).toBeLessThan(1e-13);
  });
});

test('matrices of any scale, with equal rows and zeros: A·v = λ·v within 1e-14 of the largest value', () => {
  const cases = fc.integer({ min: 1, max: 6 }).chain((D) =>
    fc.record({
      D: fc.constant(D),
      scale: fc.constantFrom(1e-12, 1, 1e9),
      digits: fc.array(fc.integer({ min: -2, max: 2 }), { minLength: D * D, maxLength: D * D }),
    }),
  );
  fc.assert(
    fc.property(cases, ({ D, scale, digits }) => {
      const matrix = Float64Array.from(digits, (_, n) => {
        const [i, j] = [Math.floor(n / D), n % D];
        return scale * digits[Math.min(i, j) * D + Math.max(i, j)]!;
      });
      const { values, vectors } = symmetricEigen(matrix, D);
      for (let k = 0; k < D; k++) {
        const v = rowOf(vectors, D, k);
        expect(dot(v, v)).toBeCloseTo(1, 12);
        for (let i = 0; i < D; i++)
          expect(Math.abs(dot(rowOf(matrix, D, i), v) - values[k]! * v[i]!)).toBeLessThan(scale * D * 1e-14 * 4);
      }
    }),
  );
});

test('equal eigenvalues keep the order of the axes', () => {
  const { values, vectors } = symmetricEigen(Float64Array.of(2, 0, 0, 0, 3, 0, 0, 0, 2), 3);
  expect([...values]).toEqual([3, 2, 2]);
  expect([...vectors]).toEqual([0, 1, 0, 1, 0, 0, 0, 0, 1]);
});

test('has the same bits on every machine', async () => {
  const { values, vectors } = symmetricEigen(symmetric(12, 5), 12);
  const floats = Float32Array.from([...values, ...vectors]);
  const low = Float32Array.from([...values, ...vectors], (value, i) => (value - floats[i]!) * 2 ** 24);
  expect(await sha256(littleEndianBytes(Float32Array.from([...floats, ...low])))).toMatchInlineSnapshot(
    `"07648c48db0e9e1d80c061588dff36ccb457a2dbbdea6c21970aa9d152d6a517"`,
  );
});
