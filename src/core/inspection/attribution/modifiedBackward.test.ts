import { expect, test } from 'vitest';
import { randomSequence } from '../../engine/random.ts';
import { initialParameters } from '../../graph/initialise.ts';
import { buildNetwork } from '../../graph/network.ts';
import { referenceNetwork } from '../../graph/reference.ts';
import type { LayerSpec } from '../../graph/spec.ts';
import { modifiedBackward } from './modifiedBackward.ts';

const chain: readonly LayerSpec[] = [
  { type: 'input', shape: [9, 8, 2] },
  {
    type: 'zeroPadding2d',
    padding: [
      [1, 0],
      [2, 1],
    ],
  },
  { type: 'conv2d', filters: 3, kernelSize: [3, 2], strides: [1, 2], activation: 'relu' },
  { type: 'dropout', rate: 0.5 },
  { type: 'maxPooling2d', poolSize: 2 },
  { type: 'flatten' },
  { type: 'dense', units: 5, activation: 'relu' },
  { type: 'dense', units: 4, activation: 'softmax' },
];

const branching: readonly LayerSpec[] = [
  { type: 'input', shape: [9, 8, 2] },
  { type: 'conv2d', name: 'stem', filters: 3, kernelSize: 3, activation: 'relu' },
  { type: 'conv2d', name: 'branch', filters: 3, kernelSize: 1 },
  { type: 'add', inputs: ['stem', 'branch', 'stem'] },
  { type: 'flatten' },
  { type: 'dense', units: 4, activation: 'softmax' },
];

test.each([
  ['a chain', chain],
  ['a graph that branches and joins', branching],
])('without a change of rule it is the backward pass, to 1e-12: %s', (_, spec) => {
  const network = buildNetwork(spec);
  const parameters = initialParameters(network, 2);
  const random = randomSequence(3, 0, 0);
  const x = Float64Array.from({ length: 3 * 9 * 8 * 2 }, () => random.float());
  const dy = Float64Array.from({ length: 3 * 4 }, () => random.float() - 0.5);
  const { activations, backward } = referenceNetwork(network, parameters, x);
  const expected = backward('softmax_1', dy).gradients.get('input')!;
  const arrived = modifiedBackward(
    network,
    parameters,
    (layer) => activations.get(layer)!,
    dy,
    (_, __, g) => g,
  );
  expect(arrived).toHaveLength(expected.length);
  expect(expected.some((value) => value !== 0)).toBe(true);
  for (const [i, value] of expected.entries()) expect(Math.abs(arrived[i]! - value)).toBeLessThan(1e-12);
});
