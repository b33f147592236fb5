import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SelvedgeError } from '../../errors.ts';
import type { Part } from './manifest.ts';
import { type SplitRequest, splitPictures } from './splitPictures.ts';

/** Pictures without groups or near-duplicates. */
function request(labels: readonly number[], more: Partial<SplitRequest> = {}): SplitRequest {
  const classes = Math.max(...labels) + 1;
  return {
    paths: labels.map((label, i) => `${label}/${i}.jpg`),
    labels: Uint32Array.from(labels),
    classNames: Array.from({ length: classes }, (_, label) => `class ${label}`),
    groups: labels.map(() => undefined),
    clusters: Uint32Array.from(labels.keys()),
    given: labels.map(() => undefined),
    shares: { validation: 0.15, test: 0.15 },
    seed: 0,
    ...more,
  };
}

const repeat = <T>(value: T, times: number) => new Array<T>(times).fill(value);
const countOf = (parts: readonly Part[], part: Part) => parts.filter((own) => own === part).length;

describe('without groups', () => {
  test('each class of 100 and of 20 pictures gets 15 % of validation and of test pictures', () => {
    const labels = [...repeat(0, 100), ...repeat(1, 20)];
    const { parts } = splitPictures(request(labels));
    expect(countOf(parts.slice(0, 100), 'validation')).toBe(15);
    expect(countOf(parts.slice(0, 100), 'test')).toBe(15);
    expect(countOf(parts.slice(100), 'validation')).toBe(3);
    expect(countOf(parts.slice(100), 'test')).toBe(3);
  });

  test('pictures of a group, and near-duplicates of one of them, are one unit; the others are units of their own', () => {
    const more = {
      groups: ['a', 'a', ...repeat(undefined, 8)],
      clusters: Uint32Array.of(0, 1, 1, 3, 4, 5, 6, 7, 8, 9),
    };
    const { units } = splitPictures(request(repeat(0, 10), more));
    expect([units[1], units[2]]).toEqual([units[0], units[0]]);
    expect(new Set(units).size).toBe(8);
  });

  test('three pictures are one of each part, and two are too few', () => {
    const { parts } = splitPictures(request([0, 0, 0, 1, 1, 1]));
    expect(parts.slice(0, 3).sort()).toEqual(['test', 'train', 'validation']);
    expect(() => splitPictures(request([0, 0, 0, 1, 1]))).toThrow(
      /^The class class 1 has 2 pictures, too few for training, validation and test, where .*; add other pictures, or remove the class\.$/,
    );
  });

  test('a share of 0 draws nothing', () => {
    const { parts } = splitPictures(request([0, 0, 1, 1], { shares: { validation: 0, test: 0.5 } }));
    expect(countOf(parts, 'validation')).toBe(0);
    expect(countOf(parts, 'test')).toBe(2);
  });

  test.each([
    [0.5, 0.5],
    [-0.1, 0.2],
    [Number.NaN, 0],
  ])('shares of %d and %d are refused', (validation, test) => {
    expect(() => splitPictures(request(repeat(0, 9), { shares: { validation, test } }))).toThrow(/sum below 1\.$/);
  });

  test('another seed draws other pictures, the same seed the same', () => {
    const labels = repeat(0, 200);
    const once = splitPictures(request(labels, { seed: 1 })).parts;
    expect(splitPictures(request(labels, { seed: 1 })).parts).toEqual(once);
    expect(splitPictures(request(labels, { seed: 2 })).parts).not.toEqual(once);
  });

  test('twenty pictures more of 200 move at most 12 of the others', () => {
    const before = splitPictures(request(repeat(0, 200))).parts;
    const after = splitPictures(request(repeat(0, 220))).parts;
    expect(before.filter((part, i) => part !== after[i]).length).toBeLessThanOrEqual(12);
  });
});

describe('given parts', () => {
  test('a given test set is kept, and only validation pictures are drawn', () => {
    const given = [...repeat<Part | undefined>(undefined, 40), ...repeat<Part | undefined>('test', 10)];
    const { parts } = splitPictures(request(repeat(0, 50), { given }));
    expect(parts.slice(40)).toEqual(repeat('test', 10));
    expect(countOf(parts.slice(0, 40), 'validation')).toBe(6);
    expect(countOf(parts.slice(0, 40), 'test')).toBe(0);
  });

  test('validation pictures are drawn from those that are given to train, test pictures are not', () => {
    const given = [...repeat<Part | undefined>('train', 40), ...repeat<Part | undefined>('test', 10)];
    const { parts } = splitPictures(request(repeat(0, 50), { given }));
    expect([countOf(parts.slice(0, 40), 'validation'), countOf(parts, 'test')]).toEqual([6, 10]);
    const half = [...repeat<Part | undefined>('train', 20), ...repeat<Part | undefined>(undefined, 20)];
    const { parts: both } = splitPictures(request(repeat(0, 40), { given: half }));
    expect([countOf(both, 'validation'), countOf(both.slice(0, 20), 'test'), countOf(both, 'test')]).toEqual([6, 0, 6]);
  });

  test('with given validation pictures, those that are given to train stay there', () => {
    const given = [...repeat<Part>('train', 20), ...repeat<Part>('validation', 5), ...repeat(undefined, 20)];
    const { parts } = splitPictures(request(repeat(0, 45), { given }));
    expect(countOf(parts.slice(0, 20), 'train')).toBe(20);
    expect([countOf(parts, 'validation'), countOf(parts, 'test')]).toEqual([5, 6]);
  });

  test('the others of a group follow the given one; a group that is given to two parts is reported', () => {
    const labels = repeat(0, 12);
    const given: (Part | undefined)[] = ['test', undefined, 'train', 'test', undefined, ...repeat(undefined, 7)];
    const groups = ['a', 'a', 'b', 'b', 'b', ...repeat(undefined, 7)];
    const { parts, divided } = splitPictures(request(labels, { given, groups }));
    expect(parts.slice(0, 5)).toEqual(['test', 'test', 'train', 'test', 'train']);
    expect(divided).toEqual([[2, 3, 4]]);
  });

  test('a class that only the test set has is refused', () => {
    const given: Part[] = ['train', 'train', 'train', 'test'];
    expect(() => splitPictures(request([0, 0, 0, 1], { given }))).toThrow(
      /^The class class 1 has no training picture;/,
    );
  });
});

describe('groups and near-duplicates', () => {
  test('three groups of ten are one for each part', () => {
    const groups = [...repeat('a', 10), ...repeat('b', 10), ...repeat('c', 10)];
    const { parts } = splitPictures(request(repeat(0, 30), { groups }));
    expect([countOf(parts, 'train'), countOf(parts, 'validation'), countOf(parts, 'test')]).toEqual([10, 10, 10]);
  });

  test('two groups of a class are too few for three parts', () => {
    const groups = [...repeat('a', 10), ...repeat('b', 10)];
    expect(() => splitPictures(request(repeat(0, 20), { groups }))).toThrow(/has 20 pictures, too few for/);
  });

  test('a group and a cluster with a common picture are one unit', () => {
    const clusters = Uint32Array.from({ length: 30 }, (_, i) => (i === 1 || i === 2 ? 1 : i));
    const groups = ['a', 'a', ...repeat(undefined, 28)];
    for (let seed = 0; seed < 10; seed++) {
      const { parts } = splitPictures(request(repeat(0, 30), { clusters, groups, seed }));
      expect(new Set(parts.slice(0, 3)).size).toBe(1);
    }
  });
});

const any = fc
  .array(
    fc.record({
      label: fc.integer({ min: 0, max: 2 }),
      group: fc.option(fc.constantFrom('g', 'h', 'i', 'j'), { nil: undefined, freq: 2 }),
      cluster: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined, freq: 2 }),
    }),
    { minLength: 3, maxLength: 60 },
  )
  .map((pictures): SplitRequest => {
    const numbers = [...new Set(pictures.map(({ label }) => label))];
    return request(
      pictures.map(({ label }) => numbers.indexOf(label)),
      {
        groups: pictures.map(({ group }) => group),
        clusters: Uint32Array.from(pictures, ({ cluster }, i) => cluster ?? 100 + i),
      },
    );
  });

test('any pictures: groups and clusters are in one part and each class is in each, or the class that is too small is named', () => {
  let drawn = 0;
  fc.assert(
    fc.property(any, fc.nat(), (pictures, seed) => {
      const { labels, groups, clusters, classNames } = pictures;
      let parts: readonly Part[];
      try {
        parts = splitPictures({ ...pictures, seed }).parts;
      } catch (error) {
        expect(error).toBeInstanceOf(SelvedgeError);
        expect((error as SelvedgeError).message).toMatch(/^The class class \d has \d+ pictures?, too few for/);
        return;
      }
      drawn += 1;
      for (const [i, part] of parts.entries()) {
        for (const [j, other] of parts.entries()) {
          if (clusters[i] === clusters[j] || (groups[i] !== undefined && groups[i] === groups[j]))
            expect(part).toBe(other);
        }
      }
      for (const label of classNames.keys()) {
        expect(new Set(parts.filter((_, i) => labels[i] === label)).size).toBe(3);
      }
    }),
    { numRuns: 300 },
  );
  expect(drawn).toBeGreaterThan(30);
});

test('any pictures: the order in which they come makes no difference', () => {
  fc.assert(
    fc.property(any, fc.nat(), fc.infiniteStream(fc.nat()), (pictures, seed, draws) => {
      const { paths, labels, groups, clusters, given } = pictures;
      const order = Array.from(paths.keys(), (i) => [draws.next().value as number, i] as const)
        .sort(([a, i], [b, j]) => a - b || i - j)
        .map(([, i]) => i);
      const pick = <T>(values: ArrayLike<T>) => order.map((i) => values[i]!);
      const shuffled: SplitRequest = {
        ...pictures,
        seed,
        paths: pick(paths),
        labels: Uint32Array.from(pick(labels)),
        groups: order.map((i) => groups[i]),
        clusters: Uint32Array.from(pick(clusters)),
        given: order.map((i) => given[i]),
      };
      const partsOf = (one: SplitRequest) => {
        try {
          const { parts } = splitPictures(one);
          return Object.fromEntries(one.paths.map((path, i) => [path, parts[i]]).sort());
        } catch {
          return undefined;
        }
      };
      expect(partsOf(shuffled)).toEqual(partsOf({ ...pictures, seed }));
    }),
  );
});
