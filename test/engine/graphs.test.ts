import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { createRecorder } from '../../src/core/compile/recorder.ts';
import { preprocessingFor } from '../../src/core/data/preprocessing.ts';
import { builtinNetwork } from '../../src/core/graph/builtin.ts';
import { initialParameters } from '../../src/core/graph/initialise.ts';
import { buildNetwork, layerOf, logitsOf, type Network } from '../../src/core/graph/network.ts';
import { referenceNetwork } from '../../src/core/graph/reference.ts';
import { sizeOf } from '../../src/core/graph/shape.ts';
import type { LayerSpec } from '../../src/core/graph/spec.ts';
import { createTrainer } from '../../src/core/training/trainer.ts';
import { relativeError } from '../golden/golden.ts';
import { inlineEngine, workerEngine } from './engines.ts';
import { randomValues, range, subset } from './fixtures.ts';

const N = 5;

/** Branches of one layer and of several, a branch around nothing, three summands, a list that is not in execution order. */
const branching: readonly LayerSpec[] = [
  { type: 'input', shape: [28, 28, 1] },
  { type: 'conv2d', name: 'stem', filters: 8, kernelSize: 4, strides: 3, activation: 'relu' },
  { type: 'zeroPadding2d' },
  { type: 'conv2d', name: 'one', filters: 8, kernelSize: 3, activation: 'relu' },
  { type: 'dropout', rate: 0.25 },
  { type: 'zeroPadding2d', name: 'again', inputs: ['stem'] },
  { type: 'conv2d', name: 'two', filters: 8, kernelSize: 3 },
  { type: 'add', name: 'sum', inputs: ['two', 'dropout_1', 'stem'] },
  { type: 'add', name: 'twice', inputs: ['late', 'late'] },
  { type: 'maxPooling2d' },
  { type: 'flatten' },
  { type: 'dense', units: 12, activation: 'relu' },
  { type: 'dense', units: 10, activation: 'softmax' },
  { type: 'relu', name: 'late', inputs: ['sum'] },
];

const networkOf = (spec: readonly LayerSpec[]) => buildNetwork(spec);
const pictures = ({ inputShape }: Network) => randomValues(8, N * sizeOf(inputShape)).map(Math.abs);

/** Pictures and vectors concatenated, a layer twice; windows that pad, pooling of whole pictures, depthwise convolution. */
const concatenating: readonly LayerSpec[] = [
  { type: 'input', shape: [28, 28, 1] },
  { type: 'conv2d', name: 'stem', filters: 6, kernelSize: 3, strides: 2, activation: 'relu6' },
  { type: 'maxPooling2d', name: 'most', poolSize: 3, strides: 1, padding: 'same' },
  { type: 'averagePooling2d', name: 'mean', inputs: ['stem'], poolSize: 3, strides: 1, padding: 'same' },
  { type: 'concatenate', inputs: ['stem', 'most', 'mean', 'stem'] },
  { type: 'conv2d', filters: 9, kernelSize: 1, activation: 'relu' },
  { type: 'maxPooling2d', padding: 'same' },
  { type: 'depthwiseConv2d', name: 'pooled', kernelSize: 3, padding: 'same', useBias: false, activation: 'relu6' },
  { type: 'globalAveragePooling2d', name: 'means' },
  { type: 'globalMaxPooling2d', name: 'maxima', inputs: ['pooled'] },
  { type: 'concatenate', inputs: ['means', 'maxima'] },
  { type: 'reshape', shape: [3, 3, 2] },
  { type: 'conv2d', filters: 10, kernelSize: 3 },
  { type: 'reshape', shape: [10] },
  { type: 'softmax' },
];

describe.each([
  ['a graph that branches and joins', branching],
  ['a graph that concatenates', concatenating],
] as const)('%s', (_, spec) => {
  const network = networkOf(spec);
  const parameters = initialParameters(network, 2);
  const x = pictures(network);
  const logits = logitsOf(network).name;
  const dy = randomValues(9, N * 10);

  test('every output and gradient agrees with the reference: relative error under 1e-5', async () => {
    const names = network.layers.map(({ name }) => name);
    const recorder = await createRecorder({
      network,
      parameters,
      engine: inlineEngine,
      threads: 1,
      images: N,
      backwardFrom: logits,
    });
    await recorder.forward(x);
    await recorder.backward(dy);
    const reference = referenceNetwork(network, parameters, x);
    const { gradients, parameters: parameterGradients } = reference.backward(logits, dy);
    for (const name of names) {
      expect(relativeError(recorder.activation(name), reference.activations.get(name)!), name).toBeLessThan(1e-5);
      if (name === network.output.name) continue;
      expect(relativeError(recorder.gradient(name), gradients.get(name)!), `gradient of ${name}`).toBeLessThan(1e-5);
    }
    expect(relativeError(recorder.parameterGradients(), parameterGradients)).toBeLessThan(1e-5);
    await recorder.close();
  });

  test('a fused network has the same parameter gradients as the reference: relative error under 1e-5', async () => {
    const recorder = await createRecorder({
      network,
      parameters,
      engine: inlineEngine,
      threads: 1,
      images: N,
      outputs: [network.output.name],
      backwardFrom: logits,
      fuse: true,
    });
    await recorder.forward(x);
    await recorder.backward(dy);
    const reference = referenceNetwork(network, parameters, x).backward(logits, dy);
    expect(relativeError(recorder.parameterGradients(), reference.parameters)).toBeLessThan(1e-5);
    await recorder.close();
  });

  test('trains to the same bits on 1 and 3 threads', async () => {
    const data = subset();
    const trained = [];
    for (const [engine, threads] of [
      [inlineEngine, 1],
      [workerEngine, 3],
    ] as const) {
      const trainer = await createTrainer({
        batchSize: 300,
        network,
        preprocessing: preprocessingFor([28, 28, 1]),
        engine,
        threads,
      });
      await trainer.setParameters(parameters);
      const results = [];
      for (let step = 1; step <= 2; step++) {
        const samples = range(step * 70, 70);
        results.push(await trainer.train({ set: data.train, samples, seed: 4, step, learningRate: 0.01 }));
      }
      trained.push({ results, parameters: trainer.parameters() });
      await trainer.close();
    }
    expect(trained[1]).toEqual(trained[0]);
    expect(trained[0]!.parameters).not.toEqual(parameters);
  });
});

describe('concatenate', () => {
  const network = networkOf([
    { type: 'input', shape: [1, 2, 2] },
    { type: 'globalMaxPooling2d', name: 'maxima' },
    { type: 'leakyRelu', name: 'a', inputs: ['input'], negativeSlope: 0.5 },
    { type: 'maxPooling2d', name: 'b', inputs: ['a'], poolSize: 1 },
    { type: 'concatenate', name: 'pictures', inputs: ['b', 'input', 'a'] },
    { type: 'flatten', name: 'flat' },
    { type: 'concatenate', name: 'all', inputs: ['maxima', 'flat'] },
  ]);
  const x = Float32Array.of(1, -2, 3, 4);
  const y = [3, 4, 1, -1, 1, -2, 1, -1, 3, 4, 3, 4, 3, 4];
  const dy = Float32Array.of(100, 200, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
  /** The gradient of each pixel: through a and b, directly, and through the maximum of its channel. */
  const dx = [1 + 5 + 3, (2 + 6) / 2 + 4, 7 + 11 + 9 + 100, 8 + 12 + 10 + 200];

  test('puts channels behind each other, position by position, and gradients go back to where values came from', async () => {
    const reference = referenceNetwork(network, [], x);
    expect([...reference.activations.get('all')!]).toEqual(y);
    expect([...reference.backward('all', dy).gradients.get('input')!]).toEqual(dx);
    const options = { network, parameters: new Float32Array(0), engine: inlineEngine, threads: 1, images: 1 };
    const recorder = await createRecorder({ ...options, backwardFrom: 'all' });
    await recorder.forward(x);
    await recorder.backward(dy);
    expect([...recorder.activation('all')]).toEqual(y);
    expect([...recorder.gradient('input')]).toEqual(dx);
    await recorder.close();
  });
});

test('a gradient inside a fused group is refused, not silently zero', async () => {
  const network = networkOf(builtinNetwork('reference'));
  const options = { network, parameters: initialParameters(network, 2), engine: inlineEngine, threads: 1, images: 1 };
  await expect(createRecorder({ ...options, fuse: true, outputs: [], backwardFrom: 'conv2d_2' })).rejects.toThrow(
    'conv2d_2 is inside a fused group, where no gradient can be requested',
  );
});

describe('parameters that are not trainable', () => {
  test('keep their bits, and the others learn as the reference says', async () => {
    const spec = branching.map((layer) => (layer.name === 'one' ? { ...layer, trainable: false } : layer));
    const network = networkOf(spec as LayerSpec[]);
    const parameters = initialParameters(network, 2);
    const trainer = await createTrainer({
      batchSize: 300,
      network,
      preprocessing: preprocessingFor([28, 28, 1]),
      engine: inlineEngine,
      threads: 1,
    });
    await trainer.setParameters(parameters);
    const { train: set } = subset();
    await trainer.train({ set, samples: range(0, 70), seed: 4, step: 1, learningRate: 0.01 });
    const after = trainer.parameters();
    for (const { name, trainable, offset, size } of network.parameters) {
      const changed = after.subarray(offset, offset + size).some((value, i) => value !== parameters[offset + i]);
      expect(changed, name).toBe(trainable);
    }
    expect(network.parameters.filter(({ trainable }) => !trainable).map(({ name }) => name)).toEqual([
      'one/kernel',
      'one/bias',
    ]);
    await trainer.close();
  });
});

describe.each([
  ['the reference network', builtinNetwork('reference')],
  ['a graph that branches and joins', branching],
] as const)('%s: the bits of an output do not depend on what else is requested', (_, spec) => {
  const network = networkOf(spec);
  const parameters = initialParameters(network, 2);
  const names = network.layers.map(({ name }) => name);
  const x = pictures(network);
  const outputsOf = async (outputs: readonly string[]) => {
    const recorder = await createRecorder({
      network,
      parameters,
      engine: inlineEngine,
      threads: 1,
      images: N,
      outputs,
      fuse: true,
    });
    await recorder.forward(x);
    const found = new Map(outputs.map((name) => [name, recorder.activation(name)]));
    await recorder.close();
    return found;
  };
  const alone = new Map<string, Float32Array>();
  beforeAll(async () => {
    for (const name of names) alone.set(name, (await outputsOf([name])).get(name)!);
  });

  test('each alone agrees with the reference: relative error under 1e-5', () => {
    const { activations } = referenceNetwork(network, parameters, x);
    for (const name of names) {
      expect(alone.get(name)).toHaveLength(N * sizeOf(layerOf(network, name).outputShape));
      expect(relativeError(alone.get(name)!, activations.get(name)!), name).toBeLessThan(1e-5);
    }
  });

  test('all at once', async () => {
    expect(await outputsOf(names)).toEqual(alone);
  });

  test('30 random subsets', async () => {
    await fc.assert(
      fc.asyncProperty(fc.subarray(names, { minLength: 1 }), async (chosen) => {
        for (const [name, values] of await outputsOf(chosen)) expect(values, name).toEqual(alone.get(name));
      }),
      { numRuns: 30 },
    );
  });
});
