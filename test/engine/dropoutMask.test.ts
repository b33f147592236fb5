import { describe, expect, test } from 'vitest';
import { seedWords } from '../../src/core/engine/random.ts';
import { keepIn65536, maskBytes } from '../../src/core/graph/layers/dropout.ts';
import { onKernelBench } from './kernelBench.ts';
import { packMask } from './masks.ts';
import { dropoutMask, type MaskContext } from './references/dropoutMask.ts';

interface Draw extends Omit<MaskContext, 'sample'> {
  readonly samples: readonly number[];
  readonly elements: number;
  readonly keep: number;
}

/** The kernel's masks, a row of whole groups of 512 bits for each sample. */
function drawn({ seed, step, layer, samples, elements, keep }: Draw): Uint8Array {
  const bytes = maskBytes(elements);
  return onKernelBench((bench) => {
    const mask = bench.floats(new Float32Array((samples.length * bytes) / 4));
    const context = bench.words([...seedWords(seed), step]);
    bench.kernels['dropoutMask']!(
      mask,
      bench.words(samples),
      context,
      layer,
      keep,
      bytes,
      samples.length,
      0,
      samples.length,
    );
    return bench.readBytes(mask, samples.length * bytes);
  }, 4);
}

const keepAt = (rate: number) => keepIn65536({ type: 'dropout', rate });

/** A mask's first `elements` bits as 0 and 1. */
function bits(mask: Uint8Array, elements: number): Uint8Array {
  return Uint8Array.from({ length: elements }, (_, e) => (mask[e >> 3]! >> (e & 7)) & 1);
}

describe('the kernel draws the reference’s mask, bit for bit', () => {
  const contexts = [
    { seed: 0, step: 1, layer: 3, samples: [0] },
    { seed: 2 ** 40 + 12345, step: 1000, layer: 12, samples: [59_999, 7, 0] },
    { seed: 2 ** 53 - 1, step: 2 ** 32 - 1, layer: 5, samples: [2 ** 32 - 1, 1] },
  ];

  for (const rate of [0.5, 0.25, 0.1, 0.9, 0.75, 1 / 3, 2 ** -16, 1 - 2 ** -16]) {
    test.each(contexts)(`rate ${rate}, %j`, (context) => {
      for (const elements of [100, 700]) {
        const whole = maskBytes(elements) * 8;
        const kernel = drawn({ ...context, elements, keep: keepAt(rate) });
        const reference = context.samples.map((sample) =>
          packMask(dropoutMask(whole, keepAt(rate), { ...context, sample })),
        );
        expect(kernel).toEqual(Uint8Array.from(reference.flatMap((mask) => [...mask])));
      }
    });
  }

  test('an element’s draw depends on neither the layer’s size nor the image’s place in the batch', () => {
    const base = { seed: 4, step: 9, layer: 7, keep: keepAt(0.3) };
    const all = drawn({ ...base, elements: 1500, samples: [11, 22, 33] });
    const row = maskBytes(1500);
    const alone = drawn({ ...base, elements: 600, samples: [33] });
    expect(all.slice(2 * row, 2 * row + maskBytes(600))).toEqual(alone);
  });
});

describe('how often values are kept', () => {
  test.each([0.5, 0.25, 0.1, 0.9, 0.01, 1 / 3])('rate %d: within 4 standard errors over 262,144 draws', (rate) => {
    const elements = 2048;
    const samples = Array.from({ length: 128 }, (_, i) => i);
    const mask = drawn({ seed: 1, step: 1, layer: 3, samples, elements, keep: keepAt(rate) });
    const n = elements * samples.length;
    const kept = bits(mask, n).reduce((sum, bit) => sum + bit, 0);
    expect(Math.abs(kept / n - (1 - rate))).toBeLessThan(4 * Math.sqrt((rate * (1 - rate)) / n));
  });
});

/** Pearson's correlation of two rows of bits, in standard errors (times √n). */
function correlation(a: Uint8Array, b: Uint8Array): number {
  const n = a.length;
  let [ones, others, both] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    ones += a[i]!;
    others += b[i]!;
    both += a[i]! & b[i]!;
  }
  const covariance = both / n - (ones / n) * (others / n);
  const variance = (p: number) => p * (1 - p);
  return (Math.abs(covariance) / Math.sqrt(variance(ones / n) * variance(others / n))) * Math.sqrt(n);
}

describe.each([0.5, 0.25, 0.9])(
  'draws are independent at rate %d: correlations under 4/√n, n about 100,000',
  (rate) => {
    const [channels, positions] = [32, 98];
    const elements = channels * positions;
    const samples = Array.from({ length: 32 }, (_, i) => i);
    const images = (step: number, layer: number, seed = 5, of = samples) => {
      const mask = drawn({ seed, step, layer, samples: of, elements, keep: keepAt(rate) });
      const row = maskBytes(elements);
      return of.map((_, n) => bits(mask.subarray(n * row, (n + 1) * row), elements));
    };
    const join = (rows: readonly Uint8Array[]): Uint8Array => Buffer.concat(rows);
    const base = images(1, 3);

    test.each([1, 2, 3, 4, 7, 8])('elements and those %i further on', (distance) => {
      const a = join(base.map((row) => row.subarray(0, elements - distance)));
      const b = join(base.map((row) => row.subarray(distance)));
      expect(correlation(a, b)).toBeLessThan(4);
    });

    test.each([32, 64, 128, 512])('elements and those %i further on: a position or a block of draws', (distance) => {
      const a = join(base.map((row) => row.subarray(0, elements - distance)));
      const b = join(base.map((row) => row.subarray(distance)));
      expect(correlation(a, b)).toBeLessThan(4);
    });

    test('channels: each pair of neighbouring channels over all positions and images', () => {
      const channel = (c: number) =>
        Uint8Array.from(
          { length: positions * samples.length },
          (_, i) => base[Math.floor(i / positions)]![(i % positions) * channels + c]!,
        );
      for (let c = 0; c + 1 < channels; c++)
        expect(correlation(channel(c), channel(c + 1)), `channel ${c}`).toBeLessThan(4);
    });

    test('images that follow each other in the data set', () => {
      expect(correlation(join(base.slice(0, -1)), join(base.slice(1)))).toBeLessThan(4);
    });

    test('images 2¹⁶ apart', () => {
      const far = images(
        1,
        3,
        5,
        samples.map((i) => i + 2 ** 16),
      );
      expect(correlation(join(base), join(far))).toBeLessThan(4);
    });

    test.each([2, 3, 17])('step 1 and step %i', (step) => {
      expect(correlation(join(base), join(images(step, 3)))).toBeLessThan(4);
    });

    test.each([4, 8, 12])('layer 3 and layer %i', (layer) => {
      expect(correlation(join(base), join(images(1, layer)))).toBeLessThan(4);
    });

    test.each([6, 2 ** 32 + 5])('seed 5 and seed %i', (seed) => {
      expect(correlation(join(base), join(images(1, 3, seed)))).toBeLessThan(4);
    });

    test('sixteen patterns of four neighbours come as often as they should: χ² of 15 degrees of freedom under 45', () => {
      const row = join(base);
      const counts = new Array<number>(16).fill(0);
      for (let i = 0; i + 4 <= row.length; i += 4)
        counts[row[i]! | (row[i + 1]! << 1) | (row[i + 2]! << 2) | (row[i + 3]! << 3)]!++;
      const patterns = Math.floor(row.length / 4);
      const chiSquare = counts.reduce((sum, count, pattern) => {
        const ones = [0, 1, 2, 3].filter((bit) => (pattern >> bit) & 1).length;
        const expected = patterns * (1 - rate) ** ones * rate ** (4 - ones);
        return sum + (count - expected) ** 2 / expected;
      }, 0);
      expect(chiSquare).toBeLessThan(45);
    });
  },
);
