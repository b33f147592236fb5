import type { Engine } from '../../engine/start.ts';
import type { Neighbour } from './search.ts';
import { createVectorIndex } from './vectorIndex.ts';
import { cosine } from './vectors.ts';

/** The share of the first k that are relevant; where there are fewer, of these. */
export function precisionAt(relevant: readonly boolean[], k: number): number {
  const first = relevant.slice(0, k);
  return first.length === 0 ? 0 : first.filter(Boolean).length / first.length;
}

/**
 * Average precision over the first R places, where R items are relevant: the mean over these places of the precision there, where the
 * place's item is relevant, and 0 elsewhere. It is 1 only if all relevant items come first.
 * @see Musgrave, Belongie and Lim 2020, "A metric learning reality check", section 3.2 (MAP@R)
 */
export function averagePrecisionAtR(relevant: readonly boolean[], R: number): number {
  let [found, sum] = [0, 0];
  for (const [i, isRelevant] of relevant.slice(0, R).entries()) {
    if (!isRelevant) continue;
    found += 1;
    sum += found / (i + 1);
  }
  return R === 0 ? 0 : sum / R;
}

/** Means over queries. */
export interface RetrievalScores {
  /** The share of queries whose nearest item has their class: recall@1 too. */
  readonly precision1: number;
  readonly precision10: number;
  /** See `averagePrecisionAtR`. */
  readonly mapAtR: number;
}

export interface LabelledVectors {
  /** [N, D]; of length 1 for cosines */
  readonly vectors: Float32Array;
  readonly dimensions: number;
  /** [N] */
  readonly labels: ArrayLike<number>;
  /** What is searched with, [N, D]; the vectors by default. */
  readonly queries?: Float32Array;
}

/** Each item is a query among all others; those of its class are relevant. Items that are alone in their class are no queries. */
export function retrievalScores(
  engine: Pick<Engine, 'module'>,
  { vectors, dimensions: D, labels, queries = vectors }: LabelledVectors,
): RetrievalScores {
  const N = labels.length;
  const sizes = new Map<number, number>();
  for (let i = 0; i < N; i++) sizes.set(labels[i]!, (sizes.get(labels[i]!) ?? 0) + 1);
  const index = createVectorIndex(engine, D);
  index.addAll(vectors);
  const limit = Math.min(N, Math.max(10, ...sizes.values()) + 1);
  let [asked, precision1, precision10, mapAtR] = [0, 0, 0, 0];
  const atOnce = 64;
  for (let from = 0; from < N; from += atOnce) {
    const count = Math.min(atOnce, N - from);
    const { rows } = index.searchMany(queries.subarray(from * D, (from + count) * D), limit);
    for (let q = 0; q < count; q++) {
      const R = sizes.get(labels[from + q]!)! - 1;
      if (R === 0) continue;
      const relevant: boolean[] = [];
      for (let i = q * limit; i < (q + 1) * limit; i++) {
        if (rows[i] !== from + q) relevant.push(labels[rows[i]!] === labels[from + q]);
      }
      asked += 1;
      precision1 += precisionAt(relevant, 1);
      precision10 += precisionAt(relevant, 10);
      mapAtR += averagePrecisionAtR(relevant, R);
    }
  }
  const mean = (sum: number) => (asked === 0 ? 0 : sum / asked);
  return { precision1: mean(precision1), precision10: mean(precision10), mapAtR: mean(mapAtR) };
}

/**
 * The share of queries whose own item is among the k nearest.
 * @param gallery [N, D]
 * @param queries [Q, D]
 * @param own rows of the gallery, [Q]
 */
export function recallOfOwn(
  engine: Pick<Engine, 'module'>,
  gallery: Float32Array,
  queries: Float32Array,
  own: ArrayLike<number>,
  k: number,
): number {
  const D = queries.length / own.length;
  const index = createVectorIndex(engine, D);
  index.addAll(gallery);
  const { rows, found } = index.searchMany(queries, k);
  const width = rows.length / own.length;
  let hits = 0;
  for (let q = 0; q < own.length; q++) {
    if (rows.subarray(q * width, q * width + found[q]!).includes(own[q]!)) hits += 1;
  }
  return hits / own.length;
}

/**
 * Recall of an approximate search: the share of the exact search's neighbours for which it found one as near. Of equally near ones it may have found
 * another.
 * @param exact best first, and `found` with as many asked for
 * @param tolerance by which scores may differ: a database computes them in another order, or from halves
 */
export function recallOfExact(exact: readonly Neighbour[], found: readonly Neighbour[], tolerance = 1e-6): number {
  if (exact.length === 0) return 1;
  const rows = new Set(exact.map(({ row }) => row));
  const least = exact.at(-1)!.score - tolerance;
  const hits = found.filter(({ row, score }) => rows.has(row) || score >= least).length;
  return Math.min(1, hits / exact.length);
}

/** The mean of 1 − cosine over all pairs of a list of items; 0 for fewer than two. Vectors of length 1. */
export function intraListDiversity(vectors: readonly Float32Array[]): number {
  let [sum, pairs] = [0, 0];
  for (const [i, a] of vectors.entries()) {
    for (const b of vectors.slice(i + 1)) {
      sum += 1 - cosine(a, b);
      pairs += 1;
    }
  }
  return pairs === 0 ? 0 : sum / pairs;
}
