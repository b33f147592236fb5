import { clustersOf } from '../../data/pictures/clusters.ts';
import { disjointSets } from '../../data/pictures/disjointSets.ts';
import { thumbnailSize } from '../../data/pictures/fingerprint.ts';
import {
  type Fingerprints,
  nearDuplicateClusters,
  nearDuplicateRule,
  ones,
} from '../../data/pictures/nearDuplicates.ts';
import type { Engine } from '../../engine/start.ts';
import { mutualNearest } from './mutualNearest.ts';

/**
 * What joins a group at its weakest place: the same file, nearly the same picture (`nearDuplicateRule`), or pictures that the embedding
 * takes for the same product.
 */
export type DuplicateKind = 'exact' | 'near' | 'sameProduct';

/** Why a picture is in its group: what it has in common with an earlier one of the group. */
export type DuplicateEvidence = { readonly picture: number; readonly earlier: number } & (
  | { readonly kind: 'exact' }
  /** Bits of 64 in which the hashes differ, and the mean difference of the thumbnails, of 255. */
  | { readonly kind: 'near'; readonly hashDistance: number; readonly meanDifference: number }
  | { readonly kind: 'sameProduct'; readonly cosine: number }
);

export interface DuplicateGroup {
  readonly kind: DuplicateKind;
  /** Two or more pictures, ascending. */
  readonly members: readonly number[];
  /** One entry for each member but the first, in their order. */
  readonly evidence: readonly DuplicateEvidence[];
}

/** N pictures, by their numbers. */
export interface DuplicateInput {
  /** Digests of the files, [N]. */
  readonly digests: readonly string[];
  /** Of all N. */
  readonly fingerprints: Fingerprints;
  /** Without it no products are recognised in other pictures. */
  readonly embeddings?: {
    /** [N, D], of length 1 */
    readonly vectors: Float32Array;
    readonly dimensions: number;
    /** See `duplicateThreshold`. */
    readonly threshold: number;
  };
  /** The product that each picture belongs to, [N]. Groups within one product are left out. Every picture has its own by default. */
  readonly owners?: ArrayLike<number>;
  /** Called with the completed share of the search in the embeddings, which takes longest. */
  readonly onProgress?: (share: number) => void;
}

/**
 * Disjoint groups of duplicates, in the order of their first pictures.
 *
 * Pictures with one digest are a group. Each of these is joined to the first earlier one that it is a near-duplicate of and that leads a group: every
 * picture is near its group's leader, where chains of near-duplicates would join hundreds of different ones. The embedding joins two of these only if their leaders are each other's nearest, with at least the threshold's cosine: as each picture has one nearest, no more than two are joined, however many pictures are alike.
 */
export function duplicateGroups(
  engine: Pick<Engine, 'module'>,
  { digests, fingerprints, embeddings, owners, onProgress }: DuplicateInput,
): DuplicateGroup[] {
  const N = digests.length;
  const ownerOf = (picture: number) => owners?.[picture] ?? picture;
  const sets = disjointSets(N);
  const firstOfDigest = new Map<string, number>();
  for (const [picture, digest] of digests.entries()) {
    const first = firstOfDigest.get(digest);
    if (first === undefined) firstOfDigest.set(digest, picture);
    else sets.join(first, picture);
  }
  const distinct = Uint32Array.from(firstOfDigest.values());
  // Whoever is near another is in one cluster with it, so leaders are looked for there alone.
  const nearEvidence = new Map<number, DuplicateEvidence>();
  for (const cluster of clustersOf(nearDuplicateClusters(selected(fingerprints, distinct)))) {
    const leaders: number[] = [];
    for (const i of cluster) {
      const picture = distinct[i]!;
      const found = leaders
        .map((earlier) => ({ picture, earlier, kind: 'near' as const, ...difference(fingerprints, earlier, picture) }))
        .find(isNear);
      if (!found) leaders.push(picture);
      else {
        nearEvidence.set(picture, found);
        sets.join(found.earlier, picture);
      }
    }
  }
  const leaderOf = Uint32Array.from({ length: N }, (_, picture) => sets.find(picture));

  const cosines = new Map<number, { readonly earlier: number; readonly cosine: number }>();
  if (embeddings) {
    const { vectors, dimensions: D, threshold } = embeddings;
    const leaders = Uint32Array.from(new Set(leaderOf));
    const rows = new Float32Array(leaders.length * D);
    for (const [i, picture] of leaders.entries()) rows.set(vectors.subarray(picture * D, (picture + 1) * D), i * D);
    const pairs = mutualNearest(engine, rows, {
      dimensions: D,
      threshold,
      owners: Float64Array.from(leaders, ownerOf),
      ...(onProgress && { onProgress }),
    });
    for (const { a, b, cosine } of pairs) {
      sets.join(leaders[a]!, leaders[b]!);
      cosines.set(leaders[b]!, { earlier: leaders[a]!, cosine });
    }
  }

  const groups = new Map<number, number[]>();
  for (let picture = 0; picture < N; picture++) {
    const first = sets.find(picture);
    const known = groups.get(first);
    if (known) known.push(picture);
    else groups.set(first, [picture]);
  }
  const evidenceOf = (picture: number): DuplicateEvidence => {
    const same = firstOfDigest.get(digests[picture]!)!;
    if (same !== picture) return { picture, earlier: same, kind: 'exact' };
    return nearEvidence.get(picture) ?? { picture, ...cosines.get(picture)!, kind: 'sameProduct' };
  };
  return [...groups.values()].flatMap((members) => {
    if (new Set(members.map(ownerOf)).size < 2) return [];
    const evidence = members.slice(1).map(evidenceOf);
    const kinds = new Set(evidence.map(({ kind }) => kind));
    const kind = kinds.has('sameProduct') ? 'sameProduct' : kinds.has('near') ? 'near' : 'exact';
    return [{ kind, members, evidence }];
  });
}

/**
 * The cosine that at most a share of different products reach with their nearest other one: a threshold for the same product in other pictures.
 * @param nearest cosines of products with their nearest other one, where all are known to be different; as many products as the
 *   catalogue has, since the nearest of more is nearer
 * @param share of products with a false duplicate; 1 in 1,000 by default
 */
export function duplicateThreshold(nearest: ArrayLike<number>, share = 0.001): number {
  const sorted = Float64Array.from(nearest).sort().reverse();
  const allowed = Math.floor(share * sorted.length);
  // Just above the best that may not reach it: float32's next is within this.
  return Math.min(1, (sorted[allowed] ?? 1) + 2 ** -22);
}

function isNear({ hashDistance, meanDifference }: ReturnType<typeof difference>): boolean {
  return hashDistance <= nearDuplicateRule.hashDistance && meanDifference <= nearDuplicateRule.meanDifference;
}

function selected({ hashes, thumbnails }: Fingerprints, pictures: Uint32Array): Fingerprints {
  const some = {
    hashes: new Uint32Array(2 * pictures.length),
    thumbnails: new Uint8Array(thumbnailSize * pictures.length),
  };
  for (const [i, picture] of pictures.entries()) {
    some.hashes.set(hashes.subarray(2 * picture, 2 * picture + 2), 2 * i);
    some.thumbnails.set(thumbnails.subarray(thumbnailSize * picture, thumbnailSize * (picture + 1)), thumbnailSize * i);
  }
  return some;
}

function difference({ hashes, thumbnails }: Fingerprints, a: number, b: number) {
  let sum = 0;
  for (let i = 0; i < thumbnailSize; i++)
    sum += Math.abs(thumbnails[a * thumbnailSize + i]! - thumbnails[b * thumbnailSize + i]!);
  return {
    hashDistance: ones(hashes[2 * a]! ^ hashes[2 * b]!) + ones(hashes[2 * a + 1]! ^ hashes[2 * b + 1]!),
    meanDifference: sum / thumbnailSize,
  };
}
