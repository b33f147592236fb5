import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { preprocessingFor } from '../data/preprocessing.ts';
import { SelvedgeError } from '../errors.ts';
import { initialParameters } from '../graph/initialise.ts';
import { layerTypes } from '../graph/layers/index.ts';
import { buildNetwork } from '../graph/network.ts';
import type { LayerSpec } from '../graph/spec.ts';
import type { Model } from '../model/model.ts';
import { readModel, writeModel } from './modelFile.ts';
import { readSafetensors, type TensorFile, writeSafetensors } from './safetensors.ts';

const spec: readonly LayerSpec[] = [
  { type: 'input', shape: [4, 4, 1] },
  { type: 'conv2d', filters: 2, kernelSize: 3, activation: 'relu' },
  { type: 'flatten' },
  { type: 'dropout', rate: 0.5 },
  { type: 'dense', name: 'scores', units: 3, activation: 'softmax' },
];
const network = buildNetwork(spec);
const model: Model = {
  network,
  parameters: initialParameters(network, 5),
  classNames: ['T-shirt/top', 'Hose', '靴'],
  preprocessing: preprocessingFor([4, 4, 1]),
};
const bytes = writeModel(model);

/** The model's file with some of it changed. */
function changed({
  metadata,
  tensors,
}: {
  metadata?: Record<string, string>;
  tensors?: TensorFile['tensors'];
}): Uint8Array {
  const file = readSafetensors(bytes, 'x');
  return writeSafetensors({ metadata: { ...file.metadata, ...metadata }, tensors: tensors ?? file.tensors });
}

function withSpec(other: unknown): Uint8Array {
  return changed({ metadata: { spec: JSON.stringify(other) } });
}

describe('a model file', () => {
  test('is read as it was written: network, parameters, class names, preprocessing', () => {
    expect(readModel(bytes, 'model.safetensors')).toEqual(model);
  });

  test('is the same bytes for the same model', () => {
    expect(writeModel(readModel(bytes, 'x'))).toEqual(bytes);
  });

  test('names its arrays by layer: conv [R, S, C, K], dense [in, out]', () => {
    const { tensors } = readSafetensors(bytes, 'x');
    expect([...tensors].map(([name, { shape }]) => [name, shape])).toEqual([
      ['conv2d_1/kernel', [3, 3, 1, 2]],
      ['conv2d_1/bias', [2]],
      ['scores/kernel', [8, 3]],
      ['scores/bias', [3]],
    ]);
  });

  test('is never taken when it was cut short, wherever', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readModel(bytes.slice(0, length), 'x'), `${length} bytes`).toThrow(SelvedgeError);
    }
  });

  test('with up to four changed bytes is read, or bad-model, never another error', () => {
    const changes = fc.array(fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(changes, (changesOf) => {
        const mutated = bytes.slice();
        for (const [at, value] of changesOf) mutated[at] = value;
        try {
          const { network, parameters } = readModel(mutated, 'x');
          expect(parameters).toHaveLength(network.parameterCount);
        } catch (error) {
          expect(error).toMatchObject({ name: 'SelvedgeError', code: 'bad-model' });
        }
      }),
      { seed: 4, numRuns: 1000 },
    );
  });

  test('with any metadata is read, or bad-model, never another error', () => {
    const texts = fc.oneof(fc.string(), fc.json());
    const keys = fc.constantFrom('format', 'version', 'spec', 'classNames', 'preprocessing');
    fc.assert(
      fc.property(fc.dictionary(keys, texts, { minKeys: 1 }), (metadata) => {
        try {
          readModel(changed({ metadata }), 'x');
        } catch (error) {
          expect(error).toMatchObject({ name: 'SelvedgeError', code: 'bad-model' });
        }
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  const { tensors } = readSafetensors(bytes, 'x');
  const without = (name: string) => new Map([...tensors].filter(([other]) => other !== name));
  test.each([
    [
      'of a newer version',
      changed({ metadata: { version: '3' } }),
      'it has format version 3, and this program reads up to 2; update selvedge',
    ],
    ['of no version', changed({ metadata: { version: '' } }), 'its metadata lacks a format version'],
    ['of a senseless version', changed({ metadata: { version: 'new' } }), 'its metadata lacks a format version'],
    [
      'that another program wrote',
      changed({ metadata: { format: 'pt' } }),
      'it is a safetensors file, but its metadata does not say selvedge-model',
    ],
    ['that lacks an array', changed({ tensors: without('scores/bias') }), 'it lacks the array scores/bias'],
    [
      'with an array of another shape',
      changed({ tensors: new Map(tensors).set('scores/kernel', { shape: [3, 8], values: new Float32Array(24) }) }),
      'array scores/kernel has the shape [3, 8], but the network needs [8, 3]',
    ],
    ['whose class names are no list', changed({ metadata: { classNames: '{}' } }), 'its classNames cannot be read'],
    [
      'whose preprocessing is unknown',
      changed({ metadata: { preprocessing: '{"divideBy":127}' } }),
      'its preprocessing cannot be read',
    ],
    [
      'whose preprocessing does not fit the network',
      changed({ metadata: { preprocessing: '{"divideBy":255,"reshape":[5,4,1],"labels":"oneHot"}' } }),
      'its preprocessing gives images of shape [5, 4, 1], but the network needs [4, 4, 1]',
    ],
    ['whose spec is no JSON', changed({ metadata: { spec: '[' } }), 'its spec cannot be read'],
    [
      'whose spec has an unknown layer',
      withSpec([spec[0], { type: 'attention' }]),
      `its spec cannot be read (Layer 2 has the unknown type "attention"; the types are ${layerTypes.join(', ')})`,
    ],
    [
      'with more class names than outputs',
      changed({ metadata: { classNames: '["a","b","c","d"]' } }),
      'its spec cannot be read (Layer softmax_1 has the output shape [3], but the data set has 4 classes: [4])',
    ],
    [
      'whose spec asks for far more memory than its arrays have',
      withSpec([
        spec[0],
        { type: 'flatten' },
        { type: 'dense', units: 1e12 },
        { type: 'dense', units: 3, activation: 'softmax' },
      ]),
      'it lacks the array dense_1/kernel',
    ],
  ])('%s is refused', (_, file, what) => {
    expect(() => readModel(file, 'runs/model.safetensors')).toThrow(
      new SelvedgeError('bad-model', `runs/model.safetensors is not a usable model: ${what}.`),
    );
  });
});
