import { philox, seedWords, type Words4 } from '../../../src/core/engine/random.ts';

/** What a mask is drawn for. */
export interface MaskContext {
  readonly seed: number;
  readonly step: number;
  /** The image's index in the data set. */
  readonly sample: number;
  /** The layer's number in the network. */
  readonly layer: number;
}

/**
 * Which of an image's elements dropout keeps, with probability `keep` ÷ 65536: what the kernel `dropoutMask` draws.
 * Elements come in groups of 512, four Philox blocks; bit b of a group is bit b mod 32 of word b ÷ 128 of block (b ÷ 32) mod 4.
 */
export function dropoutMask(elements: number, keep: number, { seed, step, sample, layer }: MaskContext): boolean[] {
  const key = seedWords(seed);
  const lowest = 31 - Math.clz32(keep & -keep);
  const bitOf = (element: number, digit: number) => {
    const bit = element % 512;
    const block = Math.floor(element / 512) * 4 + (Math.floor(bit / 32) % 4);
    const counter: Words4 = [block * 16 + digit, sample, step, layer];
    return (philox(counter, key)[Math.floor(bit / 128)]! >>> (bit % 32)) & 1;
  };
  return Array.from({ length: elements }, (_, element) => {
    let bit = 0;
    for (let digit = lowest; digit < 16; digit++) {
      const draw = bitOf(element, digit);
      bit = (keep >> digit) & 1 ? bit | draw : bit & draw;
    }
    return bit === 1;
  });
}
