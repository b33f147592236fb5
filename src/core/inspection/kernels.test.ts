import { expect, it } from 'vitest';
import { buildNetwork } from '../graph/network.ts';
import { filtersOf, kernelMetrics, kernelSheets } from './kernels.ts';

const networkOf = (channels: number) =>
  buildNetwork([
    { type: 'input', shape: [1, 2, channels] },
    { type: 'conv2d', filters: 2, kernelSize: [1, 2] },
    { type: 'flatten' },
    { type: 'dense', units: 2, activation: 'softmax' },
  ]);
const weights = (count: number) => Float32Array.from({ length: count }, (_, i) => i + 1);

it('shows few input channels one by one, and lists those of a filter by falling norm', () => {
  const network = networkOf(2);
  const filters = filtersOf(network, weights(network.parameterCount));
  // Kernel [1, 2, 2, 2]: filter 0 has 1 and 5 on channel 0, 3 and 7 on channel 1.
  expect(kernelMetrics(network, filters)).toEqual([
    {
      layer: 'conv2d_1',
      sheets: [
        { kind: 'weights', channel: 0, largest: 6 },
        { kind: 'weights', channel: 1, largest: 8 },
      ],
      filters: [
        { largest: 7, channels: [1, 0] },
        { largest: 8, channels: [1, 0] },
      ],
    },
  ]);
});

it('shows the mean and the norm over more than 4 input channels', () => {
  const values = weights(20);
  const [mean, norm] = kernelSheets({ shape: [1, 2, 5, 2], values });
  expect([mean?.kind, norm?.kind]).toEqual(['mean', 'norm']);
  expect([...mean!.values]).toEqual([5, 6, 15, 16]);
  expect(norm!.values[0]).toBeCloseTo(Math.hypot(1, 3, 5, 7, 9), 5);
});

it('leaves out kernels with a filter for each channel', () => {
  const network = buildNetwork([
    { type: 'input', shape: [3, 3, 2] },
    { type: 'depthwiseConv2d', kernelSize: 2 },
    { type: 'conv2d', name: 'all', filters: 2, kernelSize: 1 },
  ]);
  expect([...filtersOf(network, weights(network.parameterCount)).keys()]).toEqual(['all']);
});
