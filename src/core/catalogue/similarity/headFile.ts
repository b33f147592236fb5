import { z } from 'zod';
import { readSelvedgeFile, writeSafetensors } from '../../formats/safetensors.ts';
import type { SimilarityHead } from './head.ts';
import type { HeadSettings } from './trainHead.ts';

const version = 1;

/** A head with what one must know to use it. */
export interface StoredHead {
  readonly head: SimilarityHead;
  /** SHA-256 of the weights of the model whose features it takes, in hexadecimal. */
  readonly modelSha256: string;
  /** The layer whose output are the features. */
  readonly layer: string;
  readonly settings: HeadSettings;
}

const settingsSchema = z.strictObject({
  dimensions: z.number().int().positive(),
  temperature: z.number().positive(),
  epochs: z.number().int().positive(),
  learningRate: z.number().positive(),
}) satisfies z.ZodType<HeadSettings>;

const digestSchema = z.string().regex(/^[0-9a-f]{64}$/);

export function writeSimilarityHead({ head, modelSha256, layer, settings }: StoredHead): Uint8Array {
  const E = head.bias.length;
  return writeSafetensors({
    tensors: new Map([
      ['weights', { shape: [head.weights.length / E, E], values: head.weights }],
      ['bias', { shape: [E], values: head.bias }],
    ]),
    metadata: {
      format: 'selvedge-similarity-head',
      version: String(version),
      modelSha256: JSON.stringify(modelSha256),
      layer: JSON.stringify(layer),
      settings: JSON.stringify(settings),
    },
  });
}

/**
 * @param expected the model that is used with it: the digest of its weights, and how many features its layer has
 * @throws SelvedgeError 'bad-model' naming the file and what is wrong with it
 */
export function readSimilarityHead(
  bytes: Uint8Array,
  file: string,
  expected: { readonly modelSha256: string; readonly features: number },
): StoredHead {
  const read = readSelvedgeFile(bytes, file, 'similarity-head', version);
  const modelSha256 = read.parsed('modelSha256', (value) => digestSchema.parse(value), 'model digest');
  const layer = read.parsed('layer', (value) => z.string().min(1).parse(value));
  const settings = read.parsed('settings', (value) => settingsSchema.parse(value));
  if (modelSha256 !== expected.modelSha256)
    read.fail(
      `it belongs to the model ${modelSha256.slice(0, 8)}, not to ${expected.modelSha256.slice(0, 8)}; train a head for this model`,
    );
  const [D, E] = [expected.features, settings.dimensions];
  const array = (name: string, shape: readonly number[]) => {
    const found = read.tensor(name);
    if (found.shape.join() !== shape.join())
      read.fail(`its array ${name} has the shape [${found.shape.join(', ')}], not [${shape.join(', ')}]`);
    if (!found.values.every(Number.isFinite)) read.fail(`its array ${name} has a value that is no finite number`);
    return found.values;
  };
  return { head: { weights: array('weights', [D, E]), bias: array('bias', [E]) }, modelSha256, layer, settings };
}
