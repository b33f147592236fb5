import { expect, test } from 'vitest';
import { buildNetwork } from '../../graph/network.ts';
import { stretchesOf } from './rules.ts';

test('layerwise decay: the last trained layer has the whole rate, each before it half of the next one’s', () => {
  const { parameters } = buildNetwork([
    { type: 'input', shape: [8, 8, 1] },
    { type: 'conv2d', filters: 2, kernelSize: 3 },
    { type: 'conv2d', filters: 2, kernelSize: 3, trainable: false },
    { type: 'conv2d', filters: 2, kernelSize: 3 },
    { type: 'flatten' },
    { type: 'dense', units: 2, activation: 'softmax' },
  ]);
  const settings = { learningRateMultipliers: { bias: 3 }, weightDecay: 0, weightDecayRoles: [], layerwiseDecay: 0.5 };
  expect(stretchesOf(parameters, settings).map(({ rule }) => rule.learningRateMultiplier)).toEqual([
    ...[0.25, 0.75],
    ...[0.5, 1.5],
    ...[1, 3],
  ]);
});
