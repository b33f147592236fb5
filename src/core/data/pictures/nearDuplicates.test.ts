import fc from 'fast-check';
import { expect, test } from 'vitest';
import { thumbnailSize } from './fingerprint.ts';
import { nearDuplicateClusters } from './nearDuplicates.ts';

interface Picture {
  readonly hash: bigint;
  /** The value of all pixels of its thumbnail. */
  readonly shade: number;
}

function clusters(pictures: readonly Picture[]): number[] {
  const words = pictures.flatMap(({ hash }) => [Number(hash >> 32n), Number(hash & 0xffff_ffffn)]);
  const thumbnails = new Uint8Array(pictures.length * thumbnailSize);
  pictures.forEach(({ shade }, i) => {
    thumbnails.fill(shade, i * thumbnailSize, (i + 1) * thumbnailSize);
  });
  return [...nearDuplicateClusters({ hashes: Uint32Array.from(words), thumbnails })];
}

const ones = (hash: bigint) => hash.toString(2).replaceAll('0', '').length;
const isNear = (a: Picture, b: Picture) => ones(a.hash ^ b.hash) <= 7 && Math.abs(a.shade - b.shade) <= 4;

/** All pairs, until nothing changes. */
function byAllPairs(pictures: readonly Picture[]): number[] {
  const own = pictures.map((_, i) => i);
  for (let changed = true; changed; ) {
    changed = false;
    for (const [i, a] of pictures.entries()) {
      for (const [j, b] of pictures.entries()) {
        if (own[i]! <= own[j]! || !isNear(a, b)) continue;
        own[i] = own[j]!;
        changed = true;
      }
    }
  }
  return own;
}

test('7 different bits and a mean difference of 4 are near, 8 bits or 5 are not', () => {
  const at = (hash: bigint, shade: number) =>
    clusters([
      { hash: 0n, shade: 10 },
      { hash, shade },
    ])[1];
  expect(at(0x7fn, 14)).toBe(0);
  expect(at(0xffn, 14)).toBe(1);
  expect(at(0x7fn, 15)).toBe(1);
  // One bit of each row, so that seven bands differ.
  expect(at(0x0101_0101_0101_0100n, 10)).toBe(0);
});

test('clusters are transitive: each is a chain of near-duplicates', () => {
  expect(
    clusters([
      { hash: 0n, shade: 0 },
      { hash: 0xffffn, shade: 0 },
      { hash: 0xffn, shade: 0 },
    ]),
  ).toEqual([0, 1, 2]);
  expect(
    clusters([
      { hash: 0n, shade: 0 },
      { hash: 0n, shade: 8 },
      { hash: 0n, shade: 4 },
    ]),
  ).toEqual([0, 0, 0]);
});

test('any pictures: the clusters by bands are those of all pairs', () => {
  const flips = fc.array(fc.integer({ min: 0, max: 63 }), { maxLength: 9 });
  const centre = fc.constantFrom<bigint>(0n, 0xffff_0000_ffff_0000n, 0x1234_5678_9abc_def0n);
  const picture = fc
    .record({ centre, flips, shade: fc.integer({ min: 0, max: 9 }) })
    .map(({ centre, flips, shade }) => ({
      hash: flips.reduce((hash, bit) => hash ^ (1n << BigInt(bit)), centre),
      shade,
    }));
  fc.assert(
    fc.property(fc.array(picture, { maxLength: 25 }), (pictures) => {
      expect(clusters(pictures)).toEqual(byAllPairs(pictures));
    }),
  );
});
