import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { preprocessingFor } from '../data/preprocessing.ts';
import { initialParameters } from '../graph/initialise.ts';
import { buildNetwork } from '../graph/network.ts';
import type { Model } from '../model/model.ts';
import type { ReliabilityMetadata } from '../model/reliability.ts';
import { readModel, writeModel } from './modelFile.ts';
import { readSafetensors, type TensorFile, writeSafetensors } from './safetensors.ts';

const network = buildNetwork([
  { type: 'input', shape: [2, 2, 1] },
  { type: 'flatten' },
  { type: 'dense', units: 3, activation: 'relu' },
  { type: 'dense', units: 2, activation: 'softmax' },
]);
const error = { images: 4, before: 0.2, after: 0.1, lossBefore: 1, lossAfter: 0.5 };
const reliability: ReliabilityMetadata = {
  calibration: { temperature: 0.5, fittedTemperature: 0.5, bins: 15, validation: error, test: error },
  familiarity: {
    layer: 'relu_1',
    leastScore: 0.05,
    validationKept: 0.95,
    testKept: 0.94,
    foreign: [
      { name: 'icons', description: 'symbols', pictures: 5, auroc: { value: 0.9, low: 0.8, high: 1 }, kept: 0.2 },
    ],
    whitening: Float32Array.of(1, 0, 0, 2, 3, 0, 4, 5, 6),
    means: Float32Array.of(1, 2, 3, 4, 5, 6),
    reference: Float32Array.of(0.5, 1, 2, 8),
  },
  sets: { fitted: 10, validation: 4, test: 4 },
  selvedge: '1.2.3',
};
const bare: Model = {
  network,
  parameters: initialParameters(network, 5),
  classNames: ['coat', 'bag'],
  preprocessing: preprocessingFor([2, 2, 1]),
};
const bytes = writeModel({ ...bare, reliability });
const file = readSafetensors(bytes, 'x');

/** The file with its reliability metadata's JSON changed, or its arrays. */
function changed(json: (text: string) => string, tensors: TensorFile['tensors'] = file.tensors): Uint8Array {
  return writeSafetensors({ metadata: { ...file.metadata, card: json(file.metadata['card']!) }, tensors });
}
const same = (text: string) => text;

describe('a model file with reliability metadata', () => {
  test('is read as it was written', () => {
    expect(readModel(bytes, 'x')).toEqual({ ...bare, reliability });
  });

  test('is the same bytes for the same model', () => {
    expect(writeModel(readModel(bytes, 'x'))).toEqual(bytes);
  });

  test('may have reliability metadata without familiarity', () => {
    const without = { ...reliability, familiarity: null };
    expect(readModel(writeModel({ ...bare, reliability: without }), 'x').reliability).toEqual(without);
  });

  test('keeps thresholds of its classes; a file without them has none', () => {
    const point = { precision: 0.9, threshold: 0.75, accepted: 30, right: 29 };
    const none = { precision: 0.9, threshold: null, accepted: 0, right: 0 };
    const thresholds = [
      { predicted: 40, thresholds: [point] },
      { predicted: 0, thresholds: [none] },
    ];
    const written = writeModel({ ...bare, reliability: { ...reliability, thresholds } });
    expect(readModel(written, 'x').reliability).toEqual({ ...reliability, thresholds });
    expect(readModel(bytes, 'x').reliability?.thresholds).toBe(undefined);
    const tooMany = writeModel({
      ...bare,
      reliability: { ...reliability, thresholds: [...thresholds, ...thresholds] },
    });
    expect(() => readModel(tooMany, 'm')).toThrow(/thresholds of 4 classes, but the network has 2/);
  });

  test('keeps the format version, the weights and their names, so that readers of models without cards read it', () => {
    const before = readSafetensors(writeModel(bare), 'x');
    expect(file.metadata['version']).toBe(before.metadata['version']);
    for (const [name, tensor] of before.tensors) expect(file.tensors.get(name)).toEqual(tensor);
    expect([...file.tensors.keys()].slice(before.tensors.size)).toEqual([
      'card/whitening',
      'card/means',
      'card/reference',
    ]);
  });

  test('with reliability metadata of a newer version is read without it', () => {
    expect(
      readModel(
        changed(() => '{"version":2,"future":true}'),
        'x',
      ),
    ).toEqual(bare);
  });

  test.each([
    ['no JSON', changed(() => '{'), 'its reliability metadata cannot be read'],
    ['of no version', changed(() => '{}'), 'its reliability metadata cannot be read'],
    [
      'a temperature of 0',
      changed((text) => text.replace('"temperature":0.5', '"temperature":0')),
      'its reliability metadata cannot be read',
    ],
    [
      'an unknown layer',
      changed((text) => text.replace('relu_1', 'relu_9')),
      'its reliability metadata cannot be read (the network has no layer relu_9)',
    ],
    [
      'a missing array',
      changed(same, new Map([...file.tensors].filter(([name]) => name !== 'card/means'))),
      'its reliability metadata cannot be read (the array card/means is missing)',
    ],
    [
      'an array of another shape',
      changed(same, new Map(file.tensors).set('card/means', { shape: [2, 2], values: new Float32Array(4) })),
      'its reliability metadata cannot be read (array card/means has the shape [2, 2], which does not fit)',
    ],
    [
      'no distances',
      changed(same, new Map(file.tensors).set('card/reference', { shape: [0], values: new Float32Array(0) })),
      'its reliability metadata cannot be read (array card/reference has the shape [0], which does not fit)',
    ],
  ])('with reliability metadata of %s is refused', (_, given, what) => {
    expect(() => readModel(given, 'm')).toThrow(
      expect.objectContaining({ code: 'bad-model', message: `m is not a usable model: ${what}.` }),
    );
  });

  test('with reliability metadata is read, or bad-model, never another error', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.tuple(fc.nat({ max: 900 }), fc.string()).map(([at, text]) => {
        const json = file.metadata['card']!;
        return json.slice(0, at) + text + json.slice(at + text.length);
      }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          readModel(
            changed(() => text),
            'x',
          );
        } catch (failure) {
          expect(failure).toMatchObject({ name: 'SelvedgeError', code: 'bad-model' });
        }
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});
