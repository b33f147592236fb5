import { describe, expect, test } from 'vitest';
import { inlineEngine } from '../../../../test/engine/engines.ts';
import { littleEndianBytes, sha256 } from '../../bytes.ts';
import { randomSequence } from '../../engine/random.ts';
import { readSafetensors, writeSafetensors } from '../../formats/safetensors.ts';
import { embed } from './head.ts';
import { readSimilarityHead, type StoredHead, writeSimilarityHead } from './headFile.ts';
import { retrievalScores } from './measures.ts';
import { normalisedSoftmax } from './normalisedSoftmax.ts';
import { trainHead } from './trainHead.ts';
import { normalised } from './vectors.ts';

const [classes, D] = [4, 10];

/** Features whose class is in the first four values, and whose other six, larger ones say nothing of it. One never varies. */
function rowsFor(seed: number, count: number) {
  const random = randomSequence(seed, 1, 0);
  const labels = Array.from({ length: count }, (_, n) => n % classes);
  const values = labels.flatMap((label) =>
    Array.from({ length: D }, (_, d) => {
      if (d === D - 1) return 1;
      const noise = random.float();
      return d < classes ? Math.max(0, (d === label ? 1 : 0) + noise - 0.5) : 6 * noise;
    }),
  );
  return { values: Float32Array.from(values), labels };
}

const settings = { dimensions: 6, temperature: 0.1, epochs: 12, learningRate: 0.02 };
const losses: number[] = [];
const head = trainHead(rowsFor(0, 600), { ...settings, classes, seed: 0, onProgress: (_, loss) => losses.push(loss) });

describe('training', () => {
  test('the nearest of new items have their class: precision@1 from under 0.75 with the features to over 0.95', () => {
    const { values, labels } = rowsFor(1, 200);
    const plain = retrievalScores(inlineEngine, { vectors: normalised(values, D), dimensions: D, labels });
    const trained = retrievalScores(inlineEngine, { vectors: embed(head, values), dimensions: 6, labels });
    expect(plain.precision1).toBeLessThan(0.75);
    expect(trained.precision1).toBeGreaterThan(0.95);
    expect(trained.mapAtR).toBeGreaterThan(plain.mapAtR);
  });

  test('the loss of 12 epochs falls to under a tenth, from where random proxies are', () => {
    expect(losses).toHaveLength(settings.epochs);
    expect(losses[0]).toBeGreaterThan(Math.log(classes));
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 10);
  });

  test('the same rows and seed give the committed bits; another seed gives others', async () => {
    const digest = async ({ weights, bias }: typeof head) =>
      sha256(littleEndianBytes(Float32Array.of(...weights, ...bias)));
    const again = trainHead(rowsFor(0, 600), { ...settings, classes, seed: 0 });
    expect(await digest(again)).toBe('c2e9cfac60f4f5ef73e9515054baf7b608f13c655f5c331c3a61686ec216abe1');
    const other = trainHead(rowsFor(0, 600), { ...settings, classes, seed: 1 });
    expect(await digest(other)).not.toBe(await digest(again));
  });

  test('gradients are those of finite differences within 1e-6 of the largest', () => {
    const rows = rowsFor(2, 12);
    const random = randomSequence(3, 1, 0);
    const factors = Float64Array.from({ length: D }, () => 0.5 + random.float());
    const softmax = normalisedSoftmax(rows, { factors, dimensions: 3, classes, temperature: 0.3 });
    const { parameters } = softmax;
    for (let i = 0; i < parameters.length; i++) parameters[i] = random.float() - 0.5;
    const batch = [0, 3, 5, 6, 11];
    const lossAt = () => softmax.differentiate(batch) / batch.length;
    lossAt();
    const gradients = softmax.gradients.slice();
    const step = 1e-5;
    const differences = gradients.map((_, i) => {
      const value = parameters[i]!;
      const [above, below] = [value + step, value - step].map((moved) => {
        parameters[i] = moved;
        return lossAt();
      });
      parameters[i] = value;
      return (above! - below!) / (2 * step);
    });
    const largest = Math.max(...gradients.map(Math.abs));
    expect(Math.max(...gradients.map((g, i) => Math.abs(g - differences[i]!)))).toBeLessThan(1e-6 * largest);
  });

  test('embeddings are (xW + b) divided by the length', () => {
    const small = { weights: Float32Array.of(1, 0, 0, 2, 3, 1), bias: Float32Array.of(0, 1) };
    // x = (1, 1, 0): (1, 3) ; x = (0, 0, 1): (3, 2)
    const expected = [1 / Math.sqrt(10), 3 / Math.sqrt(10), 3 / Math.sqrt(13), 2 / Math.sqrt(13)];
    expect(embed(small, [1, 1, 0, 0, 0, 1])).toEqual(Float32Array.from(expected));
  });
});

describe('the file', () => {
  const modelSha256 = 'ab'.repeat(32);
  const stored: StoredHead = { head, modelSha256, layer: 'relu_3', settings };
  const bytes = writeSimilarityHead(stored);
  const expected = { modelSha256, features: D };

  test('is read as it was written', () => {
    expect(readSimilarityHead(bytes, 'head.safetensors', expected)).toEqual(stored);
  });

  /** The file with one thing changed. */
  function changed(change: (file: { tensors: Map<string, unknown>; metadata: Record<string, string> }) => void) {
    const { tensors, metadata } = readSafetensors(bytes, 'head');
    const file = { tensors: new Map<string, unknown>(tensors), metadata: { ...metadata } };
    change(file);
    return writeSafetensors(file as Parameters<typeof writeSafetensors>[0]);
  }

  test.each([
    [
      'of another model',
      bytes,
      { ...expected, modelSha256: 'cd'.repeat(32) },
      /belongs to the model abababab, not to cdcdcdcd/,
    ],
    ['for other features', bytes, { ...expected, features: 11 }, /weights has the shape \[10, 6\], not \[11, 6\]/],
    ['cut short', bytes.subarray(0, bytes.length - 4), expected, /cut short/],
    [
      'of another kind',
      changed(({ metadata }) => Object.assign(metadata, { format: 'selvedge-model' })),
      expected,
      /selvedge-similarity-head/,
    ],
    [
      'of a newer version',
      changed(({ metadata }) => Object.assign(metadata, { version: '2' })),
      expected,
      /update selvedge/,
    ],
    [
      'without settings',
      changed(({ metadata }) => Object.assign(metadata, { settings: '{}' })),
      expected,
      /settings cannot be read/,
    ],
    [
      'without a digest',
      changed(({ metadata }) => Object.assign(metadata, { modelSha256: '"x"' })),
      expected,
      /model digest cannot be read/,
    ],
    ['without the bias', changed(({ tensors }) => tensors.delete('bias')), expected, /lacks the array bias/],
    [
      'with a value that is no number',
      changed(({ tensors }) => tensors.set('bias', { shape: [6], values: new Float32Array(6).fill(Number.NaN) })),
      expected,
      /no finite number/,
    ],
  ])('%s: refused with a sentence', (_, file, given, message) => {
    const read = () => readSimilarityHead(file, 'head.safetensors', given);
    expect(read).toThrow(expect.objectContaining({ code: 'bad-model' }));
    expect(read).toThrow(message);
    expect(read).toThrow(/head\.safetensors is not a usable similarity-head/);
  });
});
