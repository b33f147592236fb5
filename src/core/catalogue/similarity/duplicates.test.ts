import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inlineEngine } from '../../../../test/engine/engines.ts';
import { dotProduct } from '../../../../test/engine/references/dotProducts.ts';
import { fingerprint, thumbnailSize } from '../../data/pictures/fingerprint.ts';
import { type DuplicateInput, duplicateGroups, duplicateThreshold } from './duplicates.ts';
import { mutualNearest } from './mutualNearest.ts';
import { normalised } from './vectors.ts';

/** A picture of 32 × 32 in grey with a gradient of its own, a little brighter with `more`. */
function picture(kind: number, more = 0) {
  const pixels = Uint8Array.from({ length: 32 * 32 }, (_, i) => {
    const [y, x] = [Math.floor(i / 32), i % 32];
    return Math.min(255, ((x * (kind + 1) * 5) ^ (y * (kind + 3) * 7)) % 200) + more;
  });
  return fingerprint({ pixels, height: 32, width: 32, channels: 1 });
}

function fingerprintsOf(list: readonly ReturnType<typeof picture>[]) {
  const thumbnails = new Uint8Array(list.length * thumbnailSize);
  for (const [i, { thumbnail }] of list.entries()) thumbnails.set(thumbnail, i * thumbnailSize);
  return { hashes: Uint32Array.from(list.flatMap(({ hash }) => [...hash])), thumbnails };
}

/** Unit vectors in the plane. */
const angles = (degrees: readonly number[]) =>
  Float32Array.from(degrees.flatMap((d) => [Math.cos((d * Math.PI) / 180), Math.sin((d * Math.PI) / 180)]));

/** Pictures 0, 1 and 4 are one file; 2 is nearly the same; 3 and 5 show one product; 6 is alone. */
const input: DuplicateInput = {
  digests: ['a', 'a', 'b', 'c', 'a', 'd', 'e'],
  fingerprints: fingerprintsOf([0, 0, 0, 1, 0, 2, 3].map((kind, i) => picture(kind, i === 2 ? 2 : 0))),
  embeddings: { vectors: angles([0, 0, 1, 90, 0, 92, 180]), dimensions: 2, threshold: 0.99 },
};

test('the same file, nearly the same picture and the same product in another picture: disjoint groups with their evidence', () => {
  const [near, same, ...others] = duplicateGroups(inlineEngine, input);
  expect(near).toEqual({
    kind: 'near',
    members: [0, 1, 2, 4],
    evidence: [
      { picture: 1, earlier: 0, kind: 'exact' },
      { picture: 2, earlier: 0, kind: 'near', hashDistance: 0, meanDifference: 2 },
      { picture: 4, earlier: 0, kind: 'exact' },
    ],
  });
  expect(same).toMatchObject({ kind: 'sameProduct', members: [3, 5], evidence: [{ picture: 5, earlier: 3 }] });
  expect(same!.evidence[0]).toHaveProperty('cosine', expect.closeTo(Math.cos((2 * Math.PI) / 180), 6));
  expect(others).toEqual([]);
});

test('a chain of pictures each nearly like the next is split: every picture is near the first of its group', () => {
  const list = Array.from({ length: 12 }, (_, i) => picture(0, i));
  const digests = list.map((_, i) => String(i));
  const groups = duplicateGroups(inlineEngine, { digests, fingerprints: fingerprintsOf(list) });
  expect(groups.map(({ members }) => members)).toEqual([
    [0, 1, 2, 3, 4],
    [5, 6, 7, 8, 9],
    [10, 11],
  ]);
  for (const { members, evidence } of groups) {
    expect(evidence).toEqual(
      members.slice(1).map((one) => ({
        picture: one,
        earlier: members[0],
        kind: 'near',
        hashDistance: 0,
        meanDifference: one - members[0]!,
      })),
    );
  }
});

test('pictures of one product are no duplicates of each other, and are not each other’s nearest', () => {
  const owners = [0, 0, 0, 1, 0, 1, 2];
  expect(duplicateGroups(inlineEngine, { ...input, owners })).toEqual([]);
  const groups = duplicateGroups(inlineEngine, { ...input, owners: [0, 0, 0, 1, 9, 1, 2] });
  expect(groups.map(({ members }) => members)).toEqual([[0, 1, 2, 4]]);
});

test('a hundred pictures each like the next are pairs, not one group', () => {
  const N = 100;
  const list = Array.from({ length: N }, (_, i) => picture(i));
  const groups = duplicateGroups(inlineEngine, {
    digests: list.map((_, i) => String(i)),
    fingerprints: fingerprintsOf(list),
    embeddings: {
      vectors: angles(list.map((_, i) => i + (i % 2) * 0.1)),
      dimensions: 2,
      threshold: 0.999,
    },
  });
  const joined = groups.filter(({ kind }) => kind === 'sameProduct');
  expect(joined.length).toBeGreaterThan(30);
  expect(Math.max(...groups.map(({ members }) => members.length))).toBeLessThanOrEqual(4);
  const all = groups.flatMap(({ members }) => members);
  expect(new Set(all).size).toBe(all.length);
});

/** Each row's nearest other one of another owner, by all cosines. */
function bruteForce(vectors: Float32Array, D: number, threshold: number, owners: readonly number[]) {
  const rows = owners.map((_, i) => vectors.subarray(i * D, (i + 1) * D));
  const nearest = rows.map((row, i) => {
    let [best, most] = [-1, threshold];
    for (const [j, other] of rows.entries()) {
      if (owners[i] === owners[j]) continue;
      const score = dotProduct([...row, 0], [...other, 0]);
      if (score > most || (score === most && best < 0)) [best, most] = [j, score];
    }
    return best;
  });
  return nearest.flatMap((b, a) => (b > a && nearest[b] === a ? [[a, b]] : []));
}

test('mutual nearest are those of all cosines, whatever the order along which they are searched', () => {
  const cases = fc.integer({ min: 2, max: 40 }).chain((N) =>
    fc.record({
      values: fc.array(fc.integer({ min: -8, max: 8 }), { minLength: 3 * N, maxLength: 3 * N }),
      owners: fc.array(fc.nat(N), { minLength: N, maxLength: N }),
      threshold: fc.constantFrom(-1, 0.5, 0.9, 0.99),
    }),
  );
  fc.assert(
    fc.property(cases, ({ values, owners, threshold }) => {
      const vectors = normalised(values, 3);
      const pairs = mutualNearest(inlineEngine, vectors, { dimensions: 3, threshold, owners });
      expect(pairs.map(({ a, b }) => [a, b])).toEqual(bruteForce(vectors, 3, threshold, owners));
    }),
    { numRuns: 200 },
  );
});

test('the threshold is reached by at most 1 in 1,000 products', () => {
  const nearest = Float32Array.from({ length: 5000 }, (_, i) => ((i * 7919) % 5000) / 5001);
  const reached = (threshold: number) => nearest.filter((value) => value >= threshold).length;
  expect(reached(duplicateThreshold(nearest))).toBe(5);
  expect(reached(duplicateThreshold(nearest, 0.1))).toBe(500);
  expect(duplicateThreshold([])).toBe(1);
});
