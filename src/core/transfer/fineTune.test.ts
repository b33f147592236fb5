import { expect, test } from 'vitest';
import { buildNetwork } from '../graph/network.ts';
import type { LayerSpec } from '../graph/spec.ts';
import { trainedFrom } from './fineTune.ts';

const spec: readonly LayerSpec[] = [
  { type: 'input', shape: [8, 8, 1] },
  { type: 'conv2d', filters: 2, kernelSize: 3 },
  { type: 'batchNormalization' },
  { type: 'relu' },
  { type: 'depthwiseConv2d', kernelSize: 3 },
  { type: 'flatten' },
  { type: 'dense', units: 2, activation: 'softmax' },
];
const trained = (count: number) =>
  buildNetwork(trainedFrom(spec, count)).parameters.flatMap(({ name, trainable }) => (trainable ? [name] : []));

test('the last layers with weights are trained, and normalisation never is', () => {
  expect(trained(1)).toEqual(['dense_1/kernel', 'dense_1/bias']);
  expect(trained(2)).toEqual(['depthwiseConv2d_1/kernel', 'depthwiseConv2d_1/bias', 'dense_1/kernel', 'dense_1/bias']);
  expect(trained(9)).toEqual([
    ...['conv2d_1/kernel', 'conv2d_1/bias'],
    ...['depthwiseConv2d_1/kernel', 'depthwiseConv2d_1/bias', 'dense_1/kernel', 'dense_1/bias'],
  ]);
});
