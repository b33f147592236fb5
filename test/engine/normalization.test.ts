import { beforeAll, describe, expect, test } from 'vitest';
import { littleEndianBytes, sha256 } from '../../src/core/bytes.ts';
import { compile } from '../../src/core/compile/compile.ts';
import { createExecutable } from '../../src/core/compile/executable.ts';
import { parameterSet } from '../../src/core/compile/parameterSet.ts';
import { imagesInMemory } from '../../src/core/data/images.ts';
import { readCheckpoint, writeCheckpoint } from '../../src/core/formats/checkpointFile.ts';
import { builtinNetwork } from '../../src/core/graph/builtin.ts';
import { initialParameters } from '../../src/core/graph/initialise.ts';
import { buildNetwork, type Network } from '../../src/core/graph/network.ts';
import type { BatchNormalizationSpec, LayerSpec } from '../../src/core/graph/spec.ts';
import { completeConfiguration } from '../../src/core/training/configuration.ts';
import type { TrainingState } from '../../src/core/training/state.ts';
import { type Trained, type TrainOptions, train } from '../../src/core/training/train.ts';
import { createTrainer } from '../../src/core/training/trainer.ts';
import { defaultUpdate, type UpdateSettings } from '../../src/core/training/update.ts';
import { inlineEngine, poisonedScratch, workerEngine } from './engines.ts';
import { subset } from './fixtures.ts';

/** Pictures of two pixels: the first two have mean 4 and variance 5 (unbiased 20/3), the others mean 10 and variance 0. */
const pictures = imagesInMemory(Uint8Array.of(1, 3, 5, 7, 10, 10, 10, 10), [0, 1, 1, 0], {
  height: 1,
  width: 2,
  channels: 1,
});
const preprocessing = { divideBy: 1, reshape: [1, 2, 1], labels: 'oneHot' } as const;

/** Trains with the batches one after the other; returns what follows from mean 0 and variance 1. */
async function statisticsAfter(
  batches: readonly (readonly number[])[],
  options: Partial<BatchNormalizationSpec>,
  { relu = false, update = {} }: { readonly relu?: boolean; readonly update?: Partial<UpdateSettings> } = {},
) {
  const network = buildNetwork([
    { type: 'input', shape: [1, 2, 1] },
    { type: 'batchNormalization', name: 'norm', ...options },
    ...(relu ? [{ type: 'relu' } as const] : []),
    { type: 'flatten' },
    { type: 'dense', units: 2, activation: 'softmax' },
  ]);
  const trainer = await createTrainer({
    ...{ network, preprocessing, batchSize: 4, engine: poisonedScratch(inlineEngine), threads: 1 },
    update: { ...defaultUpdate, ...update },
  });
  await trainer.setParameters(initialParameters(network, 3));
  for (const [i, batch] of batches.entries()) {
    const samples = Uint32Array.from(batch);
    await trainer.train({ set: pictures, samples, seed: 0, step: i + 1, learningRate: 0.1 });
  }
  const of = (values: Float32Array) =>
    (['movingMean', 'movingVariance'] as const).map((role) => {
      const { offset } = network.parameters.find(({ name }) => name === `norm/${role}`)!;
      return values[offset]!;
    });
  const result = { moving: of(trainer.parameters()), saved: of(trainer.modelParameters()) };
  const together = await trainer.score(pictures, Uint32Array.of(0, 1, 2, 3));
  const first = await trainer.score(pictures, Uint32Array.of(0));
  await trainer.close();
  return { ...result, together, first };
}

const [firstTwo, lastTwo] = [
  [0, 1],
  [2, 3],
] as const;

/** What the momentum of 0.9 lets through; the kernel has it as float32. */
const tenth = 1 - Math.fround(0.9);

describe('moving statistics, worked out by hand', () => {
  test.each<[string, (readonly number[])[], Partial<BatchNormalizationSpec>, number[]]>([
    ['half of the way to the batch’s mean and population variance', [firstTwo], { momentum: 0.5 }, [2, 3]],
    ['from there to those of the next batch', [firstTwo, lastTwo], { momentum: 0.5 }, [6, 1.5]],
    ['to statistics of all images of a batch', [[0, 1, 2, 3]], { momentum: 0.5 }, [3.5, 6.25]],
    ['once for each group, in order', [[0, 1, 2, 3]], { momentum: 0.5, groupSize: 2 }, [6, 1.5]],
    ['in the order of the batch', [[2, 3, 0, 1]], { momentum: 0.5, groupSize: 2 }, [4.5, 2.75]],
    ['all the way without momentum', [firstTwo], { momentum: 0 }, [4, 5]],
    ['a tenth of the way by default', [firstTwo], {}, [4 * tenth, 1 + 4 * tenth]],
    ['nowhere where the layer is not trained', [firstTwo, lastTwo], { trainable: false }, [0, 1]],
  ])('move %s', async (_, batches, options, expected) => {
    for (const relu of [false, true]) {
      const { moving, saved } = await statisticsAfter(batches, options, { relu });
      expect(moving).toEqual(expected.map(Math.fround));
      expect(saved).toEqual(moving);
    }
  });

  test('no weight decay or clipping touches them', async () => {
    const optimizer = { name: 'adamW', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
    const update = { optimizer, weightDecay: 1, globalClipnorm: 1e-3 };
    const { moving } = await statisticsAfter([firstTwo, lastTwo], { momentum: 0.5 }, { update });
    expect(moving).toEqual([6, 1.5]);
  });

  test('are averaged with the weights: half of (2, 3) and half of (6, 1.5)', async () => {
    const update = { emaDecay: 0.5 };
    const { moving, saved } = await statisticsAfter([firstTwo, lastTwo], { momentum: 0.5 }, { update });
    expect(moving).toEqual([6, 1.5]);
    expect(saved).toEqual([4, 2.25]);
  });

  test('are what scores follow from, so that no image’s depends on the others’', async () => {
    const { together, first } = await statisticsAfter([firstTwo], {});
    expect(first.losses[0]).toBe(together.losses[0]);
    expect(first.probabilities).toEqual(together.probabilities.subarray(0, 2));
  });

  test.each([[[]], [['norm']], [['norm', 'relu_1', 'flatten_1']]])(
    'move once in a fused training, whatever is recorded beside it: %j',
    async (recorded) => {
      const network = buildNetwork([
        { type: 'input', shape: [1, 2, 1] },
        { type: 'batchNormalization', name: 'norm', momentum: 0.5 },
        { type: 'relu' },
        { type: 'flatten' },
        { type: 'dense', units: 2, activation: 'softmax' },
      ]);
      const programs = compileOf(network, [network.output.name, ...recorded]);
      const { floats, run, close } = await createExecutable(inlineEngine, 1, programs.all);
      floats(programs.set.values).set(initialParameters(network, 3));
      floats(programs.input).set([1, 3, 5, 7]);
      await run([{ program: 'forward', count: 2 }]);
      const { offset } = network.parameters.find(({ name }) => name === 'norm/movingMean')!;
      expect([...floats(programs.set.values).subarray(offset, offset + 2)]).toEqual([2, 3]);
      await close();
    },
  );
});

function compileOf(network: Network, outputs: readonly string[]) {
  const set = parameterSet(network);
  const net = compile(network, { parameters: set, outputs, microBatch: 2, batchStatistics: true });
  const kept = [net.input, set.values, ...outputs.map(net.output)];
  const all = { calls: { forward: [...set.pack, ...net.forward] }, kept, scratchBytes: net.scratchBytes };
  return { set, input: net.input, all };
}

/** Convolution, statistics of batches and of groups, ReLU fused and not, a branch around. */
const normalized: readonly LayerSpec[] = [
  { type: 'input', shape: [28, 28, 1] },
  { type: 'conv2d', filters: 8, kernelSize: 3, strides: 3, useBias: false },
  { type: 'batchNormalization' },
  { type: 'relu', name: 'start' },
  { type: 'conv2d', filters: 8, kernelSize: 3, padding: 'same', useBias: false },
  { type: 'batchNormalization', name: 'grouped', groupSize: 5 },
  { type: 'add', inputs: ['grouped', 'start'] },
  { type: 'maxPooling2d' },
  { type: 'dropout', rate: 0.25 },
  { type: 'flatten' },
  { type: 'dense', units: 10, activation: 'softmax' },
];

const data = subset();

describe.each([
  ['a network with whole-batch and group statistics', normalized],
  ['the built-in network small', builtinNetwork('small')],
] as const)('training %s', (_, network) => {
  /** Two epochs of three steps: 50, 50 and 10 images. */
  const options: TrainOptions = {
    ...{ network, threads: 1, clock: () => 0, emaDecay: 0.7 },
    ...{ epochs: 2, batchSize: 50, limit: 130, validation: 20, seed: 1 },
  };
  const shaOf = ({ model }: Trained) => sha256(littleEndianBytes(model.parameters));
  let whole: Trained;
  beforeAll(async () => {
    whole = await train(data, poisonedScratch(inlineEngine), options);
  });

  test('gives the same bits on 3 worker threads', async () => {
    const three = await train(data, workerEngine, { ...options, threads: 3 });
    expect(await shaOf(three)).toBe(await shaOf(whole));
    expect(three.history).toEqual(whole.history);
  });

  test.each([1, 2, 3, 5])('is resumed from the checkpoint after step %i to the same bits', async (step) => {
    const signal = { aborted: false };
    const states: TrainingState[] = [];
    let done = 0;
    await train(data, inlineEngine, {
      ...{ ...options, signal },
      onStep: () => {
        signal.aborted = ++done === step;
      },
      checkpoints: { everySeconds: 1e9, save: async (state) => void states.push(state) },
    });
    const identity = {
      ...{ network: { name: 'normalized', spec: network }, configuration: completeConfiguration(options) },
      ...{ dataset: {}, wasmSha256: '', earlierEngines: [], startedAt: '' },
    };
    const { state } = await readCheckpoint(await writeCheckpoint({ identity, state: states.at(-1)! }), 'x');
    const resumed = await train(data, workerEngine, { ...options, threads: 2, start: state });
    expect(await shaOf(resumed)).toBe(await shaOf(whole));
    expect(resumed.history).toEqual(whole.history);
  });
});

test.each([
  [{ batchSize: 1 }, 'Layer norm (batchNormalization) normalises over the batch, but the batch size is 1;'],
  [
    { batchSize: 43 },
    'Layer norm (batchNormalization) normalises over the batch, but 130 images in batches of 43 leave',
  ],
  [
    { batchSize: 64 },
    'Layer grouped (batchNormalization) normalises over groups of 5, but 130 images in batches of 64 leave',
  ],
])('training with %j is refused before the first step', async (more, message) => {
  const named = normalized.map((layer, i) => (i === 2 ? { ...layer, name: 'norm' } : layer));
  let steps = 0;
  const failed = train(data, inlineEngine, {
    ...{ network: named, threads: 1, clock: () => 0, epochs: 1, limit: 130, validation: 0, seed: 1, ...more },
    onStep: () => void steps++,
  });
  await expect(failed).rejects.toMatchObject({ name: 'SelvedgeError', code: 'bad-option' });
  await expect(failed).rejects.toThrow(message);
  expect(steps).toBe(0);
});
