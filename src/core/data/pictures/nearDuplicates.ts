import { disjointSets } from './disjointSets.ts';
import { thumbnailSize } from './fingerprint.ts';

/**
 * The limits within which two pictures are near-duplicates: bits of 64 in which their hashes differ, and the mean difference of their
 * thumbnails, of 255. Copies that were saved again as JPEG or WebP or made smaller are within both; docs/pictures.md has the
 * measurements. The hash alone joins many different objects on a plain background.
 */
export const nearDuplicateRule = { hashDistance: 7, meanDifference: 4 } as const;

const bands = nearDuplicateRule.hashDistance + 1;
const mostDifference = nearDuplicateRule.meanDifference * thumbnailSize;

export interface Fingerprints {
  /** [N, 2], as `fingerprint` returns them. */
  readonly hashes: Uint32Array;
  /** 8-bit [N, 16, 16, 3] */
  readonly thumbnails: Uint8Array;
}

/**
 * Clusters of near-duplicates: two pictures are in one cluster if a chain of near-duplicates leads from one to the other.
 *
 * Hashes that differ in at most 7 bits agree in at least one of 8 bands of 8 bits, and thumbnails that differ by at most 4 in the mean
 * have means that do, so only pictures that agree in a band and have close means are compared. A band takes one bit of each row and
 * each column, since bits of one row of a plain background are often all alike.
 *
 * @returns [N], for each picture the smallest index of its cluster
 */
export function nearDuplicateClusters({ hashes, thumbnails }: Fingerprints): Uint32Array {
  const count = hashes.length / 2;
  const sums = Float64Array.from({ length: count }, (_, i) => {
    let sum = 0;
    for (let at = i * thumbnailSize; at < (i + 1) * thumbnailSize; at++) sum += thumbnails[at]!;
    return sum;
  });
  const bySum = Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => sums[a]! - sums[b]!);
  const sets = disjointSets(count);
  for (let band = 0; band < bands; band++) {
    for (const members of membersByKey(hashes, bySum, band)) {
      for (let i = 0; i < members.length; i++) {
        const a = members[i]!;
        const mostSum = sums[a]! + mostDifference;
        for (let j = i + 1; j < members.length && sums[members[j]!]! <= mostSum; j++) {
          const b = members[j]!;
          const high = hashes[2 * a]! ^ hashes[2 * b]!;
          const low = hashes[2 * a + 1]! ^ hashes[2 * b + 1]!;
          if (ones(high) + ones(low) > nearDuplicateRule.hashDistance || agreeBefore(band, high, low)) continue;
          if (sets.find(a) !== sets.find(b) && isClose(thumbnails, a * thumbnailSize, b * thumbnailSize))
            sets.join(a, b);
        }
      }
    }
  }
  return Uint32Array.from({ length: count }, (_, i) => sets.find(i));
}

/** Whether two pictures, of one or of two sets, are near-duplicates. */
export function areNearDuplicates(one: Fingerprints, a: number, other: Fingerprints, b: number): boolean {
  const high = one.hashes[2 * a]! ^ other.hashes[2 * b]!;
  const low = one.hashes[2 * a + 1]! ^ other.hashes[2 * b + 1]!;
  if (ones(high) + ones(low) > nearDuplicateRule.hashDistance) return false;
  return isClose(one.thumbnails, a * thumbnailSize, b * thumbnailSize, other.thumbnails);
}

/** The bits of each band: for each row one, of columns that are all different. */
const places = Array.from({ length: bands }, (_, band) =>
  Array.from({ length: 8 }, (_, row) => 8 * row + ((band + row) % 8)),
);
/** The same as masks of the two words. */
const masks = places.map((bits) =>
  bits.reduce<[number, number]>(
    ([high, low], bit) => (bit < 32 ? [high | (1 << (31 - bit)), low] : [high, low | (1 << (63 - bit))]),
    [0, 0],
  ),
);

/** Whether two pictures whose hashes differ in these bits were compared in an earlier band. */
function agreeBefore(band: number, high: number, low: number): boolean {
  for (let b = 0; b < band; b++) if ((high & masks[b]![0]) === 0 && (low & masks[b]![1]) === 0) return true;
  return false;
}

/** The pictures by the 8 bits of their hashes in a band, each list in the given order. */
function membersByKey(hashes: Uint32Array, order: Uint32Array, band: number): Uint32Array[] {
  const members: number[][] = Array.from({ length: 256 }, () => []);
  for (const i of order) {
    let key = 0;
    for (const bit of places[band]!) key = (key << 1) | ((hashes[2 * i + (bit >> 5)]! >>> (31 - (bit & 31))) & 1);
    members[key]!.push(i);
  }
  return members.map((indices) => Uint32Array.from(indices));
}

/** How many bits are 1. */
export function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function isClose(thumbnails: Uint8Array, a: number, b: number, others = thumbnails): boolean {
  let sum = 0;
  // Most pairs differ by too much after a few values.
  for (let from = 0; from < thumbnailSize; from += 48) {
    for (let i = from; i < from + 48; i++) sum += Math.abs(thumbnails[a + i]! - others[b + i]!);
    if (sum > mostDifference) return false;
  }
  return true;
}
