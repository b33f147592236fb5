import { describe, expect, test } from 'vitest';
import { permutation, philox, randomSequence, seedWords, streams } from './random.ts';

const hex = (words: readonly number[]) => words.map((word) => word.toString(16).padStart(8, '0')).join(' ');

describe('philox: the known answers of Random123 (kat_vectors, philox4x32 10)', () => {
  test.each([
    [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ] as const)('counter %j, key %j', (counter, key, answer) => {
    expect(hex(philox([...counter], key))).toBe(answer);
  });
});

describe('seedWords', () => {
  test.each([
    [0, [0, 0]],
    [2 ** 32 - 1, [0xffffffff, 0]],
    [2 ** 32, [0, 1]],
    [2 ** 53 - 1, [0xffffffff, 0x1fffff]],
    [5 * 2 ** 32 + 7, [7, 5]],
  ])('%d', (seed, words) => {
    expect(seedWords(seed)).toEqual(words);
  });

  test('seeds above 2³² draw other numbers than their low words', () => {
    const first = (seed: number) => randomSequence(seed, streams.shuffle, 1).uint32();
    expect(new Set([7, 2 ** 32 + 7, 2 ** 33 + 7, 2 ** 52 + 7].map(first)).size).toBe(4);
  });
});

describe('randomSequence', () => {
  const firstFour = (seed: number, stream: number, index: number) => {
    const random = randomSequence(seed, stream, index);
    return [random.uint32(), random.uint32(), random.uint32(), random.uint32()];
  };

  test('begins with philox of (block 0, 0, index, stream)', () => {
    expect(firstFour(9, streams.split, 3)).toEqual(philox([0, 0, 3, streams.split], [9, 0]));
  });

  test('goes on with the next block', () => {
    const random = randomSequence(9, streams.split, 3);
    const draws = Array.from({ length: 8 }, random.uint32);
    expect(draws.slice(4)).toEqual(philox([1, 0, 3, streams.split], [9, 0]));
  });

  test('seed, stream and index each change every draw', () => {
    const base = firstFour(1, streams.shuffle, 1);
    for (const other of [
      firstFour(2, streams.shuffle, 1),
      firstFour(1, streams.split, 1),
      firstFour(1, streams.shuffle, 2),
    ])
      for (const [i, draw] of other.entries()) expect(draw).not.toBe(base[i]);
  });

  test('floats are multiples of 2⁻²⁴ in [0, 1), their mean within 4 standard errors of 1/2', () => {
    const random = randomSequence(4, 1, 1);
    const n = 100_000;
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const value = random.float();
      if (value < 0 || value >= 1 || Math.fround(value) !== value || !Number.isInteger(value * 2 ** 24))
        expect.fail(`${value} is no such number`);
      sum += value;
    }
    expect(Math.abs(sum / n - 0.5)).toBeLessThan(4 / Math.sqrt(12 * n));
  });

  test.each([2, 3, 10, 97])('below(%i) is uniform: χ² within 4 standard deviations of its mean', (n) => {
    const random = randomSequence(5, 1, n);
    const draws = 100_000;
    const counts = new Array<number>(n).fill(0);
    for (let i = 0; i < draws; i++) counts[random.below(n)]!++;
    const expected = draws / n;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquare - (n - 1)).toBeLessThan(4 * Math.sqrt(2 * (n - 1)));
  });

  test('below(3 · 2³⁰) has no bias to small results: its thirds within 4 standard errors', () => {
    // Without rejection, results under 2³⁰ would come twice as often as the others.
    const random = randomSequence(6, 1, 1);
    const n = 3 * 2 ** 30;
    const draws = 30_000;
    const thirds = [0, 0, 0];
    for (let i = 0; i < draws; i++) thirds[Math.floor(random.below(n) / 2 ** 30)]!++;
    for (const count of thirds) expect(Math.abs(count - draws / 3)).toBeLessThan(4 * Math.sqrt((draws * 2) / 9));
  });

  test('below(1) is 0, and below(2³²) is any word', () => {
    expect(randomSequence(1, 1, 1).below(1)).toBe(0);
    expect(randomSequence(1, 1, 1).below(2 ** 32)).toBe(randomSequence(1, 1, 1).uint32());
  });
});

describe('permutation', () => {
  const shuffled = (seed: number, n = 1000) => permutation(n, randomSequence(seed, streams.shuffle, 1));

  test.each([0, 1, 2, 1000])('holds every number below %i once', (n) => {
    expect([...shuffled(3, n)].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
  });

  test('is the same for the same seed, another for another', () => {
    expect(shuffled(3)).toEqual(shuffled(3));
    expect(shuffled(3)).not.toEqual(shuffled(4));
  });

  test('all 24 orders of four are equally likely: χ² within 4 standard deviations of its mean', () => {
    const random = randomSequence(8, streams.shuffle, 1);
    const counts = new Map<string, number>();
    const draws = 24_000;
    for (let i = 0; i < draws; i++) {
      const order = permutation(4, random).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chiSquare - 23).toBeLessThan(4 * Math.sqrt(46));
  });
});
