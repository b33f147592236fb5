import { beforeAll, describe, expect, test } from 'vitest';
import { littleEndianBytes, sha256 } from '../../src/core/bytes.ts';
import { preprocessingFor } from '../../src/core/data/preprocessing.ts';
import { readCheckpoint, writeCheckpoint } from '../../src/core/formats/checkpointFile.ts';
import { initialParameters } from '../../src/core/graph/initialise.ts';
import { buildNetwork } from '../../src/core/graph/network.ts';
import type { LayerSpec } from '../../src/core/graph/spec.ts';
import { openClassifier } from '../../src/core/model/classifier.ts';
import { completeConfiguration, type RunConfiguration } from '../../src/core/training/configuration.ts';
import { mean } from '../../src/core/training/metrics.ts';
import type { TrainingState } from '../../src/core/training/state.ts';
import { splitFor, type Trained, type TrainOptions, train } from '../../src/core/training/train.ts';
import { createTrainer } from '../../src/core/training/trainer.ts';
import { inlineEngine, poisonedScratch, workerEngine } from './engines.ts';
import { range, subset } from './fixtures.ts';

const data = subset();

/** A network that trains in no time; its kernels do not fill whole vectors of four. */
const tiny: readonly LayerSpec[] = [
  { type: 'input', shape: [28, 28, 1] },
  { type: 'conv2d', filters: 5, kernelSize: 3, strides: 3, activation: 'relu' },
  { type: 'maxPooling2d' },
  { type: 'dropout', rate: 0.25 },
  { type: 'flatten' },
  { type: 'dense', units: 11, activation: 'relu' },
  { type: 'dense', units: 10, activation: 'softmax' },
];

/** Two epochs of three steps: 50, 50 and 10 images. */
const options: TrainOptions = {
  ...{ network: tiny, threads: 1, clock: () => 0 },
  ...{ epochs: 2, batchSize: 50, limit: 130, validation: 20, seed: 1 },
};

test('runs of several seeds keep out the same images with one validation seed, and different ones without', () => {
  const base = completeConfiguration({ limit: 130, validation: 20 });
  const splitWith = (more: Partial<RunConfiguration>) => splitFor(data, { ...base, ...more });
  expect(splitWith({ seed: 7, validationSeed: 3 })).toEqual(splitWith({ seed: 8, validationSeed: 3 }));
  expect(splitWith({ seed: 8, validationSeed: 3 })).toEqual(splitWith({ seed: 3 }));
  expect(splitWith({ seed: 7 })).not.toEqual(splitWith({ seed: 8 }));
});

const settings: Readonly<Record<string, Partial<RunConfiguration>>> = {
  'other betas': { beta1: 0.8, beta2: 0.99, epsilon: 1e-4 },
  adamW: { optimizer: 'adamW', weightDecay: 0.5 },
  'adamW with decay on biases': { optimizer: 'adamW', weightDecay: 0.5, weightDecayRoles: ['bias', 'kernel'] },
  sgd: { optimizer: 'sgd' },
  'sgd with momentum': { optimizer: 'sgd', momentum: 0.9, weightDecay: 0.01 },
  'sgd with Nesterov’s momentum': { optimizer: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 0.01 },
  'learning rates by role': { learningRateMultipliers: { bias: 3, kernel: 0.5 } },
  'clipped gradients': { globalClipnorm: 0.1 },
  'a linear schedule': { schedule: 'linear' },
  'a linear schedule with warm-up': { schedule: 'linear', warmupEpochs: 1 },
  'a cosine schedule': { schedule: 'cosine' },
  'a step schedule': { schedule: 'step', stepEpochs: 2 / 3, stepFactor: 0.3 },
  'label smoothing': { labelSmoothing: 0.1 },
  'averaged weights': { emaDecay: 0.7 },
  'shifts and flips': { shift: 1, flip: 'random' },
  'alternating flips': { flip: 'alternating' },
  cutout: { cutout: 8 },
  'brightness and contrast': { brightness: 0.2, contrast: 0.3 },
  everything: {
    ...{ optimizer: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 0.01, globalClipnorm: 0.5 },
    ...{ schedule: 'cosine', warmupEpochs: 0.5, labelSmoothing: 0.2, emaDecay: 0.9 },
    ...{ learningRateMultipliers: { bias: 2 } },
    ...{ shift: 2, flip: 'alternating', cutout: 5, brightness: 0.1, contrast: 0.2 },
  },
};

const shaOf = ({ model }: Trained) => sha256(littleEndianBytes(model.parameters));
const withoutTimes = ({ history }: Trained) => history.map(({ seconds: _, ...metrics }) => metrics);

/** Trains up to a step, and from the checkpoint file's bytes to the end. */
async function resumedAfter(steps: number, more: Partial<TrainOptions>): Promise<Trained> {
  const signal = { aborted: false };
  const states: TrainingState[] = [];
  let done = 0;
  await train(data, inlineEngine, {
    ...{ ...options, ...more, signal },
    onStep: () => {
      signal.aborted = ++done === steps;
    },
    checkpoints: { everySeconds: 1e9, save: async (state) => void states.push(state) },
  });
  const identity = {
    ...{ network: { name: 'tiny', spec: tiny }, configuration: completeConfiguration({ ...options, ...more }) },
    ...{ dataset: {}, wasmSha256: '', earlierEngines: [], startedAt: '' },
  };
  const file = await writeCheckpoint({ identity, state: states.at(-1)! });
  const { state } = await readCheckpoint(file, 'x');
  return train(data, workerEngine, { ...options, ...more, threads: 2, start: state });
}

describe.each(Object.entries(settings))('training with %s', (_, more) => {
  let whole: Trained;
  beforeAll(async () => {
    whole = await train(data, poisonedScratch(inlineEngine), { ...options, ...more });
  });

  test('has other weights than without', async () => {
    expect(whole.configuration).toMatchObject(more);
    expect(await shaOf(whole)).not.toBe(await shaOf(await train(data, inlineEngine, options)));
  });

  test('gives the same bits on 3 worker threads', async () => {
    const three = await train(data, workerEngine, { ...options, ...more, threads: 3 });
    expect(withoutTimes(three)).toEqual(withoutTimes(whole));
    expect(await shaOf(three)).toBe(await shaOf(whole));
  });

  test.each([1, 3, 5])('is resumed after step %i to the same bits', async (step) => {
    const resumed = await resumedAfter(step, more);
    expect(withoutTimes(resumed)).toEqual(withoutTimes(whole));
    expect(await shaOf(resumed)).toBe(await shaOf(whole));
  });

  test('reports the validation loss of the weights that are saved, without smoothing', async () => {
    const classifier = await openClassifier(whole.model, inlineEngine, 1);
    const { losses } = await classifier.score(data.train, whole.validationSamples);
    await classifier.close();
    expect(whole.history.at(-1)!.validationLoss).toBe(mean(losses));
    expect(whole.history.at(-1)!.weightsSha256).toBe(await shaOf(whole));
  });
});

test.each(['adamW', 'sgd'] as const)('%s leaves layers alone that are not trained', async (optimizer) => {
  const frozen = tiny.map((layer) => (layer.type === 'conv2d' ? { ...layer, trainable: false } : layer));
  const { model } = await train(data, inlineEngine, {
    ...{ ...options, network: frozen, optimizer, weightDecay: 1, learningRate: 0.1, emaDecay: 0.5 },
  });
  const before = initialParameters(buildNetwork(frozen), 1);
  const { offset } = model.network.parameters.find(({ name }) => name === 'dense_1/kernel')!;
  expect(model.parameters.subarray(0, offset)).toEqual(before.subarray(0, offset));
  expect(model.parameters.every((value, i) => i < offset || value !== before[i] || value === 0)).toBe(true);
});

test('stopped before the first step, the averaged weights are the initial ones', async () => {
  const { model } = await train(data, inlineEngine, { ...options, emaDecay: 0.9, signal: { aborted: true } });
  expect(model.parameters).toEqual(initialParameters(buildNetwork(tiny), 1));
});

test.each<[Partial<RunConfiguration>, string]>([
  [{ warmupEpochs: 3 }, 'The warm-up of 3 epochs is longer than the run of 2; shorten it with warmupEpochs.'],
  [{ momentum: 0.9 }, 'The optimizer adam has no momentum; leave momentum out, or choose sgd.'],
  [
    { shift: 14 },
    'A shift of 14 does not fit images of [28, 28, 1]; choose a shift below half of their shorter side, 28.',
  ],
  [{ cutout: 28 }, 'A cutout of 28 does not fit images of [28, 28, 1]; choose a cutout below their shorter side, 28.'],
])('%j is refused before the first step', async (more, message) => {
  let steps = 0;
  const failed = train(data, inlineEngine, { ...options, ...more, onStep: () => void steps++ });
  await expect(failed).rejects.toMatchObject({ name: 'SelvedgeError', code: 'bad-option', message });
  expect(steps).toBe(0);
});

test.each([{ shift: 13 }, { cutout: 27 }])('%j fits images of 28×28', async (most) => {
  expect((await train(data, inlineEngine, { ...options, ...most, epochs: 1 })).status).toBe('finished');
});

test('an augmented image’s loss does not depend on its batch: 130 images at once, in another order, and one by one', async () => {
  const network = buildNetwork(tiny.filter(({ type }) => type !== 'dropout'));
  const augmentation = { shift: 2, flip: 'random', cutout: 5, brightness: 0.1, contrast: 0.2 } as const;
  const preprocessing = preprocessingFor(network.inputShape);
  const trainer = await createTrainer({
    ...{ network, preprocessing, batchSize: 130, engine: workerEngine, threads: 2, augmentation },
  });
  const parameters = initialParameters(network, 1);
  const lossOf = async (samples: Uint32Array, epoch: number) => {
    await trainer.setParameters(parameters);
    return (await trainer.train({ set: data.train, samples, seed: 1, step: 1, epoch, learningRate: 0.1 })).lossSum;
  };
  const samples = range(20, 130);
  const alone = [];
  for (const sample of samples) alone.push(await lossOf(Uint32Array.of(sample), 2));
  const sum = (losses: readonly number[]) => losses.reduce((a, b) => a + b, 0);
  expect(await lossOf(samples, 2)).toBe(sum(alone));
  expect(await lossOf(samples.toReversed(), 2)).toBe(sum(alone.toReversed()));
  expect(await lossOf(samples, 3)).not.toBe(sum(alone));
  const plain = await trainer.score(data.train, samples);
  expect(sum([...plain.losses])).not.toBe(sum(alone));
  await trainer.close();
});
