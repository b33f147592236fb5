import { expect, test } from 'vitest';
import { groupsOf } from '../../src/core/compile/fusion.ts';
import { buildNetwork } from '../../src/core/graph/network.ts';
import { referenceNetwork } from '../../src/core/graph/reference.ts';
import type { LayerSpec } from '../../src/core/graph/spec.ts';
import { createRunner } from '../../src/core/inspection/runner.ts';
import { relativeError } from '../golden/golden.ts';
import { randomParameters } from './contract.ts';
import { inlineEngine } from './engines.ts';
import { randomValues } from './fixtures.ts';

const normalization: LayerSpec = { type: 'batchNormalization' };

const spec: readonly LayerSpec[] = [
  { type: 'input', shape: [9, 10, 3] },
  { type: 'conv2d', filters: 8, kernelSize: 3, strides: 2, padding: 'same' },
  normalization,
  { type: 'relu' },
  { type: 'conv2d', filters: 16, kernelSize: 3, padding: 'same', useBias: false },
  { type: 'batchNormalization', name: 'start', scale: false },
  { type: 'depthwiseConv2d', kernelSize: 3, padding: 'same' },
  { type: 'batchNormalization', center: false },
  { type: 'relu6' },
  { type: 'conv2d', filters: 16, kernelSize: 1 },
  normalization,
  { type: 'relu6', name: 'end' },
  { type: 'add', inputs: ['start', 'end'] },
  { type: 'conv2d', filters: 5, kernelSize: 2 },
  { type: 'maxPooling2d' },
  normalization,
  { type: 'relu' },
  { type: 'flatten' },
  { type: 'dense', units: 10, activation: 'softmax' },
];

const network = buildNetwork(spec);
const groups = (constantStatistics: boolean) =>
  groupsOf(network, network.layers, { fuse: true, constantStatistics })
    .filter(({ layers }) => layers.length > 1)
    .map(({ layers }) => layers.map(({ spec: { type } }) => type).join(' '));

test('normalisation directly behind a convolution is folded into it, never through a max pool, and not in training', () => {
  expect(groups(true)).toEqual([
    'conv2d batchNormalization relu',
    'conv2d batchNormalization',
    'depthwiseConv2d batchNormalization relu6',
    'conv2d batchNormalization relu6',
    'batchNormalization relu',
  ]);
  expect(groups(false)).toEqual([
    'batchNormalization relu',
    'batchNormalization relu6',
    'batchNormalization relu6',
    'batchNormalization relu',
  ]);
});

test('the folded network agrees with the reference: relative error under 3e-5 (Winograd’s)', async () => {
  const N = 5;
  const parameters = randomParameters(3, network, 1);
  const x = randomValues(4, N * 9 * 10 * 3);
  const runner = await createRunner({ network, parameters }, inlineEngine, 1, N, { to: 'maxPooling2d_1' });
  runner.input.set(x);
  await runner.run(N);
  const should = referenceNetwork(network, parameters, x).activations.get('maxPooling2d_1')!;
  expect(relativeError(runner.output.subarray(0, should.length), should)).toBeLessThan(3e-5);
  await runner.close();
});
