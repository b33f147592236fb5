import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../bytes.ts';
import { buildNetwork } from '../graph/network.ts';
import { backboneFor, featureCount, withHead } from '../transfer/backbone.ts';
import { readBackbone } from './backboneFile.ts';
import { writeSafetensors } from './safetensors.ts';

const published = new URL('../../../backbones/efficientnet-lite0.safetensors', import.meta.url);

const spec = [
  { type: 'input', name: 'input', shape: [8, 8, 3] },
  { type: 'conv2d', name: 'conv', filters: 2, kernelSize: 3 },
  { type: 'globalAveragePooling2d', name: 'features' },
];
const kernel = { shape: [3, 3, 3, 2], values: Float32Array.from({ length: 54 }, (_, i) => i) };
const bias = { shape: [2], values: Float32Array.of(1, 2) };
const metadata = {
  format: 'selvedge-backbone',
  version: '1',
  name: 'tiny',
  spec: JSON.stringify(spec),
  preprocessing: '{"divideBy":255}',
};
const fileOf = (changes: Record<string, string> = {}, tensors: Record<string, typeof kernel> = {}) =>
  writeSafetensors({
    tensors: new Map(Object.entries({ 'conv/kernel': kernel, 'conv/bias': bias, ...tensors })),
    metadata: { ...metadata, ...changes },
  });

describe('readBackbone', () => {
  test('reads network, weights and what pixels are divided by', () => {
    const { name, network, parameters, divideBy } = readBackbone(fileOf(), 'tiny.safetensors');
    expect([name, network.outputShape, divideBy]).toEqual(['tiny', [2], 255]);
    expect([...parameters]).toEqual([...kernel.values, 1, 2]);
  });

  test.each([
    ['a model', fileOf({ format: 'selvedge-model' }), /^tiny\.safetensors is not a usable backbone: /],
    ['a newer version', fileOf({ version: '2' }), /version/],
    ['no division', fileOf({ preprocessing: '{"divideBy":0}' }), /preprocessing/],
    ['an unknown layer', fileOf({ spec: '[{"type":"magic"}]' }), /spec/],
    [
      'a kernel of another shape',
      fileOf({}, { 'conv/kernel': { ...kernel, shape: [54] } }),
      /conv\/kernel has the shape \[54\]/,
    ],
    ['a file cut short', fileOf().subarray(0, -4), /it was cut short/],
  ])('refuses %s', (_, bytes, sentence) => {
    expect(() => readBackbone(bytes, 'tiny.safetensors')).toThrow(sentence);
  });

  test('the published backbone has 692,694 values, 112 features, and the bytes that its script writes', async () => {
    const bytes = readFileSync(published);
    expect(await sha256(bytes)).toBe('f0d58e0214ef69fb44a6c98a59b2ce3442d01f585356f914955e51a064f3eda0');
    const backbone = readBackbone(bytes, 'efficientnet-lite0');
    expect([backbone.parameters.length, featureCount(backbone)]).toEqual([692_694, 112]);
    expect(backbone.parameters.every(Number.isFinite)).toBe(true);
  });
});

describe('backboneFor', () => {
  const backbone = readBackbone(fileOf(), 'tiny');

  test('has the same weights for pictures of another size', () => {
    const larger = backboneFor(backbone, [12, 16, 3]);
    expect(larger.network.inputShape).toEqual([12, 16, 3]);
    expect(larger.parameters).toBe(backbone.parameters);
  });

  test('refuses pictures that are too small, and other channels', () => {
    expect(() => backboneFor(backbone, [2, 8, 3])).toThrow(/^tiny cannot read pictures of \[2, 8, 3\]: /);
    expect(() => backboneFor(backbone, [8, 8, 1])).toThrow(
      'its weights are for another size; choose a larger size, with 3 channels.',
    );
  });
});

test('withHead: a classifier of the backbone and a dense layer of the head', () => {
  const backbone = readBackbone(fileOf(), 'tiny');
  const head = { kernel: Float32Array.of(1, 2, 3, 4, 5, 6), bias: Float32Array.of(7, 8, 9) };
  const pictures = { photos: 'whole', negate: false } as const;
  const model = withHead(backbone, ['a', 'b', 'c'], head, pictures);
  const expected = buildNetwork([...backbone.network.spec, { type: 'dense', units: 3, activation: 'softmax' }]);
  expect(model.network.spec).toEqual(expected.spec);
  expect([...model.parameters.slice(-9)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(model.preprocessing).toEqual({ divideBy: 255, reshape: [8, 8, 3], labels: 'oneHot', pictures });
});
