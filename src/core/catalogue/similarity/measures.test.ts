import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inlineEngine } from '../../../../test/engine/engines.ts';
import {
  averagePrecisionAtR,
  intraListDiversity,
  precisionAt,
  recallOfExact,
  recallOfOwn,
  retrievalScores,
} from './measures.ts';
import { normalised } from './vectors.ts';

const [yes, no] = [true, false];

test('precision and average precision at R, worked by hand', () => {
  expect(precisionAt([yes, no, yes, yes], 3)).toBe(2 / 3);
  expect(precisionAt([yes], 10)).toBe(1);
  expect(precisionAt([], 10)).toBe(0);
  expect(averagePrecisionAtR([yes, no, yes, no], 3)).toBeCloseTo((1 + 2 / 3) / 3, 15);
  expect(averagePrecisionAtR([no, yes, yes, yes], 2)).toBe(1 / 4);
  expect(averagePrecisionAtR([yes, yes, no], 2)).toBe(1);
});

test('five items on a line, worked by hand: each is a query among the four others', () => {
  // Angles 0°, 1°, 3°, 30°, 32°: nearest are 1, 0, 1, 4, 3.
  const vectors = Float32Array.from(
    [0, 1, 3, 30, 32].flatMap((degrees) => {
      const angle = (degrees * Math.PI) / 180;
      return [Math.cos(angle), Math.sin(angle)];
    }),
  );
  const scores = retrievalScores(inlineEngine, { vectors, dimensions: 2, labels: [0, 0, 1, 1, 0] });
  // Of class 0: items 0, 1 and 4, R = 2; of class 1: items 2 and 3, R = 1. First places: 1 yes, 0 yes, 1 no, 4 no, 3 no.
  expect(scores.precision1).toBe(2 / 5);
  // First two of item 0: 1 yes, 2 no; of 1: 0 yes, 2 no; of 4: 3 no, 2 no.
  expect(scores.mapAtR).toBeCloseTo((1 / 2 + 1 / 2 + 0 + 0 + 0) / 5, 15);
  // All four others: 2 of 4, 2 of 4, 1 of 4, 1 of 4, 2 of 4.
  expect(scores.precision10).toBeCloseTo((0.5 + 0.5 + 0.25 + 0.25 + 0.5) / 5, 15);
});

test('scores are those of sorting all others, for any vectors and labels', () => {
  const cases = fc.integer({ min: 2, max: 30 }).chain((N) =>
    fc.record({
      values: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3 * N, maxLength: 3 * N }),
      labels: fc.array(fc.nat(3), { minLength: N, maxLength: N }),
    }),
  );
  fc.assert(
    fc.property(cases, ({ values, labels }) => {
      const vectors = normalised(values, 3);
      const row = (i: number) => vectors.subarray(3 * i, 3 * i + 3);
      const dot = (i: number, j: number) => {
        const [a, b] = [row(i), row(j)];
        const [x, y, z] = [0, 1, 2].map((d) => Math.fround(a[d]! * b[d]!)) as [number, number, number];
        return Math.fround(Math.fround(x + y) + z);
      };
      const asked = labels.flatMap((label, i) => (labels.filter((other) => other === label).length > 1 ? [i] : []));
      const each = asked.map((i) => {
        const rest = labels.flatMap((_, j) => (j === i ? [] : [j])).sort((a, b) => dot(i, b) - dot(i, a) || a - b);
        const relevant = rest.map((j) => labels[j] === labels[i]);
        return [precisionAt(relevant, 1), averagePrecisionAtR(relevant, relevant.filter(Boolean).length)] as const;
      });
      const mean = (k: 0 | 1) => each.reduce((sum, one) => sum + one[k], 0) / Math.max(1, each.length);
      const scores = retrievalScores(inlineEngine, { vectors, dimensions: 3, labels });
      expect(scores.precision1).toBeCloseTo(mean(0), 12);
      expect(scores.mapAtR).toBeCloseTo(mean(1), 12);
    }),
    { numRuns: 60 },
  );
});

describe('recall of the same item, and diversity of a list', () => {
  const gallery = Float32Array.of(1, 0, 0, 1, 0.6, 0.8);

  test('a query’s own item is among the k nearest', () => {
    const queries = Float32Array.of(1, 0, 0.6, 0.8, 0, 1);
    expect(recallOfOwn(inlineEngine, gallery, queries, [0, 0, 2], 1)).toBeCloseTo(1 / 3, 15);
    expect(recallOfOwn(inlineEngine, gallery, queries, [0, 0, 2], 2)).toBeCloseTo(2 / 3, 15);
    expect(recallOfOwn(inlineEngine, gallery, queries, [0, 0, 2], 9)).toBe(1);
  });

  test('recall of an approximate search: what it missed counts, one that is as near does not', () => {
    const exact = [0.9, 0.8, 0.8, 0.7].map((score, row) => ({ row, score }));
    expect(recallOfExact(exact, exact)).toBe(1);
    expect(recallOfExact(exact, [...exact.slice(0, 3), { row: 9, score: 0.7 }])).toBe(1);
    expect(recallOfExact(exact, [exact[0]!, exact[2]!, exact[3]!, { row: 9, score: 0.69 }])).toBe(3 / 4);
    expect(recallOfExact(exact, exact.slice(0, 1))).toBe(1 / 4);
    expect(recallOfExact([], [])).toBe(1);
  });

  test('one minus the mean cosine of all pairs; 0 for one item and for the same item twice', () => {
    const rows = [0, 1, 2].map((i) => gallery.subarray(2 * i, 2 * i + 2));
    expect(intraListDiversity(rows)).toBeCloseTo((1 + 0.4 + 0.2) / 3, 6);
    expect(intraListDiversity(rows.slice(0, 1))).toBe(0);
    expect(intraListDiversity([rows[0]!, rows[0]!])).toBe(0);
  });
});
