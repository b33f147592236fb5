import { z } from 'zod';
import { permutation, randomSequence } from '../../../core/engine/random.ts';
import { SelvedgeError } from '../../../core/errors.ts';
import type { Catalogue } from '../openCatalogue.ts';
import type { CurrentIndex } from '../similar/currentIndex.ts';
import { buildIndex, dropIndex, findByIndex, hasIndex } from '../store/indexSearch.ts';
import { activeModel } from '../store/models.ts';

export const recallInput = z.strictObject({
  /** Pictures that are asked about, drawn from the catalogue. */
  queries: z.int().min(1).max(10_000).default(200),
  limit: z.int().min(1).max(100).default(10),
  seed: z.int().min(0).default(0),
});

export interface Recall {
  readonly queries: number;
  readonly limit: number;
  /** The mean share of the true nearest that the index finds, and the lowest of a query. */
  readonly recall: number;
  readonly lowest: number;
  /** Milliseconds of a query in the database, and in memory. */
  readonly indexMs: { readonly p50: number; readonly p99: number };
  readonly exactMs: { readonly p50: number; readonly p99: number };
}

/** Scores are equal where they differ by rounding alone. */
const rounding = 1e-6;

export function indexOperations({ database }: Catalogue, current: CurrentIndex) {
  return {
    async buildIndex() {
      const model = await activeModel(database);
      await buildIndex(database, model);
      return { model: model.digest };
    },
    async dropIndex() {
      const model = await activeModel(database);
      await dropIndex(database, model);
      return { model: model.digest };
    },
    /** Measures the approximate index against exact search, on the catalogue's own pictures. */
    async recall({ queries, limit, seed }: z.output<typeof recallInput>): Promise<Recall> {
      const index = await current.get();
      if (!(await hasIndex(database, index.model))) {
        throw new SelvedgeError(
          'bad-option',
          'The catalogue has no approximate index to measure: search is exact. Build one with: selvedge catalogue index',
        );
      }
      const rows = [...index.all()].flatMap((product) => product.rows).sort((a, b) => a - b);
      if (rows.length === 0) throw new SelvedgeError('bad-option', 'The catalogue has no tagged product yet.');
      const shares: number[] = [];
      const times = { index: [] as number[], exact: [] as number[] };
      const order = permutation(rows.length, randomSequence(seed, 0, 0));
      for (const i of order.subarray(0, queries)) {
        const row = rows[i]!;
        const query = index.vectors.vector(row);
        const start = performance.now();
        const exact = index.vectors.search(query, limit);
        const between = performance.now();
        const found = await findByIndex(database, index.model, query, limit, { attributes: {} });
        times.exact.push(between - start);
        times.index.push(performance.now() - between);
        const least = exact.at(-1)!.score - rounding;
        shares.push(found.filter(({ score }) => score >= least).length / exact.length);
      }
      return {
        queries: shares.length,
        limit,
        recall: shares.reduce((sum, share) => sum + share, 0) / shares.length,
        lowest: Math.min(...shares),
        indexMs: percentiles(times.index),
        exactMs: percentiles(times.exact),
      };
    },
  };
}

/** The smallest value that at least the share of the values does not exceed. */
function percentiles(values: readonly number[]): { readonly p50: number; readonly p99: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
  return { p50: at(0.5), p99: at(0.99) };
}
