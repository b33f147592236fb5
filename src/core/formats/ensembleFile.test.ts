import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { preprocessingFor } from '../data/preprocessing.ts';
import { SelvedgeError } from '../errors.ts';
import { initialParameters } from '../graph/initialise.ts';
import { buildNetwork } from '../graph/network.ts';
import type { LayerSpec } from '../graph/spec.ts';
import { createEnsemble } from '../model/ensemble.ts';
import type { Model } from '../model/model.ts';
import type { ReliabilityMetadata } from '../model/reliability.ts';
import { readModel, readServableModel, writeModel } from './modelFile.ts';
import { readSafetensors, type TensorFile, writeSafetensors } from './safetensors.ts';

const specOf = (units: number): readonly LayerSpec[] => [
  { type: 'input', shape: [2, 2, 1] },
  { type: 'flatten' },
  { type: 'dense', units, activation: 'relu' },
  { type: 'dense', units: 2, activation: 'softmax' },
];

function modelOf(units: number): Model {
  const network = buildNetwork(specOf(units));
  return {
    network,
    parameters: initialParameters(network, units),
    classNames: ['coat', 'bag'],
    preprocessing: preprocessingFor([2, 2, 1]),
  };
}

const models = [modelOf(3), modelOf(4)];
const ensemble = createEnsemble(models.map((model, i) => ({ name: `${i}`, model })));
const bytes = writeModel(ensemble);
const file = readSafetensors(bytes, 'x');

function changed(metadata: Record<string, string>, tensors: TensorFile['tensors'] = file.tensors): Uint8Array {
  return writeSafetensors({ metadata: { ...file.metadata, ...metadata }, tensors });
}

const members = (...specs: unknown[]) => ({ members: JSON.stringify(specs) });

describe('the file of an ensemble', () => {
  test('is read as it was written, and written again with the same bytes', () => {
    expect(readServableModel(bytes, 'x')).toEqual(ensemble);
    expect(writeModel(readServableModel(bytes, 'x'))).toEqual(bytes);
  });

  test('has version 2, and each member’s arrays under its number; a single model stays version 1', () => {
    expect(file.metadata['version']).toBe('2');
    expect([...file.tensors.keys()]).toEqual(
      [1, 2].flatMap((i) =>
        ['dense_1', 'dense_2'].flatMap((layer) => [`member-${i}/${layer}/kernel`, `member-${i}/${layer}/bias`]),
      ),
    );
    expect(readSafetensors(writeModel(models[0]!), 'x').metadata['version']).toBe('1');
    expect(readServableModel(writeModel(models[0]!), 'x')).toEqual(models[0]);
  });

  test('may have reliability metadata, whose layer is the first member’s', () => {
    const error = { images: 4, before: 0.2, after: 0.1, lossBefore: 1, lossAfter: 0.5 };
    const metrics = { layer: 'relu_1', leastScore: 0.05, validationKept: 0.95, testKept: 0.94, foreign: [] };
    const reliability: ReliabilityMetadata = {
      calibration: { temperature: 0.5, fittedTemperature: 0.5, bins: 15, validation: error, test: error },
      familiarity: {
        ...metrics,
        whitening: new Float32Array(9).fill(1),
        means: new Float32Array(6).fill(2),
        reference: Float32Array.of(1, 2),
      },
      sets: { fitted: 10, validation: 4, test: 4 },
      selvedge: '1.2.3',
    };
    const calibrated = { ...ensemble, reliability };
    expect(readServableModel(writeModel(calibrated), 'x')).toEqual(calibrated);
  });

  test('is refused with its number of members where a single model is needed', () => {
    expect(() => readModel(bytes, 'both.safetensors')).toThrow(
      /^both\.safetensors is an ensemble of 2 models, but a single network is needed here; /,
    );
  });

  const without = (name: string) => new Map([...file.tensors].filter(([other]) => other !== name));
  test.each([
    ['with one member', changed(members(specOf(3))), 'its members cannot be read'],
    ['without a list of members', changed({ members: '{}' }), 'its members cannot be read'],
    [
      'that lacks an array of the second',
      changed({}, without('member-2/dense_1/bias')),
      'it lacks the array member-2/dense_1/bias',
    ],
    [
      'whose members are exchanged',
      changed(members(specOf(4), specOf(3))),
      'array member-1/dense_1/kernel has the shape [4, 3], but the network needs [4, 4]',
    ],
    [
      'whose second member takes other pictures',
      changed(members(specOf(3), [{ type: 'input', shape: [4, 1, 1] }, ...specOf(4).slice(1)])),
      'its preprocessing gives images of shape [2, 2, 1], but the network needs [4, 1, 1]',
    ],
    [
      'whose second member has other classes',
      changed(members(specOf(3), [...specOf(4).slice(0, -1), { type: 'dense', units: 5, activation: 'softmax' }])),
      'its members cannot be read (Layer softmax_1 has the output shape [5], but the data set has 2 classes: [2])',
    ],
    ['said to be a single model', changed({ version: '1' }), 'its spec cannot be read'],
  ])('%s is refused', (_, given, what) => {
    expect(() => readServableModel(given, 'x')).toThrow(
      new SelvedgeError('bad-model', `x is not a usable model: ${what}.`),
    );
  });

  test('with any metadata, or up to four changed bytes, is read, or bad-model, never another error', () => {
    const expectRead = (given: Uint8Array) => {
      try {
        readServableModel(given, 'x');
      } catch (error) {
        expect(error).toMatchObject({ name: 'SelvedgeError', code: 'bad-model' });
      }
    };
    const keys = fc.constantFrom('version', 'spec', 'members', 'classNames', 'preprocessing', 'card');
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.array(fc.json()).map((parts) => `[${parts.join()}]`),
    );
    fc.assert(
      fc.property(fc.dictionary(keys, texts, { minKeys: 1 }), (metadata) => expectRead(changed(metadata))),
      { seed: 6, numRuns: 500 },
    );
    const changes = fc.array(fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(changes, (changesOf) => {
        const mutated = bytes.slice();
        for (const [at, value] of changesOf) mutated[at] = value;
        expectRead(mutated);
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  test('is never taken when it was cut short, wherever', () => {
    for (let length = 0; length < bytes.length; length += 3) {
      expect(() => readServableModel(bytes.slice(0, length), 'x'), `${length} bytes`).toThrow(SelvedgeError);
    }
  });

  test('of 2 to 5 members of any sizes is read as it was written', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 5 }), (sizes) => {
        const made = createEnsemble(sizes.map((units) => ({ name: `${units}`, model: modelOf(units) })));
        expect(readServableModel(writeModel(made), 'x')).toEqual(made);
      }),
      { numRuns: 20 },
    );
  });
});
