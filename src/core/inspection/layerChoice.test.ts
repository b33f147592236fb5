import { expect, test } from 'vitest';
import { builtinNetwork } from '../graph/builtin.ts';
import { buildNetwork } from '../graph/network.ts';
import type { LayerSpec } from '../graph/spec.ts';
import { layersFor } from './layerChoice.ts';
import { depthOf } from './target.ts';

const relu = (name: string, strides = 1): LayerSpec[] => [
  { type: 'conv2d', name, filters: 8, kernelSize: 3, padding: 'same', strides },
  { type: 'relu', name: `${name}_relu` },
];

/** Two residual blocks behind a convolution; how many values it has depends on the size of its pictures. */
function residual(side: number) {
  return buildNetwork([
    { type: 'input', name: 'input', shape: [side, side, 3] },
    ...relu('first', 2),
    ...relu('a1'),
    { type: 'conv2d', name: 'a2', filters: 8, kernelSize: 3, padding: 'same' },
    { type: 'add', name: 'a', inputs: ['a2', 'first_relu'] },
    ...relu('b1'),
    { type: 'conv2d', name: 'b2', filters: 8, kernelSize: 3, padding: 'same' },
    { type: 'add', name: 'b', inputs: ['b2', 'a'] },
    { type: 'globalAveragePooling2d', name: 'features' },
    { type: 'dense', name: 'logits', units: 4 },
    { type: 'softmax', name: 'output' },
  ]);
}

test('of a network with 750,000 values an image or fewer every layer is looked at', () => {
  expect(layersFor(residual(64), undefined)).toBeUndefined();
  for (const name of ['reference', 'resnet-20', 'mobile'])
    expect(layersFor(buildNetwork(builtinNetwork(name)), undefined)).toBeUndefined();
});

test('of a larger one the ends of blocks and the last ReLU in each, the first convolution and the last dense layer', () => {
  const network = residual(256);
  expect(layersFor(network, undefined)).toEqual({
    measured: ['input', 'first_relu', 'a1_relu', 'a', 'b1_relu', 'b', 'features', 'logits', 'output'],
    maps: [],
    explained: ['first', 'a1', 'b1'],
  });
  expect(layersFor(network, 'all')).toBeUndefined();
});

test('named layers, with the input and the output, their maps and their convolutions', () => {
  const network = residual(32);
  expect(layersFor(network, ['b2', 'a1_relu'])).toEqual({
    given: ['b2', 'a1_relu'],
    measured: ['input', 'a1_relu', 'b2', 'output'],
    maps: [],
    explained: ['a1', 'b2'],
  });
  const chain = buildNetwork(builtinNetwork('reference'));
  const [first] = depthOf(chain).flatMap(({ layer, afterRelu }) => (afterRelu ? [layer.name] : []));
  expect(layersFor(chain, [first!])).toMatchObject({ maps: [first] });
});

test('an unknown layer costs one sentence', () => {
  expect(() => layersFor(residual(32), ['a1-relu'])).toThrow(
    'The network has no layer a1-relu to inspect (did you mean a1_relu?); selvedge summary lists its layers.',
  );
});
