import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inlineEngine } from '../../../../test/engine/engines.ts';
import type { Neighbour } from './search.ts';
import { collapse, diversified, enoughNeighbours, similarTo, visibleScore } from './shaping.ts';
import { createVectorIndex, exactSearch } from './vectorIndex.ts';
import { cosine, meanQuery, normalised, sideBySide } from './vectors.ts';

const neighbours = fc
  .uniqueArray(fc.nat(30), { maxLength: 20 })
  .chain((rows) =>
    fc
      .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: rows.length, maxLength: rows.length })
      .map((scores): Neighbour[] => scores.sort((a, b) => b - a).map((score, i) => ({ row: rows[i]!, score }))),
  );
/** For each of 31 rows the digest of its picture and its group of variants; null for none. */
const keys = fc.array(fc.tuple(fc.option(fc.nat(8)), fc.option(fc.nat(8))), { minLength: 31, maxLength: 31 });
const keysIn = (all: (number | null)[][]) => (row: number) =>
  all[row]!.flatMap((key, kind) => (key === null ? [] : [`${'dg'[kind]}:${key}`]));

const angle = (degrees: number) =>
  Float32Array.of(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180));

describe('collapse', () => {
  test('never shows two of one key, nor one of the query’s keys, and loses no other', () => {
    fc.assert(
      fc.property(neighbours, keys, fc.array(fc.nat(8)), (given, all, groups) => {
        const keysOf = keysIn(all);
        const own = groups.map((group) => `g:${group}`);
        const shown = collapse(given, keysOf, own);
        const shownKeys = shown.flatMap(({ row }) => keysOf(row));
        expect(new Set(shownKeys).size).toBe(shownKeys.length);
        expect(shownKeys.filter((key) => own.includes(key))).toEqual([]);
        const others = given.filter(({ row }) => !keysOf(row).some((key) => own.includes(key)));
        const kept = shown.flatMap(({ row, collapsed }) => [row, ...collapsed]);
        expect(kept.sort((a, b) => a - b)).toEqual(others.map(({ row }) => row).sort((a, b) => a - b));
        expect(shown.map(({ row, score }) => ({ row, score }))).toEqual(
          given.filter(({ row }) => shown.some((one) => one.row === row)),
        );
      }),
    );
  });

  test('a row that shares a picture with one product and a group with another makes them one', () => {
    const all = ['a', 'ab', 'b', 'c'];
    const given = all.map((_, row) => ({ row, score: 1 - row / 10 }));
    expect(collapse(given, (row) => [...all[row]!])).toEqual([
      { row: 0, score: 1, collapsed: [1, 2] },
      { row: 3, score: 0.7, collapsed: [] },
    ]);
  });
});

describe('diversity', () => {
  test('λ = 1 is the plain ranking; any λ chooses the best first and nothing twice', () => {
    fc.assert(
      fc.property(neighbours, fc.nat(25), fc.double({ min: 0, max: 1, noNaN: true }), (given, limit, lambda) => {
        const vectorOf = (row: number) => angle(row * 11);
        expect(diversified(given, limit, 1, vectorOf)).toEqual(given.slice(0, limit));
        const chosen = diversified(given, limit, lambda, vectorOf);
        expect(chosen).toHaveLength(Math.min(limit, given.length));
        expect(new Set(chosen).size).toBe(chosen.length);
        if (lambda > 0 && limit > 0) expect(chosen[0]).toBe(given[0]);
      }),
    );
  });

  test('worked by hand: at λ = 0.3 the twin of the best comes after one that is less similar but different', () => {
    // Cosines with the query 0.988, 0.985, 0.643; with the best one 1, 0.99985, 0.755.
    const degrees = [1, 0, -40];
    const given = degrees.map((degree, row) => ({ row, score: cosine(angle(10), angle(degree)) }));
    const order = (lambda: number) =>
      diversified(given, 3, lambda, (row) => angle(degrees[row]!)).map(({ row }) => row);
    expect(order(0.5)).toEqual([0, 1, 2]);
    expect(order(0.3)).toEqual([0, 2, 1]);
  });
});

describe('enough neighbours', () => {
  const rowsOf = (n: number) => Array.from({ length: n }, (_, row) => ({ row, score: 1 - row / 1000 }));

  test('asks for more until enough are left, and stops where there are no more', async () => {
    const asked: number[] = [];
    const find = async (n: number) => {
      asked.push(n);
      return rowsOf(Math.min(n, 100));
    };
    const rare = (found: readonly Neighbour[]) => found.filter(({ row }) => row % 10 === 9);
    expect((await enoughNeighbours(find, rare, 4)).map(({ row }) => row)).toEqual([9, 19, 29, 39]);
    expect(asked).toEqual([8, 32, 128]);
    expect(await enoughNeighbours(find, rare, 50)).toHaveLength(10);
  });

  test('filters, threshold and collapsing never return fewer than there are: as many as by brute force', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(100), fc.nat(4), fc.boolean()), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 8 }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        async (products, limit, minimumScore) => {
          const index = createVectorIndex(inlineEngine, 2);
          for (const [degree] of products) index.add(angle(degree));
          const groupOf = (row: number) => `g:${products[row]![1]}`;
          const shown = await similarTo(exactSearch(index), angle(0), {
            limit,
            minimumScore,
            filter: (row) => products[row]![2],
            keysOf: (row) => [groupOf(row)],
            ownKeys: ['g:0'],
            vectorOf: index.vector,
          });
          const all = index.search(angle(0), 60).filter(({ row, score }) => products[row]![2] && score >= minimumScore);
          const groups = new Set(all.map(({ row }) => groupOf(row)).filter((group) => group !== 'g:0'));
          expect(shown).toHaveLength(Math.min(limit, groups.size));
        },
      ),
      { numRuns: 50 },
    );
  });
});

test('the visible score is the cosine from 0 to 1', () => {
  expect([-0.3, 0, 0.4, 1, 1.0000001].map(visibleScore)).toEqual([0, 0, 0.4, 1, 1]);
});

describe('queries by several products', () => {
  test('each vector counts alike, whatever its length', () => {
    const query = meanQuery([Float32Array.of(100, 0), Float32Array.of(0, 0.1)]);
    expect(query[0]).toBeCloseTo(Math.SQRT1_2, 6);
    expect(query[0]).toBe(query[1]);
    const one = normalised(Float32Array.of(3, 4));
    expect(meanQuery([one])).toEqual(one);
  });

  test('vectors that cancel out, none at all, or of different sizes are refused', () => {
    const bad = expect.objectContaining({ code: 'bad-data' });
    expect(() => meanQuery([Float32Array.of(0.6, 0.8), Float32Array.of(-0.6, -0.8)])).toThrow(bad);
    expect(() => meanQuery([])).toThrow(bad);
    expect(() => meanQuery([Float32Array.of(1), Float32Array.of(1, 0)])).toThrow(bad);
  });

  test('embeddings side by side: the cosine of the whole is the mean of the parts’', () => {
    const [a, b] = [Float32Array.of(3, 4, 0, 5), Float32Array.of(2, 0, 0, 1, 1, 1)];
    const whole = sideBySide([
      { vectors: a, dimensions: 2 },
      { vectors: b, dimensions: 3 },
    ]);
    expect(whole.dimensions).toBe(5);
    const rows = [whole.vectors.subarray(0, 5), whole.vectors.subarray(5)] as const;
    expect(cosine(rows[0], rows[0])).toBeCloseTo(1, 6);
    expect(cosine(...rows)).toBeCloseTo((0.8 + 1 / Math.sqrt(3)) / 2, 6);
  });

  test('rows are normalised each by its own length; zeros stay zeros', () => {
    expect(normalised(Float32Array.of(3, 4, 0, 0, 0, 2), 2)).toEqual(Float32Array.of(0.6, 0.8, 0, 0, 0, 1));
  });
});
