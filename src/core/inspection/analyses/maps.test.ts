import { describe, expect, it } from 'vitest';
import { specs } from '../../../../test/fixtures/inspection/targets.ts';
import { builtinNetwork } from '../../graph/builtin.ts';
import { buildNetwork } from '../../graph/network.ts';
import type { LayerSpec } from '../../graph/spec.ts';
import { createTopImages, mapLayers, mapMetrics } from './maps.ts';

function found(spec: readonly LayerSpec[]): string[] {
  const network = buildNetwork(spec);
  return mapLayers(network).map(
    ({ layer, channels, reader }) => `${channels} of ${layer.name}, read by ${reader.name}`,
  );
}

describe('mapLayers', () => {
  it('of the reference network are 32 + 64 maps and 128 hidden units', () => {
    expect(found(builtinNetwork('reference'))).toEqual([
      '32 of relu_1, read by conv2d_2',
      '64 of relu_2, read by dense_1',
      '128 of relu_3, read by dense_2',
    ]);
  });

  it('are of the convolution itself where no ReLU follows, and after pooling where it comes later', () => {
    expect(found(specs.strided)).toEqual(['3 of relu_1, read by conv2d_2', '5 of conv2d_2, read by dense_1']);
    expect(found(specs.colour)).toEqual(['4 of relu_1, read by dense_1', '6 of relu_2, read by dense_2']);
  });

  it('are a depthwise convolution’s own, read by the next layer that adds a bias or mixes channels', () => {
    const spec = [
      { type: 'input', shape: [6, 6, 2] },
      { type: 'conv2d', filters: 4, kernelSize: 1 },
      { type: 'depthwiseConv2d', kernelSize: 3, useBias: false },
      { type: 'maxPooling2d' },
      { type: 'depthwiseConv2d', kernelSize: 2, activation: 'relu6' },
      { type: 'globalMaxPooling2d' },
      { type: 'dense', units: 3, activation: 'softmax' },
    ] as const;
    expect(found(spec)).toEqual([
      '4 of conv2d_1, read by depthwiseConv2d_2',
      '4 of depthwiseConv2d_1, read by depthwiseConv2d_2',
      '4 of relu6_1, read by dense_1',
    ]);
  });

  it('are hidden units alone without convolutions, and none without hidden units', () => {
    expect(found(specs.dense)).toEqual(['7 of relu_1, read by dense_2']);
    expect(found(specs.single)).toEqual([]);
  });
});

describe('createTopImages', () => {
  it('keeps the highest peaks, highest first, and of equals the lower number, in whatever order they come', () => {
    const peaks: [image: number, value: number][] = [
      [9, 2],
      [4, 5],
      [8, 2],
      [2, 1],
      [7, 5],
      [1, 2],
    ];
    for (const order of [peaks, [...peaks].reverse()]) {
      const top = createTopImages(1, 4);
      for (const [image, value] of order) top.add(image, Float32Array.of(value), Int32Array.of(image * 10));
      expect(top.of(0)).toEqual([
        { image: 4, value: 5, position: 40 },
        { image: 7, value: 5, position: 70 },
        { image: 1, value: 2, position: 10 },
        { image: 8, value: 2, position: 80 },
      ]);
    }
  });

  it('keeps none of a map that is never above 0', () => {
    const top = createTopImages(2, 3);
    top.add(0, Float32Array.of(0, -1), Int32Array.of(0, 0));
    expect([top.of(0), top.of(1)]).toEqual([[], []]);
  });
});

describe('mapMetrics', () => {
  it('puts the accuracy lost beside what the activations say', () => {
    const profile = { layer: 'relu_1', channel: 0, dead: true, top: [], selectivity: null };
    const accuracyLost = { value: 0.1, low: 0, high: 0.2 };
    expect(mapMetrics([profile], [{ layer: 'relu_1', channel: 0, accuracyLost }])).toEqual([
      { ...profile, accuracyLost },
    ]);
  });
});
