import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { multiplyPlain } from '../../../../test/fixtures/inspection/multiplyPlain.ts';
import { decode } from './decoding.ts';
import { columnMeans, type Matrix, rowsOf, shifted, transpose } from './matrix.ts';
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
const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);

describe('decode', () => {
  it("leaves what scikit-learn's ridge regression from principal components leaves of every image, to 1e-6", async () => {
    const { fit, components, residual, r2 } = fixture.decoding;
    const [x, pixels] = [matrix(fixture.x), matrix(fixture.pixels)];
    const means = columnMeans(rowsOf(x, 0, fit));
    const moved = shifted(x, means);
    const own = rowsOf(moved, 0, fit);
    const axes = transpose(eigen(await multiply(transpose(own), own)).vectors);
    const z = await multiply(moved, axes);
    const data = {
      fit: rowsOf(z, 0, fit),
      score: rowsOf(z, fit, x.rows),
      fitPixels: rowsOf(pixels, 0, fit),
      scorePixels: rowsOf(pixels, fit, x.rows),
    };
    const [three, decoded] = await decode(data, [3, components], multiply);
    for (const [i, left] of residual.entries()) expect(decoded!.residual[i]).toBeCloseTo(left, 6);
    expect(1 - total(decoded!.residual) / total(decoded!.deviation)).toBeCloseTo(r2, 6);
    expect(three!.deviation).toEqual(decoded!.deviation);
    expect(total(three!.residual)).toBeGreaterThan(total(decoded!.residual));
  });

  it('gives back a linear map with R² above 0.99999', async () => {
    const z = matrix(Array.from({ length: 40 }, (_, i) => [Math.sin(i), Math.cos(2 * i)]));
    const own = shifted(z, columnMeans(z));
    const pixels = matrix(
      Array.from({ length: 40 }, (_, i) => [2 * Math.sin(i) - Math.cos(2 * i) + 3, Math.cos(2 * i)]),
    );
    const [decoded] = await decode({ fit: own, score: own, fitPixels: pixels, scorePixels: pixels }, [2], multiply);
    expect(1 - total(decoded!.residual) / total(decoded!.deviation)).toBeGreaterThan(0.99999);
  });

  it('takes the penalty that does best on the last fifth of the training images', async () => {
    // Pixels are the component times 1, 1, 1, 5 and, in the last pair of images, 0: there the largest penalty, 1, errs least.
    const slopes = [1, 1, 1, 5, 0];
    const z = matrix(Array.from({ length: 10 }, (_, n) => [n % 2 === 0 ? 1 : -1]));
    const pixels = matrix(Array.from(z.values, (x, n) => [x * slopes[n >> 1]!]));
    const held = { score: matrix([[1]]), scorePixels: matrix([[0]]) };
    const [decoded] = await decode({ fit: z, fitPixels: pixels, ...held }, [1], multiply);
    // The mean slope, 1.6, shrunk by 1 + penalty.
    expect(decoded!.residual[0]).toBeCloseTo((1.6 / 2) ** 2, 12);
    expect(decoded!.deviation[0]).toBe(0);
  });

  it('gives back the mean, R² 0, from what does not vary, even from one image', async () => {
    for (const count of [1, 2, 7]) {
      const z = { rows: count, columns: 2, values: new Float64Array(count * 2) };
      const pixels = matrix(Array.from({ length: count }, (_, i) => [i, 1]));
      const [decoded] = await decode({ fit: z, score: z, fitPixels: pixels, scorePixels: pixels }, [2], multiply);
      expect(decoded!.residual).toEqual(decoded!.deviation);
    }
  });
});
