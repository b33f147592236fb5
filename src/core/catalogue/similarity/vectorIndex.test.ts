import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inlineEngine } from '../../../../test/engine/engines.ts';
import { dotProduct } from '../../../../test/engine/references/dotProducts.ts';
import { blockRows } from './rowMemory.ts';
import { createVectorIndex, exactSearch } from './vectorIndex.ts';
import { normalised } from './vectors.ts';

// Few values, so that scores are often equal.
const vector = (D: number) =>
  fc.array(fc.constantFrom(-1, 0, 0.25, 1), { minLength: D, maxLength: D }).map((values) => Float32Array.from(values));

const padded = (values: Float32Array) => [...values, ...Array.from({ length: (4 - (values.length % 4)) % 4 }, () => 0)];

/** All rows by score, best first, of equal scores the lower row first. */
function bruteForce(rows: ReadonlyMap<number, Float32Array>, query: Float32Array) {
  return [...rows]
    .map(([row, values]) => ({ row, score: dotProduct(padded(query), padded(values)) }))
    .sort((a, b) => b.score - a.score || a.row - b.row);
}

const cases = fc.integer({ min: 1, max: 9 }).chain((D) =>
  fc.record({
    D: fc.constant(D),
    start: fc.array(vector(D), { maxLength: 12 }),
    changes: fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant('add' as const), values: vector(D) }),
        fc.record({ kind: fc.constant('remove' as const), row: fc.nat(15) }),
        fc.record({ kind: fc.constant('replace' as const), row: fc.nat(15), values: vector(D) }),
      ),
      { maxLength: 20 },
    ),
    queries: fc.array(vector(D), { minLength: 1, maxLength: 6 }),
    limit: fc.integer({ min: 1, max: 20 }),
    forbidden: fc.uniqueArray(fc.nat(30)),
    minimumScore: fc.constantFrom(undefined, 0, 1),
  }),
);

test('search equals brute force after any additions, replacements and removals, with and without a filter and a threshold', () => {
  fc.assert(
    fc.property(cases, ({ D, start, changes, queries, limit, forbidden, minimumScore }) => {
      const index = createVectorIndex(inlineEngine, D);
      const known = new Map<number, Float32Array>();
      const first = index.addAll(Float32Array.from(start.flatMap((values) => [...values])));
      for (const [i, values] of start.entries()) known.set(first + i, values);
      for (const change of changes) {
        if (change.kind === 'add') {
          const row = index.add(change.values);
          expect(known.has(row)).toBe(false);
          known.set(row, change.values);
        } else if (!known.has(change.row)) {
          expect(() => index.remove(change.row)).toThrow(/not in use/);
        } else if (change.kind === 'remove') {
          index.remove(change.row);
          known.delete(change.row);
        } else {
          index.replace(change.row, change.values);
          known.set(change.row, change.values);
        }
      }
      expect(index.size).toBe(known.size);
      for (const [row, values] of known) expect(index.vector(row)).toEqual(values);
      const flags = Uint8Array.from({ length: 20 }, (_, row) => (forbidden.includes(row) ? 0 : 1));
      for (const allowed of [undefined, flags, (row: number) => !forbidden.includes(row) && row < 20]) {
        const options = { ...(allowed && { allowed }), ...(minimumScore !== undefined && { minimumScore }) };
        const expected = queries.map((query) =>
          bruteForce(known, query)
            .filter(({ row, score }) => (!allowed || flags[row] === 1) && score >= (minimumScore ?? -Infinity))
            .slice(0, limit),
        );
        expect(queries.map((query) => index.search(query, limit, options))).toEqual(expected);
        const many = index.searchMany(Float32Array.from(queries.flatMap((query) => [...query])), limit, options);
        const width = many.rows.length / queries.length;
        const found = queries.map((_, q) =>
          Array.from({ length: many.found[q]! }, (_, i) => ({
            row: many.rows[q * width + i]!,
            score: many.scores[q * width + i]!,
          })),
        );
        expect(found).toEqual(expected);
      }
    }),
    { numRuns: 100 },
  );
});

test('an index grows over several blocks of rows and keeps what it holds', () => {
  const N = 2 * blockRows + 3;
  const vectors = normalised(
    Float32Array.from({ length: N * 6 }, (_, i) => Math.fround(((i * 7919) % 1009) - 504)),
    6,
  );
  const index = createVectorIndex(inlineEngine, 6);
  for (let i = 0; i < 100; i++) index.add(vectors.subarray(i * 6, (i + 1) * 6));
  expect(index.addAll(vectors.subarray(600))).toBe(100);
  expect([index.size, index.rows]).toEqual([N, N]);
  const rows = new Map(Array.from({ length: N }, (_, i) => [i, vectors.slice(i * 6, (i + 1) * 6)] as const));
  for (const row of [0, blockRows - 1, blockRows, N - 1]) {
    expect(index.vector(row)).toEqual(rows.get(row));
    expect(index.search(rows.get(row)!, 8)).toEqual(bruteForce(rows, rows.get(row)!).slice(0, 8));
  }
});

describe('what is no vector of the index', () => {
  const index = createVectorIndex(inlineEngine, 3);
  index.add(Float32Array.of(1, 0, 0));
  test.each([
    ['too short', Float32Array.of(1, 0)],
    ['too long', Float32Array.of(1, 0, 0, 0, 0, 1)],
    ['empty', new Float32Array(0)],
    ['not a number', Float32Array.of(1, Number.NaN, 0)],
  ])('%s: refused, and the index stays as it was', (_, values) => {
    const bad = expect.objectContaining({ code: 'bad-data' });
    expect(() => index.add(values)).toThrow(bad);
    expect(() => index.replace(0, values)).toThrow(bad);
    expect(() => index.search(values, 1)).toThrow(bad);
    expect([index.size, index.vector(0)]).toEqual([1, Float32Array.of(1, 0, 0)]);
  });
});

test('as a search like a database’s it gives the same neighbours, those above the threshold', async () => {
  const index = createVectorIndex(inlineEngine, 2);
  index.addAll(Float32Array.of(1, 0, 0, 1, 0.6, 0.8));
  const query = Float32Array.of(1, 0);
  expect(await exactSearch(index).nearest(query, 9)).toEqual(index.search(query, 9));
  expect((await exactSearch(index, 0.5).nearest(query, 9)).map(({ row }) => row)).toEqual([0, 2]);
  expect((await exactSearch(index).nearest(query, 1, (row) => row !== 0)).map(({ row }) => row)).toEqual([2]);
});
