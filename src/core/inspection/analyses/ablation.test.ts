import { describe, expect, it } from 'vitest';
import { inlineEngine, workerEngine } from '../../../../test/engine/engines.ts';
import { picturesFor, specs, targetOf } from '../../../../test/fixtures/inspection/targets.ts';
import type { Engine } from '../../engine/start.ts';
import { definitionOf } from '../../graph/layers/index.ts';
import type { LayerSpec } from '../../graph/spec.ts';
import { recordImages } from '../recording.ts';
import { ablateMaps } from './ablation.ts';
import { mapLayers } from './maps.ts';

/** Its maps are the logits: nothing linear reads them. */
const readBySoftmax: readonly LayerSpec[] = [
  { type: 'input', shape: [2, 2, 3] },
  { type: 'conv2d', filters: 4, kernelSize: 2 },
  { type: 'flatten' },
  { type: 'softmax' },
];

const pointwise: readonly LayerSpec[] = [
  { type: 'input', shape: [6, 6, 2] },
  { type: 'conv2d', filters: 5, kernelSize: 1, activation: 'relu' },
  {
    type: 'zeroPadding2d',
    padding: [
      [1, 0],
      [0, 2],
    ],
  },
  { type: 'conv2d', filters: 3, kernelSize: 1, strides: 2 },
  { type: 'flatten' },
  { type: 'relu' },
  { type: 'dense', units: 4, activation: 'softmax' },
];

/** Filters of single channels, with a bias and without: neither of them adds up channels. */
const depthwise: readonly LayerSpec[] = [
  { type: 'input', shape: [7, 6, 3] },
  { type: 'conv2d', filters: 4, kernelSize: 3, activation: 'relu' },
  { type: 'depthwiseConv2d', kernelSize: 3, padding: 'same', activation: 'relu6' },
  { type: 'depthwiseConv2d', kernelSize: 2, useBias: false },
  { type: 'conv2d', filters: 3, kernelSize: 1, activation: 'relu' },
  { type: 'globalAveragePooling2d' },
  { type: 'dense', units: 4, activation: 'softmax' },
];

describe('ablateMaps', () => {
  it.each([
    ['pooled', specs.pooled],
    ['strided', specs.strided],
    ['colour', specs.colour],
    ['dense', specs.dense],
    ['read by softmax', readBySoftmax],
    ['single-pixel kernels', pointwise],
    ['depthwise', depthwise],
  ] as const)('finds exactly the accuracy lost with the kernel and bias of that map at zero: %s', async (_, spec) => {
    const target = targetOf(spec);
    const set = picturesFor(spec, 60);
    const accuracyWith = async (parameters: Float32Array) => {
      const recorded = await recordImages({ ...target, parameters }, set.images);
      return recorded.filter(({ predicted }, i) => predicted === set.labels[i]).length;
    };
    const { images, maps } = await ablateMaps({ target, set, seed: 1, quick: false });
    expect(images).toBe(60);
    const all = await accuracyWith(target.parameters);
    const { layers } = target.network;
    const expected: object[] = [];
    for (const { layer, channels } of mapLayers(target.network)) {
      const learns = layers.slice(0, layers.indexOf(layer) + 1).findLast(({ spec: s }) => definitionOf(s).parameters)!;
      for (let channel = 0; channel < channels; channel++) {
        const parameters = target.parameters.slice();
        for (const { offset, size } of learns.parameters) {
          for (let i = offset + channel; i < offset + size; i += channels) parameters[i] = 0;
        }
        expected.push({ layer: layer.name, channel, lost: all - (await accuracyWith(parameters)) });
      }
    }
    const found = maps.map(({ layer, channel, accuracyLost }) => ({
      ...{ layer, channel },
      lost: Math.round(accuracyLost.value * 60),
    }));
    expect(found).toEqual(expected);
    for (const { accuracyLost } of maps) {
      expect(accuracyLost.low).toBeLessThanOrEqual(accuracyLost.value);
      expect(accuracyLost.high).toBeGreaterThanOrEqual(accuracyLost.value);
    }
    expect(maps.some(({ accuracyLost }) => accuracyLost.value !== 0)).toBe(true);
  });

  it('gives the same numbers on one thread, on two, and again', async () => {
    const set = picturesFor(specs.colour, 20);
    const run = (engine: Engine, threads: number) =>
      ablateMaps({ target: targetOf(specs.colour, engine, threads), set, seed: 2, quick: false });
    const one = await run(inlineEngine, 1);
    expect(await run(workerEngine, 2)).toEqual(one);
    expect(await run(inlineEngine, 1)).toEqual(one);
  });

  it('loses no accuracy by maps that are always 0, and finds no maps in a network without any', async () => {
    const target = targetOf(specs.pooled);
    const silent = { ...target, parameters: new Float32Array(target.parameters.length) };
    const { maps } = await ablateMaps({ target: silent, set: picturesFor(specs.pooled, 9), seed: 1, quick: true });
    for (const { accuracyLost } of maps) expect(accuracyLost).toEqual({ value: 0, low: 0, high: 0 });
    const none = { target: targetOf(specs.single), set: picturesFor(specs.single, 5), seed: 1, quick: false };
    expect((await ablateMaps(none)).maps).toEqual([]);
  });
});
