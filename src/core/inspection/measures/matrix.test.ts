import { describe, expect, it } from 'vitest';
import { inlineEngine } from '../../../../test/engine/engines.ts';
import { multiplyPlain } from '../../../../test/fixtures/inspection/multiplyPlain.ts';
import { randomSequence } from '../../engine/random.ts';
import { centred, columnsOf, rowsOf, transpose } from './matrix.ts';
import { createMultiplier } from './multiplier.ts';

const random = randomSequence(5, 0, 0);
const drawn = (rows: number, columns: number) => ({
  rows,
  columns,
  values: Float32Array.from({ length: rows * columns }, () => random.float() * 2 - 1),
});

describe('matrices', () => {
  const a = { rows: 2, columns: 3, values: Float64Array.of(1, 2, 3, 4, 5, 6) };

  it('multiplies, turns and cuts as worked out by hand', async () => {
    expect(transpose(a)).toEqual({ rows: 3, columns: 2, values: Float64Array.of(1, 4, 2, 5, 3, 6) });
    expect((await multiplyPlain(a, transpose(a))).values).toEqual(Float64Array.of(14, 32, 32, 77));
    expect(rowsOf(a, 1, 2).values).toEqual(Float64Array.of(4, 5, 6));
    expect(columnsOf(a, 1, 3).values).toEqual(Float64Array.of(2, 3, 5, 6));
  });

  it('centres, and makes a column that differs by less than float32 can tell exactly 0', () => {
    const x = { rows: 3, columns: 2, values: Float64Array.of(1, 0.1, 2, 0.1, 6, 0.1 + 1e-12) };
    expect(centred(x).values).toEqual(Float64Array.of(-2, 0, -1, 0, 3, 0));
    // A relative deviation of 1e-6 counts, one of 1e-8 is rounding.
    const small = { rows: 2, columns: 2, values: Float64Array.of(1 - 1e-6, 1 - 1e-8, 1 + 1e-6, 1 + 1e-8) };
    const [first, second, third, fourth] = centred(small).values;
    expect([second, fourth]).toEqual([0, 0]);
    expect(first).toBeCloseTo(-1e-6, 12);
    expect(third).toBeCloseTo(1e-6, 12);
  });
});

describe('createMultiplier', () => {
  it.each([
    [1, 1, 1],
    [3, 17, 5],
    [7, 100, 10],
    [130, 1030, 20],
    [5, 300, 700],
  ])('agrees with float64 within 3e-6 of the largest value for [%i, %i] times […, %i]', async (n, d, k) => {
    const multiplier = await createMultiplier(inlineEngine, 1);
    const a = drawn(n, d);
    const b = drawn(d, k);
    // What an earlier, larger product has left in the engine's memory must not show.
    await multiplier.multiply(drawn(20, 1024), drawn(1024, 40));
    const { rows, columns, values } = await multiplier.multiply(a, b);
    const expected = await multiplyPlain(a, b);
    expect([rows, columns]).toEqual([n, k]);
    const most = Math.max(...expected.values.map(Math.abs));
    for (const [i, value] of expected.values.entries()) expect(Math.abs(values[i]! - value)).toBeLessThan(3e-6 * most);
    await multiplier.close();
  });
});
