import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { multiplyPlain } from '../../../../test/fixtures/inspection/multiplyPlain.ts';
import { randomSequence } from '../../engine/random.ts';
import { cka, similarityOf } from './cka.ts';
import type { Matrix } from './matrix.ts';
import { createSketch } from './sketch.ts';

const fixture = JSON.parse(
  readFileSync(new URL('../../../../test/fixtures/inspection/measures.json', import.meta.url), 'utf8'),
);

const matrix = (rows: readonly (readonly number[])[]): Matrix => ({
  rows: rows.length,
  columns: rows[0]!.length,
  values: Float64Array.from(rows.flat()),
});
const oneHot = (labels: readonly number[], classes: number) =>
  matrix(labels.map((label) => Array.from({ length: classes }, (_, k) => Number(k === label))));

const exact = (x: Matrix, groups = 1) => similarityOf(x, { sketched: false, groups, multiply: multiplyPlain });
const ckaOf = async (a: Matrix, b: Matrix) => cka(await exact(a), await exact(b))?.value;

/** Independent, roughly normal. */
function noise(rows: number, columns: number, index: number): Matrix {
  const random = randomSequence(9, 0, index);
  const draw = () => random.float() + random.float() + random.float() - 1.5;
  return { rows, columns, values: Float64Array.from({ length: rows * columns }, draw) };
}

describe('debiased linear CKA', () => {
  it("agrees with NumPy's to 1e-6", async () => {
    const [x, y, labels] = [matrix(fixture.x), matrix(fixture.y), oneHot(fixture.labels, fixture.classes)];
    expect(await ckaOf(x, y)).toBeCloseTo(fixture.cka.xy, 6);
    expect(await ckaOf(x, labels)).toBeCloseTo(fixture.cka.xLabels, 6);
    expect(await ckaOf(y, labels)).toBeCloseTo(fixture.cka.yLabels, 6);
  });

  it('is 1 with itself, moved, scaled and turned', async () => {
    const x = matrix(fixture.x.map(([a, b]: number[]) => [a, b]));
    const turned = matrix(
      fixture.x.map(([a, b]: number[]) => [3 * (0.6 * a! - 0.8 * b!) + 5, 3 * (0.8 * a! + 0.6 * b!)]),
    );
    expect(await ckaOf(x, x)).toBeCloseTo(1, 12);
    expect(await ckaOf(x, turned)).toBeCloseTo(1, 6);
  });

  it('is within 0.05 of 0 for independent noise of 300 dimensions and 100 images, where the plain estimator gives 0.7', async () => {
    expect(Math.abs((await ckaOf(noise(100, 300, 0), noise(100, 300, 1)))!)).toBeLessThan(0.05);
  });

  it('leaves out groups as if their images had never been there', async () => {
    const keep = <T>(rows: readonly T[]) => rows.filter((_, i) => i < 30 || i >= 60);
    const whole = cka(await exact(matrix(fixture.x), 3), await exact(matrix(fixture.y), 3))!;
    expect(whole.leftOut).toHaveLength(3);
    expect(whole.leftOut[1]).toBeCloseTo((await ckaOf(matrix(keep(fixture.x)), matrix(keep(fixture.y))))!, 6);
  });

  it('is undefined, not NaN, where one side does not vary and with fewer than four images', async () => {
    const x = matrix(fixture.x);
    const constant = matrix(fixture.x.map(() => [0.1, 0, 0.3]));
    expect(await ckaOf(x, constant)).toBeUndefined();
    expect(await ckaOf(constant, constant)).toBeUndefined();
    expect(
      await ckaOf(
        x,
        oneHot(
          fixture.labels.map(() => 2),
          4,
        ),
      ),
    ).toBeUndefined();
    expect(await ckaOf(matrix([[1], [2], [4]]), matrix([[1], [2], [4]]))).toBeUndefined();
  });

  it('is kept by a sketch of 2,000 dimensions in 256 within 0.05', async () => {
    const [n, width, columns] = [120, 2000, 256];
    const latent = noise(n, 6, 2);
    // Two layers that see three of six hidden causes strongly, and not the same three.
    const layer = async (index: number, weights: readonly number[]) => {
      const mixing = noise(6, width, index);
      const weighted = mixing.values.map((value, i) => value * weights[Math.floor(i / width)]!);
      const { values } = await multiplyPlain(latent, { ...mixing, values: weighted });
      const own = noise(n, width, index + 10).values;
      return { rows: n, columns: width, values: Float32Array.from(values, (value, i) => value + own[i]!) };
    };
    const sketchOf = (x: { values: Float32Array }, index: number) => {
      const sketch = createSketch(width, columns, randomSequence(1, 0, index));
      const values = new Float32Array(n * columns);
      sketch.project(x.values, values, 0);
      return similarityOf({ rows: n, columns, values }, { sketched: true, groups: 1, multiply: multiplyPlain });
    };
    const a = await layer(3, [2, 2, 1, 0.2, 0.2, 0]);
    const b = await layer(4, [0, 0.2, 1, 1, 2, 2]);
    const whole = cka(await exact(a), await exact(b))!.value;
    const sketched = cka(await sketchOf(a, 0), await sketchOf(b, 1))!.value;
    expect(whole).toBeGreaterThan(0.05);
    expect(whole).toBeLessThan(0.9);
    expect(Math.abs(sketched - whole)).toBeLessThan(0.05);
    const own = cka(await sketchOf(a, 0), await exact(a))!.value;
    expect(Math.abs(own - 1)).toBeLessThan(0.05);
  });
});
