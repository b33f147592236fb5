import type { Engine } from '../../engine/start.ts';
import { SelvedgeError } from '../../errors.ts';
import { blockRows, createRowMemory, mostQueries } from './rowMemory.ts';
import type { Neighbour, RowFilter, SimilaritySearch } from './search.ts';
import { createTopRows } from './topRows.ts';

export interface SearchOptions {
  /** All rows by default. A function is called only for rows whose score is among the best so far. */
  readonly allowed?: RowFilter;
  /** Neighbours with a lower score are left out. */
  readonly minimumScore?: number;
}

/** The neighbours of several queries. */
export interface NeighbourTable {
  /** How many were found for each query, [Q]. */
  readonly found: Uint32Array;
  /** [Q, limit], best first; behind the found ones undefined. */
  readonly rows: Uint32Array;
  readonly scores: Float32Array;
}

/**
 * Vectors in the kernels' memory, searched exactly: each score is the dot product in float32, summed in an order that depends on nothing
 * else, so that the same vectors have the same scores and places everywhere. Vectors are expected to have length 1 (`normalised`).
 */
export interface VectorIndex {
  /** D */
  readonly dimensions: number;
  /** Vectors that are in it. */
  readonly size: number;
  /** One more than the highest row that was ever in use. */
  readonly rows: number;
  /**
   * Stores a vector in the row that was freed last, or behind all others.
   * @returns its row
   * @throws SelvedgeError 'bad-data' where it does not have D finite values; 'bad-option' where there is no memory
   */
  add(vector: Float32Array): number;
  /**
   * Stores vectors, [N, D], behind all others.
   * @returns the first one's row
   */
  addAll(vectors: Float32Array): number;
  /** @throws SelvedgeError 'bad-option' where the row is not in use */
  replace(row: number, vector: Float32Array): void;
  /** @throws SelvedgeError 'bad-option' where the row is not in use */
  remove(row: number): void;
  has(row: number): boolean;
  /** A copy, [D]. @throws SelvedgeError 'bad-option' where the row is not in use */
  vector(row: number): Float32Array;
  /** The nearest of a query [D], best first; of equal scores the lower row first. */
  search(query: Float32Array, limit: number, options?: SearchOptions): Neighbour[];
  /** The same of several queries [Q, D], at half the time or less. */
  searchMany(queries: Float32Array, limit: number, options?: SearchOptions): NeighbourTable;
}

export function createVectorIndex({ module }: Pick<Engine, 'module'>, dimensions: number): VectorIndex {
  const D = dimensions;
  const memory = createRowMemory(module, D);
  let rows = 0;
  let capacity = 0;
  let used = new Uint8Array(0);
  const free: number[] = [];

  const reserve = (needed: number) => {
    memory.reserve(needed);
    if (needed <= capacity) return;
    capacity = Math.max(needed, Math.ceil((capacity * 4) / 3));
    const all = new Uint8Array(capacity);
    all.set(used);
    used = all;
  };
  const fail = (values: Float32Array): never => {
    throw new SelvedgeError(
      'bad-data',
      `A vector of this index has ${D} finite values; what was given has ${values.length}, or one that is no number.`,
    );
  };
  const requireWhole = (values: Float32Array) => {
    if (values.length % D !== 0 || !values.every(Number.isFinite)) fail(values);
  };
  const requireOne = (vector: Float32Array) => {
    if (vector.length !== D || !vector.every(Number.isFinite)) fail(vector);
  };
  const requireUsed = (row: number) => {
    if (used[row] !== 1) throw new SelvedgeError('bad-option', `Row ${row} of the index is not in use.`);
  };

  const searchMany = (queries: Float32Array, limit: number, options: SearchOptions = {}): NeighbourTable => {
    requireWhole(queries);
    const { allowed, minimumScore = Number.NEGATIVE_INFINITY } = options;
    const mayBe = typeof allowed === 'function' ? allowed : allowed && ((row: number) => (allowed[row] ?? 0) !== 0);
    const count = queries.length / D;
    const k = Math.min(limit, rows - free.length);
    const table = {
      found: new Uint32Array(count),
      rows: new Uint32Array(count * k),
      scores: new Float32Array(count * k),
    };
    const tops = Array.from({ length: Math.min(mostQueries, count) }, () => createTopRows(k));
    for (let from = 0; from < count; from += mostQueries) {
      const n = Math.min(mostQueries, count - from);
      for (let q = 0; q < n; q++) memory.writeQuery(q, queries.subarray((from + q) * D, (from + q + 1) * D));
      for (let first = 0; first < rows; first += blockRows) {
        const last = Math.min(first + blockRows, rows);
        const scores = memory.scores(n, first, last);
        for (let q = 0; q < n; q++) {
          const top = tops[q]!;
          let bar = Math.max(minimumScore, top.bar());
          for (let row = first, at = q * blockRows; row < last; row++, at++) {
            const score = scores[at]!;
            if (score < bar || used[row] === 0 || (mayBe && !mayBe(row))) continue;
            top.offer(row, score);
            bar = Math.max(minimumScore, top.bar());
          }
        }
      }
      for (let q = 0; q < n; q++) {
        const at = (from + q) * k;
        table.found[from + q] = tops[q]!.count;
        tops[q]!.drain(table.rows.subarray(at, at + k), table.scores.subarray(at, at + k));
      }
    }
    return table;
  };

  return {
    dimensions,
    get size() {
      return rows - free.length;
    },
    get rows() {
      return rows;
    },
    add(vector) {
      requireOne(vector);
      const row = free.pop() ?? rows;
      reserve(row + 1);
      rows = Math.max(rows, row + 1);
      memory.write(row, vector);
      used[row] = 1;
      return row;
    },
    addAll(vectors) {
      requireWhole(vectors);
      const first = rows;
      const count = vectors.length / D;
      reserve(first + count);
      for (let i = 0; i < count; i++) memory.write(first + i, vectors.subarray(i * D, (i + 1) * D));
      used.fill(1, first, first + count);
      rows += count;
      return first;
    },
    replace(row, vector) {
      requireUsed(row);
      requireOne(vector);
      memory.write(row, vector);
    },
    remove(row) {
      requireUsed(row);
      used[row] = 0;
      free.push(row);
    },
    has: (row) => used[row] === 1,
    vector(row) {
      requireUsed(row);
      return memory.read(row);
    },
    search(query, limit, options) {
      requireOne(query);
      const { found, rows: nearest, scores } = searchMany(query, limit, options);
      return Array.from({ length: found[0]! }, (_, i) => ({ row: nearest[i]!, score: scores[i]! }));
    },
    searchMany,
  };
}

/** The index as a search that a database could also do. */
export function exactSearch(index: VectorIndex, minimumScore?: number): SimilaritySearch {
  return {
    nearest: async (query, limit, allowed) =>
      index.search(query, limit, {
        ...(allowed !== undefined && { allowed }),
        ...(minimumScore !== undefined && { minimumScore }),
      }),
  };
}
