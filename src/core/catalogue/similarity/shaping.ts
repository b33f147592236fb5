import type { Neighbour, SimilaritySearch } from './search.ts';
import { cosine } from './vectors.ts';

/** The score that is shown: the cosine, from 0 (nothing in common) to 1 (the same). Negative cosines are 0. */
export function visibleScore(score: number): number {
  return Math.min(1, Math.max(0, score));
}

/** A neighbour that stands for others which are the same product, or nearly the same picture. */
export interface ShownNeighbour extends Neighbour {
  /** The rows that it stands for, best first. */
  readonly collapsed: readonly number[];
}

/**
 * Keys that rows share where only one of them should be shown: a picture's digest, a cluster of near-duplicates, a group of variants.
 * Keys of different kinds need different prefixes. A row without any key is only ever the same as itself.
 */
export type KeysOf = (row: number) => readonly string[];

/**
 * Leaves out what shares a key with the query, or with a better neighbour that is shown, which then stands for it.
 * @param neighbours best first
 * @param ownKeys the query's keys
 */
export function collapse(
  neighbours: readonly Neighbour[],
  keysOf: KeysOf,
  ownKeys: Iterable<string> = [],
): ShownNeighbour[] {
  const own = new Set(ownKeys);
  const shownBy = new Map<string, number[]>();
  const shown: ShownNeighbour[] = [];
  for (const { row, score } of neighbours) {
    const keys = keysOf(row);
    if (keys.some((key) => own.has(key))) continue;
    const known = keys.find((key) => shownBy.has(key));
    const collapsed = known === undefined ? [] : shownBy.get(known)!;
    if (known === undefined) shown.push({ row, score, collapsed });
    else collapsed.push(row);
    // What the collapsed one shares with others is the shown one's too: a chain is one product.
    for (const key of keys) if (!shownBy.has(key)) shownBy.set(key, collapsed);
  }
  return shown;
}

/**
 * Maximal marginal relevance: chooses one neighbour after the other by λ · score − (1 − λ) · the highest cosine to one that is chosen. With λ = 1
 * these are the neighbours in their order; the lower λ, the more different they are from each other. Ties go to the better neighbour.
 * @param neighbours candidates, best first; several times `limit` of them, or there is little to choose from
 * @param lambda from 0 to 1
 * @param vectorOf a row's vector, of length 1
 * @see Carbonell and Goldstein 1998, "The use of MMR, diversity-based reranking"
 */
export function diversified<N extends Neighbour>(
  neighbours: readonly N[],
  limit: number,
  lambda: number,
  vectorOf: (row: number) => Float32Array,
): N[] {
  if (lambda === 1) return neighbours.slice(0, limit);
  const left = neighbours.map((neighbour) => ({
    neighbour,
    vector: vectorOf(neighbour.row),
    closest: Number.NEGATIVE_INFINITY,
  }));
  const chosen: N[] = [];
  while (chosen.length < limit && left.length > 0) {
    let [best, most] = [0, Number.NEGATIVE_INFINITY];
    for (const [i, { neighbour, closest }] of left.entries()) {
      const relevance = lambda * neighbour.score - (1 - lambda) * (chosen.length > 0 ? closest : 0);
      if (relevance > most) [best, most] = [i, relevance];
    }
    const [next] = left.splice(best, 1);
    chosen.push(next!.neighbour);
    for (const one of left) one.closest = Math.max(one.closest, cosine(one.vector, next!.vector));
  }
  return chosen;
}

/**
 * Neighbours that are still enough after shaping: asks for more and more of them until `shape` leaves `limit`, or there are no more.
 * @param find the nearest n, best first
 * @param shape leaves some of them out; what it keeps of a longer list begins with what it keeps of a shorter one
 */
export async function enoughNeighbours<N>(
  find: (n: number) => Promise<readonly Neighbour[]>,
  shape: (neighbours: readonly Neighbour[]) => N[],
  limit: number,
): Promise<N[]> {
  for (let n = 2 * limit; ; n *= 4) {
    const found = await find(n);
    const shaped = shape(found);
    if (shaped.length >= limit || found.length < n) return shaped.slice(0, limit);
  }
}

export interface SimilarOptions<Filter> {
  /** The most neighbours that are returned. */
  readonly limit: number;
  readonly filter?: Filter;
  /** Neighbours with a lower cosine are left out; −1 by default. */
  readonly minimumScore?: number;
  readonly keysOf: KeysOf;
  /** The keys of the products that are asked about. */
  readonly ownKeys?: Iterable<string>;
  /** λ of `diversified`; 1 by default, which changes nothing. */
  readonly lambda?: number;
  /** A row's vector, of length 1; read only where λ is below 1. */
  readonly vectorOf: (row: number) => Float32Array;
}

/** Candidates for each that is shown, where they are chosen for diversity. */
const candidatesPerShown = 5;

/**
 * The neighbours that are shown for a query: above the threshold, without those of the query's own product and without a second one of any
 * product, the best first or, with λ below 1, chosen for diversity. There are `limit` of them wherever the search has as many.
 * @param query [D], of length 1
 */
export async function similarTo<Filter>(
  search: SimilaritySearch<Filter>,
  query: Float32Array,
  { limit, filter, minimumScore = -1, keysOf, ownKeys = [], lambda = 1, vectorOf }: SimilarOptions<Filter>,
): Promise<ShownNeighbour[]> {
  const own = new Set(ownKeys);
  const wanted = lambda === 1 ? limit : candidatesPerShown * limit;
  const candidates = await enoughNeighbours(
    async (n) => search.nearest(query, n, filter),
    (found) =>
      collapse(
        found.filter(({ score }) => score >= minimumScore),
        keysOf,
        own,
      ),
    wanted,
  );
  return diversified(candidates, limit, lambda, vectorOf);
}
