import type { Engine } from '../../engine/start.ts';
import { blockRows, createRowMemory, mostQueries } from './rowMemory.ts';

/** Two vectors of which each is the other's nearest. */
export interface MutualPair {
  /** The lower row. */
  readonly a: number;
  readonly b: number;
  readonly cosine: number;
}

export interface MutualNearestOptions {
  /** D */
  readonly dimensions: number;
  /** Pairs with a lower cosine are left out, and do not count as nearest. */
  readonly threshold: number;
  /** [N]: rows with the same number are never a pair, nor each other's nearest. Every row has its own by default. */
  readonly owners?: ArrayLike<number>;
  /** Called with the completed share. */
  readonly onProgress?: (share: number) => void;
}

/** Rounding of a projection and of a score, generously. */
const rounding = 1e-4;
const powerIterations = 10;

/**
 * All pairs of vectors of which each is the other's nearest, with at least the threshold's cosine; of equally near ones the lower row
 * counts. No row is in two pairs, so pairs do not chain.
 *
 * Vectors with a cosine of at least t are at most √(2 − 2t) apart, in any direction too. The rows are sorted along their principal
 * direction, and each is compared with those behind it that are near enough in this direction alone: the result is exact.
 * @param vectors [N, D], of length 1
 * @returns by the lower row
 */
export function mutualNearest(
  { module }: Pick<Engine, 'module'>,
  vectors: Float32Array,
  { dimensions: D, threshold, owners, onProgress = () => {} }: MutualNearestOptions,
): MutualPair[] {
  const N = vectors.length / D;
  const places = projections(vectors, D);
  const order = Uint32Array.from({ length: N }, (_, i) => i).sort((i, j) => places[i]! - places[j]! || i - j);
  const memory = createRowMemory(module, D);
  memory.reserve(N);
  for (const [at, row] of order.entries()) memory.write(at, vectors.subarray(row * D, (row + 1) * D));
  const along = Float64Array.from(order, (row) => places[row]!);
  const ownerAt = owners && Float64Array.from(order, (row) => owners[row]!);
  const reach = Math.sqrt(Math.max(0, 2 - 2 * threshold)) + rounding;
  // For each place in the order its nearest row, and the cosine.
  const nearest = new Int32Array(N).fill(-1);
  const best = new Float32Array(N).fill(threshold);
  const offer = (at: number, other: number, score: number) => {
    if (score === best[at] && nearest[at]! >= 0 && order[other]! > order[nearest[at]!]!) return;
    best[at] = score;
    nearest[at] = other;
  };
  let end = 0;
  for (let from = 0; from < N; from += mostQueries) {
    const n = Math.min(mostQueries, N - from);
    for (let q = 0; q < n; q++) {
      const row = order[from + q]!;
      memory.writeQuery(q, vectors.subarray(row * D, (row + 1) * D));
    }
    while (end < N && along[end]! <= along[from + n - 1]! + reach) end += 1;
    for (let first = from; first < end; first += blockRows) {
      const last = Math.min(first + blockRows, end);
      const scores = memory.scores(n, first, last);
      for (let q = 0; q < n; q++) {
        const at = from + q;
        for (let other = Math.max(first, at + 1), i = q * blockRows + other - first; other < last; other++, i++) {
          const score = scores[i]!;
          if (score < threshold || (score < best[at]! && score < best[other]!)) continue;
          if (ownerAt && ownerAt[at] === ownerAt[other]) continue;
          if (score >= best[at]!) offer(at, other, score);
          if (score >= best[other]!) offer(other, at, score);
        }
      }
    }
    onProgress((from + n) / N);
  }
  const pairs: MutualPair[] = [];
  for (let at = 0; at < N; at++) {
    const other = nearest[at]!;
    if (other > at && nearest[other] === at) {
      const [a, b] = [order[at]!, order[other]!].sort((x, y) => x - y) as [number, number];
      pairs.push({ a, b, cosine: best[at]! });
    }
  }
  return pairs.sort((x, y) => x.a - y.a);
}

/** Each vector along the direction in which they vary most, found by power iteration from a fixed start: any direction would do. */
function projections(vectors: Float32Array, D: number): Float64Array {
  const N = vectors.length / D;
  const mean = new Float64Array(D);
  for (let i = 0; i < vectors.length; i++) mean[i % D]! += vectors[i]! / N;
  let direction = Float64Array.from({ length: D }, (_, d) => 1 + d / D);
  const places = new Float64Array(N);
  for (let iteration = 0; iteration <= powerIterations; iteration++) {
    const length = Math.sqrt(direction.reduce((sum, value) => sum + value * value, 0));
    direction = direction.map((value) => (length > 0 ? value / length : 0));
    const next = new Float64Array(D);
    for (let row = 0, at = 0; row < N; row++, at += D) {
      let place = 0;
      for (let d = 0; d < D; d++) place += (vectors[at + d]! - mean[d]!) * direction[d]!;
      places[row] = place;
      for (let d = 0; d < D; d++) next[d]! += place * (vectors[at + d]! - mean[d]!);
    }
    direction = next;
  }
  return places;
}
