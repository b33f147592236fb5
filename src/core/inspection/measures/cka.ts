import { centred, columnsOf, type Matrix, type Multiply, rowsOf, transpose } from './matrix.ts';
import type { Replicated } from './rank.ts';

/** How alike n images are in one representation: inner products of all pairs. */
export interface Similarity {
  readonly images: number;
  /** Groups that are left out in turn: group g of G holds images ⌊g·n/G⌋ to before ⌊(g + 1)·n/G⌋. */
  readonly groups: number;
  /** ⟨xᵢ, xⱼ⟩ for i < j, row after row. */
  readonly pairs: Float32Array;
  /** Σ ⟨xᵢ, xⱼ⟩ over j ≠ i of each group, [n, groups]. */
  readonly sums: Float64Array;
  /** HSIC with itself. */
  readonly self: Replicated;
}

/**
 * The pairwise similarities of a representation x [n, d], as debiased linear CKA needs them.
 * @param sketched whether x is a sketch in two independent halves (`createSketch`). Then HSIC with itself is HSIC of the
 *   one half with the other, times 4: a sketch's HSIC with itself would be too large by about the participation ratio over d.
 * @param groups how many groups of images are left out in turn
 */
export async function similarityOf(
  x: Matrix,
  { sketched, groups, multiply }: { readonly sketched: boolean; readonly groups: number; readonly multiply: Multiply },
): Promise<Similarity> {
  const moved = centred(x);
  const of = async (part: Matrix) => withSums(await innerProducts(part, multiply), x.rows, groups);
  if (!sketched) {
    const whole = await of(moved);
    return { ...whole, self: hsic(whole, whole) };
  }
  const half = x.columns / 2;
  const first = await of(columnsOf(moved, 0, half));
  const second = await of(columnsOf(moved, half, x.columns));
  const { value, leftOut } = hsic(first, second);
  return {
    ...first,
    pairs: first.pairs.map((product, i) => product + second.pairs[i]!),
    sums: first.sums.map((sum, i) => sum + second.sums[i]!),
    self: { value: 4 * value, leftOut: leftOut.map((one) => 4 * one) },
  };
}

/**
 * Debiased linear CKA: HSIC(K, L) ÷ √(HSIC(K, K) · HSIC(L, L)) (Kornblith 2019) with the unbiased estimator of HSIC (Song
 * 2012): unlike the plain one it does not rise with width over sample size, and can come out below 0.
 * @param leaveOut whether it is wanted without each of the groups as well
 * @returns undefined where one of the two does not vary, or with fewer than four images
 */
export function cka(a: Similarity, b: Similarity, leaveOut = true): Replicated | undefined {
  const cross = a === b ? a.self : hsic(a, b, leaveOut);
  const value = ratio(cross.value, a.self.value, b.self.value);
  if (value === undefined) return undefined;
  const leftOut = cross.leftOut.map((one, g) => ratio(one, a.self.leftOut[g]!, b.self.leftOut[g]!));
  return { value, leftOut: leftOut.filter((one) => one !== undefined) };
}

function ratio(cross: number, a: number, b: number): number | undefined {
  // By Cauchy and Schwarz it is at most 1; independent halves of two sketches can miss that by their error.
  return a > 0 && b > 0 ? Math.min(1, cross / Math.sqrt(a * b)) : undefined;
}

/** Rows that go through one product. */
const strip = 512;

/** ⟨xᵢ, xⱼ⟩ for i < j. */
async function innerProducts(x: Matrix, multiply: Multiply): Promise<Float32Array> {
  const n = x.rows;
  const pairs = new Float32Array((n * (n - 1)) / 2);
  let to = 0;
  for (let first = 0; first < n; first += strip) {
    const end = Math.min(first + strip, n);
    const { values, columns } = await multiply(rowsOf(x, first, end), transpose(rowsOf(x, first, n)));
    for (let i = 0; i < end - first; i++) {
      pairs.set(values.subarray(i * columns + i + 1, (i + 1) * columns), to);
      to += columns - i - 1;
    }
  }
  return pairs;
}

type Paired = Omit<Similarity, 'self'>;

const groupStart = (g: number, { images, groups }: Pick<Paired, 'images' | 'groups'>) =>
  Math.floor((g * images) / groups);

/** Calls back with each run of pairs (i, j) whose j are of one group: i, i's group and j's, where they stand, and j. */
function eachRun(
  s: Pick<Paired, 'images' | 'groups'>,
  call: (i: number, group: number, other: number, at: number, length: number, j: number) => void,
): void {
  let at = 0;
  let group = 0;
  for (let i = 0; i < s.images; i++) {
    while (i >= groupStart(group + 1, s)) group++;
    for (let other = group, j = i + 1; other < s.groups; other++) {
      const end = groupStart(other + 1, s);
      if (end > j) call(i, group, other, at, end - j, j);
      at += Math.max(0, end - j);
      j = Math.max(j, end);
    }
  }
}

function withSums(pairs: Float32Array, images: number, groups: number): Paired {
  const sums = new Float64Array(images * groups);
  eachRun({ images, groups }, (i, group, other, at, length, j) => {
    let sum = 0;
    for (let k = 0; k < length; k++) {
      const product = pairs[at + k]!;
      sum += product;
      sums[(j + k) * groups + group]! += product;
    }
    sums[i * groups + other]! += sum;
  });
  return { images, groups, pairs, sums };
}

/**
 * Unbiased HSIC: [tr(K̃L̃) + 1ᵀK̃1 · 1ᵀL̃1 ÷ ((n − 1)(n − 2)) − 2 ÷ (n − 2) · 1ᵀK̃L̃1] ÷ (n(n − 3)), K̃ and L̃ being the Gram
 * matrices with their diagonals set to 0 (Song 2012, equation 5). NaN with fewer than four images.
 */
function hsic(a: Paired, b: Paired, leaveOut = true): Replicated {
  const { images, groups } = a;
  let trace = 0;
  const touching = new Float64Array(groups);
  eachRun(a, (_, group, other, at, length) => {
    let sum = 0;
    for (let k = at; k < at + length; k++) sum += a.pairs[k]! * b.pairs[k]!;
    trace += 2 * sum;
    touching[group]! += 2 * sum;
    if (other !== group) touching[other]! += 2 * sum;
  });
  const totals = [a, b].map(({ sums }) => rowTotals(sums, images, groups)) as [Float64Array, Float64Array];
  const without = (g: number): number => {
    const [from, to] = g < 0 ? [0, 0] : [groupStart(g, a), groupStart(g + 1, a)];
    let sumA = 0;
    let sumB = 0;
    let both = 0;
    for (let i = 0; i < images; i++) {
      if (i >= from && i < to) continue;
      const rowA = totals[0][i]! - (g < 0 ? 0 : a.sums[i * groups + g]!);
      const rowB = totals[1][i]! - (g < 0 ? 0 : b.sums[i * groups + g]!);
      sumA += rowA;
      sumB += rowB;
      both += rowA * rowB;
    }
    const n = images - (to - from);
    if (n < 4) return Number.NaN;
    const traced = trace - (g < 0 ? 0 : touching[g]!);
    return (traced + (sumA * sumB) / ((n - 1) * (n - 2)) - (2 / (n - 2)) * both) / (n * (n - 3));
  };
  return { value: without(-1), leftOut: Array.from({ length: leaveOut ? groups : 0 }, (_, g) => without(g)) };
}

function rowTotals(sums: Float64Array, images: number, groups: number): Float64Array {
  return Float64Array.from({ length: images }, (_, i) =>
    sums.subarray(i * groups, (i + 1) * groups).reduce((total, sum) => total + sum, 0),
  );
}
