import { describe, expect, test } from 'vitest';
import { inlineEngine, workerEngine } from '../../../../test/engine/engines.ts';
import { randomSequence } from '../../engine/random.ts';
import { initialParameters } from '../../graph/initialise.ts';
import { buildNetwork, type Network } from '../../graph/network.ts';
import { sizeOf } from '../../graph/shape.ts';
import type { LayerSpec } from '../../graph/spec.ts';
import { createExplainer, type Explainer, hasPositiveEvidence } from './explainer.ts';

const tail: readonly LayerSpec[] = [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }];
const networks = {
  'stride 2 without pooling': buildNetwork([
    { type: 'input', shape: [12, 12, 1] },
    { type: 'conv2d', filters: 5, kernelSize: 3, strides: 2, activation: 'relu' },
    { type: 'conv2d', filters: 6, kernelSize: 3, strides: 2 },
    ...tail,
  ]),
  '32×32×3 with 5×5 kernels': buildNetwork([
    { type: 'input', shape: [32, 32, 3] },
    { type: 'zeroPadding2d', padding: 2 },
    { type: 'conv2d', filters: 6, kernelSize: 5, activation: 'relu' },
    { type: 'dropout', rate: 0.5 },
    { type: 'maxPooling2d', poolSize: 2 },
    { type: 'conv2d', filters: 9, kernelSize: 5, activation: 'relu' },
    ...tail,
  ]),
  'dense only': buildNetwork([
    { type: 'input', shape: [28, 28, 1] },
    { type: 'flatten' },
    { type: 'dense', units: 16, activation: 'relu' },
    { type: 'dense', units: 10, activation: 'softmax' },
  ]),
};

function pictures(network: Network, count: number): Float32Array {
  const random = randomSequence(1, 0, 0);
  return Float32Array.from({ length: count * sizeOf(network.inputShape) }, () => random.below(256) / 255);
}

async function withExplainer<T>(
  network: Network,
  parameters: Float32Array,
  use: (explainer: Explainer) => Promise<T>,
  { threads = 1, seed = 3 } = {},
): Promise<T> {
  const engine = threads > 1 ? workerEngine : inlineEngine;
  const explainer = await createExplainer({ network, parameters, engine, threads, seed });
  try {
    return await use(explainer);
  } finally {
    await explainer.close();
  }
}

const everyMap = async (explainer: Explainer, x: Float32Array, targetClasses: readonly number[]) => {
  const maps = [];
  for (const place of explainer.places) maps.push(...(await explainer.attribute(place, x, targetClasses)));
  return maps;
};

describe.each(Object.entries(networks))('%s', (_, network) => {
  const parameters = initialParameters(network, 7);
  const convolutions = network.layers.filter(({ spec }) => spec.type === 'conv2d').map(({ name }) => name);

  test('every method gives finite maps of the input’s size, and says which place they are from', async () => {
    await withExplainer(network, parameters, async (explainer) => {
      expect(explainer.places).toHaveLength(6 + 3 * convolutions.length);
      const maps = await everyMap(explainer, pictures(network, 2), [4, 9]);
      expect(maps).toHaveLength(2 * explainer.places.length);
      for (const [i, { method, layer, values, noPositiveEvidence }] of maps.entries()) {
        expect({ method, layer }).toEqual(explainer.places[Math.floor(i / 2)]);
        expect(values).toHaveLength(network.inputShape[0]! * network.inputShape[1]!);
        expect(values.every(Number.isFinite)).toBe(true);
        expect(noPositiveEvidence).toBe(!hasPositiveEvidence(values));
      }
    });
  });

  test('removals name every map of every convolution once, the largest fall first', async () => {
    await withExplainer(network, parameters, async (explainer) => {
      const found = await explainer.removals(pictures(network, 2), [1, 2]);
      expect(found).toHaveLength(2);
      for (const removals of found) {
        expect(removals.map(({ layer }) => layer)).toEqual(convolutions);
        for (const { layer, maps } of removals) {
          const K = network.layers.find(({ name }) => name === layer)!.outputShape[2]!;
          expect(maps.map(({ channel }) => channel).sort((a, b) => a - b)).toEqual([...Array(K).keys()]);
          for (const [i, { drop }] of maps.slice(1).entries()) expect(maps[i]!.drop).toBeGreaterThanOrEqual(drop);
        }
      }
    });
  });
});

describe('extremes', () => {
  const network = networks['32×32×3 with 5×5 kernels'];
  const size = sizeOf(network.inputShape);

  test('constant pictures, black and white: finite everywhere; black gives integrated gradients and LRP no evidence', async () => {
    const x = new Float32Array(2 * size).fill(1, size);
    const maps = await withExplainer(network, initialParameters(network, 7), (explainer) =>
      everyMap(explainer, x, [0, 0]),
    );
    for (const { values } of maps) expect(values.every(Number.isFinite)).toBe(true);
    for (const method of ['integratedGradients', 'lrp', 'occlusion'] as const) {
      expect(maps.find((map) => map.method === method)).toMatchObject({ noPositiveEvidence: true });
    }
  });

  test('a dead network: every map is 0, without positive evidence, and nothing falls', async () => {
    const parameters = initialParameters(network, 7);
    // Nothing gets through the first ReLU, so that no pixel matters.
    const [kernel, bias] = network.parameters;
    parameters.fill(0, kernel!.offset, kernel!.offset + kernel!.size);
    parameters.fill(-1, bias!.offset, bias!.offset + bias!.size);
    await withExplainer(network, parameters, async (explainer) => {
      const x = pictures(network, 1);
      for (const { method, layer, values, noPositiveEvidence, completeness } of await everyMap(explainer, x, [5])) {
        if (layer === 'conv2d_2') expect(values.every(Number.isFinite)).toBe(true);
        else {
          expect({ method, largest: Math.max(...values.map(Math.abs)) }).toEqual({ method, largest: 0 });
          expect(noPositiveEvidence).toBe(true);
        }
        if (completeness) expect(completeness).toEqual({ error: 0, difference: 0 });
      }
      const [removals] = await explainer.removals(x, [5]);
      expect(removals![0]!.maps.every(({ drop }) => drop === 0)).toBe(true);
    });
  });
});

describe('a map depends on its picture, its class and the seed alone', () => {
  const network = networks['stride 2 without pooling'];
  const parameters = initialParameters(network, 7);
  const size = sizeOf(network.inputShape);
  const x = pictures(network, 3);

  test('not on the pictures beside it', async () => {
    await withExplainer(network, parameters, async (explainer) => {
      for (const place of explainer.places) {
        const together = await explainer.attribute(place, x, [0, 1, 2]);
        const [alone] = await explainer.attribute(place, x.subarray(2 * size), [2]);
        expect(alone).toEqual(together[2]);
      }
    });
  });

  test('not on the number of threads', async () => {
    const maps = (threads: number) =>
      withExplainer(network, parameters, (explainer) => everyMap(explainer, x, [0, 1, 2]), { threads });
    expect(await maps(2)).toEqual(await maps(1));
  });

  test('SmoothGrad differs with the seed, and only SmoothGrad does', async () => {
    const maps = (seed: number) =>
      withExplainer(network, parameters, (explainer) => everyMap(explainer, x, [0, 1, 2]), { seed });
    const [a, b] = [await maps(3), await maps(4)];
    const differing = a.filter((map, i) => map.values.some((value, p) => value !== b[i]!.values[p]));
    expect(new Set(differing.map(({ method }) => method))).toEqual(new Set(['smoothGrad']));
  });
});

test.each([
  ['all zero', [0, 0, 0], false],
  ['all negative', [-1, -2], false],
  ['above zero by rounding only', [-1, 1e-9], false],
  ['tiny but positive', [1e-12, 0], true],
  ['some positive', [-1, 0.1], true],
])('evidence that is %s', (_, values, positive) => {
  expect(hasPositiveEvidence(values)).toBe(positive);
});
