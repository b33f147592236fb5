import { expect, test } from 'vitest';
import { builtinNetwork } from '../graph/builtin.ts';
import { buildNetwork } from '../graph/network.ts';
import type { LayerSpec } from '../graph/spec.ts';
import { featureLayer } from './embedding.ts';

const dense = (units: number): LayerSpec => ({ type: 'dense', units, activation: 'relu' });
const head: LayerSpec = { type: 'dense', name: 'logits', units: 10, activation: 'softmax' };
const layerOf = (...between: LayerSpec[]) =>
  featureLayer(buildNetwork([{ type: 'input', shape: [28, 28, 1] }, ...between]))?.name;

test.each([
  [
    'the reference network: its 128 values before the last dense layer',
    () => featureLayer(buildNetwork(builtinNetwork('reference')))?.name,
    'dropout_3',
  ],
  ['dense layers only: the last hidden one', () => layerOf({ type: 'flatten' }, dense(32), dense(16), head), 'relu_2'],
  ['no hidden layer: the logits', () => layerOf({ type: 'flatten' }, head), 'logits'],
  ['a hidden layer of 256', () => layerOf({ type: 'flatten' }, dense(256), head), 'relu_1'],
  ['a hidden layer of more than 256: the logits', () => layerOf({ type: 'flatten' }, dense(257), head), 'logits'],
  [
    'no dense layer: what softmax gets',
    () => layerOf({ type: 'conv2d', filters: 2, kernelSize: 28 }, { type: 'flatten' }, { type: 'softmax' }),
    'flatten_1',
  ],
  [
    'nothing that learns: none',
    () => layerOf({ type: 'maxPooling2d', poolSize: 14 }, { type: 'flatten' }, { type: 'softmax' }),
    undefined,
  ],
])('%s', (_, found, expected) => {
  expect(found()).toBe(expected);
});
