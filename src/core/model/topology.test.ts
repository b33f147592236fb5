import { expect, test } from 'vitest';
import { builtinNetwork } from '../graph/builtin.ts';
import { buildNetwork, layerOf, readersOf } from '../graph/network.ts';
import { channelSources, isDense, readerBehind } from './topology.ts';

const network = buildNetwork(builtinNetwork('reference'));
const layer = (name: string) => network.layers.find((one) => one.name === name)!;
const names = (layers: readonly { readonly name: string }[]) => layers.map(({ name }) => name);

test('the input reads no layer, the output has no reader, and all others have one of each', () => {
  expect([layer('input').inputs, readersOf(network, layer('softmax_1'))]).toEqual([[], []]);
  expect(names(layer('relu_1').inputs)).toEqual(['conv2d_1']);
  expect(names(readersOf(network, layer('input')))).toEqual(['zeroPadding2d_1']);
});

test('the reader behind layers that a condition holds for', () => {
  const behind = (from: string, passes: (name: string) => boolean) =>
    readerBehind(network, layer(from), ({ name }) => passes(name))?.name;
  expect(behind('relu_1', () => false)).toBe('dropout_1');
  expect(behind('relu_1', (name) => !name.startsWith('conv2d'))).toBe('conv2d_2');
  expect(behind('relu_3', () => true)).toBe(undefined);
});

test('no reader behind a layer that several read, and none that joins others', () => {
  const graph = buildNetwork([
    { type: 'input', shape: [4] },
    { type: 'dense', name: 'stem', units: 4 },
    { type: 'relu' },
    { type: 'add', inputs: ['stem', 'relu_1'] },
  ]);
  const behind = (from: string) => readerBehind(graph, layerOf(graph, from), () => false)?.name;
  expect(['input', 'stem', 'relu_1'].map(behind)).toEqual(['stem', undefined, undefined]);
});

test('dense layers have weights and depend on all inputs: no convolution, no softmax', () => {
  expect(names(network.layers.filter(isDense))).toEqual(['dense_1', 'dense_2']);
});

test('channels come from the convolution or dense layer before, not beyond flattening or mixing', () => {
  const sources = channelSources(network);
  const sourceOf = (name: string) => sources.get(name)?.name ?? null;
  const asked = [
    'input',
    'zeroPadding2d_1',
    'conv2d_1',
    'maxPooling2d_1',
    'relu_2',
    'flatten_1',
    'dropout_3',
    'softmax_1',
  ];
  expect(asked.map(sourceOf)).toEqual([null, null, 'conv2d_1', 'conv2d_1', 'conv2d_2', null, 'dense_1', null]);
});

test('channels of a depthwise convolution come from its own filters and end at another shape', () => {
  const sources = channelSources(
    buildNetwork([
      { type: 'input', shape: [4, 4, 1] },
      { type: 'conv2d', name: 'conv', filters: 4, kernelSize: 1 },
      { type: 'depthwiseConv2d', name: 'own', kernelSize: 3, activation: 'relu6' },
      { type: 'reshape', shape: [4, 2, 2] },
    ]),
  );
  const sourceOf = (name: string) => sources.get(name)?.name ?? null;
  expect(['conv', 'own', 'relu6_1', 'reshape_1'].map(sourceOf)).toEqual(['conv', 'own', 'own', null]);
});
