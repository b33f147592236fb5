/**
 * Random numbers as a function of what they are for: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as
 * 1, 2, 3", 2011). The key is the seed; the counter says which draw.
 */

/** The fourth word of the counter keeps different uses apart; dropout layers use their number in the network. */
export const streams = {
  initialWeights: 0x1000_0000,
  shuffle: 0x2000_0000,
  split: 0x3000_0000,
  inspection: 0x4000_0000,
  foreign: 0x5000_0000,
  augmentation: 0x6000_0000,
  tuning: 0x7000_0000,
  folds: 0x8000_0000,
  pictures: 0x9000_0000,
  heads: 0xa000_0000,
} as const;

const twoTo24 = 16_777_216;
const twoTo32 = 4_294_967_296;

export type Words4 = [number, number, number, number];

/** The seed's low and high 32 bits. Seeds are integers from 0 to 2⁵³ − 1. */
export function seedWords(seed: number): [number, number] {
  return [seed >>> 0, Math.floor(seed / twoTo32) >>> 0];
}

function highWord(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const low = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + (middle >>> 16) + (low >>> 16)) >>> 0;
}

/** Four random uint32 for a counter of four uint32 and a key of two. */
export function philox(counter: Words4, key: readonly [number, number]): Words4 {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const h0 = highWord(c0, 0xd2511f53);
    const l0 = Math.imul(c0, 0xd2511f53) >>> 0;
    const h1 = highWord(c2, 0xcd9e8d57);
    const l1 = Math.imul(c2, 0xcd9e8d57) >>> 0;
    c0 = (h1 ^ c1 ^ k0) >>> 0;
    c1 = l1;
    c2 = (h0 ^ c3 ^ k1) >>> 0;
    c3 = l0;
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** A sequence of draws, the same for the same seed, stream and index. */
export interface RandomSequence {
  /** Uniform over the 2³² values. */
  uint32(): number;
  /** Uniform in [0, 1), a multiple of 2⁻²⁴, exact in float32. */
  float(): number;
  /** Uniform over 0 … n − 1, without bias; n from 1 to 2³². */
  below(n: number): number;
}

/** The sequence number `index` (an epoch, a parameter, …) of a stream. */
export function randomSequence(seed: number, stream: number, index: number): RandomSequence {
  const key = seedWords(seed);
  let block = 0;
  let words: Words4 = [0, 0, 0, 0];
  let used = 4;
  const uint32 = () => {
    if (used === 4) {
      words = philox([block++ >>> 0, 0, index >>> 0, stream], key);
      used = 0;
    }
    return words[used++]!;
  };
  return {
    uint32,
    float: () => (uint32() >>> 8) / twoTo24,
    below(n) {
      // The largest multiple of n that fits: draws at or above it would favour small results.
      const limit = twoTo32 - (twoTo32 % n);
      let draw = uint32();
      while (draw >= limit) draw = uint32();
      return draw % n;
    },
  };
}

/** The numbers 0 … n − 1 in random order (Fisher and Yates). */
export function permutation(n: number, random: RandomSequence): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const swap = order[i]!;
    order[i] = order[j]!;
    order[j] = swap;
  }
  return order;
}
