import { beforeAll, describe, expect, test } from 'vitest';
import { littleEndianBytes, sha256 } from '../../src/core/bytes.ts';
import { type Dataset, type DatasetInMemory, type ImagesInMemory, imagesInMemory } from '../../src/core/data/images.ts';
import { preprocessingFor } from '../../src/core/data/preprocessing.ts';
import type { Engine } from '../../src/core/engine/start.ts';
import { buildNetwork } from '../../src/core/graph/network.ts';
import type { LayerSpec } from '../../src/core/graph/spec.ts';
import { openClassifier } from '../../src/core/model/classifier.ts';
import { mean } from '../../src/core/training/metrics.ts';
import type { TrainingState } from '../../src/core/training/state.ts';
import { type Trained, type TrainOptions, train } from '../../src/core/training/train.ts';
import { createTrainer, trainerPlan } from '../../src/core/training/trainer.ts';
import { inlineEngine, poisonedScratch, watched, workerEngine } from './engines.ts';
import { subset } from './fixtures.ts';

const data = subset();

/** Trains on images of any size; its convolutions use the kernels for 3×3, and others where images are small. */
const networkOf = (side: number, normalises: boolean): readonly LayerSpec[] => [
  { type: 'input', shape: [side, side, 1] },
  { type: 'conv2d', filters: 8, kernelSize: 5, strides: 2, padding: 'same', useBias: !normalises },
  ...(normalises ? [{ type: 'batchNormalization' } as const] : []),
  { type: 'relu' },
  { type: 'conv2d', filters: 12, kernelSize: 3, padding: 'same', activation: 'relu' },
  { type: 'dropout', rate: 0.25 },
  { type: 'maxPooling2d' },
  { type: 'globalAveragePooling2d' },
  { type: 'dense', units: 10, activation: 'softmax' },
];

/** Three epochs of three steps (50, 50 and 10 images), each with images of another size. */
const options: TrainOptions = {
  ...{ network: networkOf(28, true), threads: 1, clock: () => 0 },
  ...{ epochs: 3, batchSize: 50, limit: 130, validation: 20, seed: 1, learningRate: 0.01 },
  ...{ emaDecay: 0.7, shift: 1, flip: 'alternating', imageSizes: { 14: 1, 20: 1 } },
};

const shaOf = ({ model }: Trained) => sha256(littleEndianBytes(model.parameters));
const withoutTimes = ({ history }: Trained) => history.map(({ seconds: _, ...metrics }) => metrics);

describe.each([
  ['batch normalisation', {}],
  ['neither normalisation nor average, with sgd', { network: networkOf(28, false), emaDecay: null, optimizer: 'sgd' }],
] as const)('training with 14, 20 and 28 pixels and %s', (_, more) => {
  let whole: Trained;
  beforeAll(async () => {
    whole = await train(data, poisonedScratch(inlineEngine), { ...options, ...more });
  });

  test('has other weights than with the full size', async () => {
    const full = await train(data, inlineEngine, { ...options, ...more, imageSizes: {} });
    expect(withoutTimes(whole)[0]!.weightsSha256).not.toBe(withoutTimes(full)[0]!.weightsSha256);
  });

  test.each([2, 3, 4])('gives the same bits on %i worker threads', async (threads) => {
    const several = await train(data, workerEngine, { ...options, ...more, threads });
    expect(withoutTimes(several)).toEqual(withoutTimes(whole));
    expect(await shaOf(several)).toBe(await shaOf(whole));
  });

  test.each([1, 3, 4, 6, 8])('is resumed after step %i of 9 to the same bits', async (steps) => {
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
    const resumed = await train(data, inlineEngine, { ...options, ...more, start: states.at(-1)! });
    expect(done).toBe(steps);
    expect(withoutTimes(resumed)).toEqual(withoutTimes(whole));
    expect(await shaOf(resumed)).toBe(await shaOf(whole));
  });

  test('is evaluated at the full size: the validation losses are the classifier’s', async () => {
    const classifier = await openClassifier(whole.model, inlineEngine, 1);
    const { losses } = await classifier.score(data.train, whole.validationSamples);
    await classifier.close();
    expect(whole.model.network.inputShape).toEqual([28, 28, 1]);
    expect(whole.history.at(-1)!.validationLoss).toBe(mean(losses));
  });
});

/** The set with each pixel four times, as a square. */
function enlarged({ images, labels, height, width, channels }: ImagesInMemory): ImagesInMemory {
  const [H, W] = [2 * height, 2 * width];
  const pixels = Uint8Array.from({ length: images.length * 4 }, (_, i) => {
    const [n, h, w] = [Math.floor(i / (H * W)), Math.floor(i / W) % H, i % W];
    return images[n * height * width + (h >> 1) * width + (w >> 1)]!;
  });
  return imagesInMemory(pixels, labels, { height: H, width: W, channels });
}

test('at 28 of 56 pixels, on images with each pixel four times, it gives the bits of training at 28', async () => {
  const large: DatasetInMemory = { ...data, train: enlarged(data.train), test: enlarged(data.test) };
  const more = { ...options, shift: 0, validation: 0, epochs: 2 };
  const small = await train(data, inlineEngine, { ...more, imageSizes: {} });
  const scaled = await train(large, inlineEngine, { ...more, network: networkOf(56, true), imageSizes: { 28: 1 } });
  expect(withoutTimes(scaled)[0]).toEqual(withoutTimes(small)[0]);
  expect(withoutTimes(scaled)[1]).not.toEqual(withoutTimes(small)[1]);
});

test('the batch’s loss at 14 pixels does not depend on the micro-batch: 130 images at once and one by one', async () => {
  const network = buildNetwork(networkOf(28, false).filter(({ type }) => type !== 'dropout'));
  const trainer = await createTrainer({
    ...{ network, preprocessing: preprocessingFor(network.inputShape), batchSize: 130, imageSizes: { 14: 1 } },
    ...{ engine: workerEngine, threads: 2 },
  });
  const parameters = new Float32Array(network.parameterCount).map((_, i) => ((i * 37) % 101) / 300 - 0.15);
  const lossOf = async (samples: Uint32Array) => {
    await trainer.setParameters(parameters);
    return (await trainer.train({ set: data.train, samples, seed: 1, step: 1, learningRate: 0.1 })).lossSum;
  };
  const samples = Uint32Array.from({ length: 130 }, (_, i) => i);
  let sum = 0;
  for (const sample of samples) sum += await lossOf(Uint32Array.of(sample));
  expect(await lossOf(samples)).toBe(sum);
  await trainer.close();
});

test('all sizes share one memory and one team: two smaller ones take 0 bytes more', async () => {
  const { engine, seen } = watched(inlineEngine);
  let teams = 0;
  const counting: Engine = {
    ...engine,
    createTeam(given) {
      teams++;
      return engine.createTeam(given);
    },
  };
  const { model } = await train(data, counting, options);
  expect(teams).toBe(1);
  expect(seen().programs.flatMap((calls) => calls.filter(({ kernel }) => kernel === 'resizeArea'))).toHaveLength(2);
  const plan = (imageSizes: Record<string, number>) =>
    trainerPlan(model.network, model.preprocessing, 380, { imageSizes }).bytes;
  expect(plan({ 14: 1, 20: 1 })).toBe(plan({}));
});

test('without imageSizes, training runs no call of the kernel', async () => {
  const { engine, seen } = watched(inlineEngine);
  await train(data, engine, { ...options, epochs: 1, imageSizes: {} });
  const kernels = seen().programs.flatMap((calls) => calls.map(({ kernel }) => kernel));
  expect(kernels).toContain('augmentPixels');
  expect(kernels).not.toContain('resizeArea');
});

const dense: readonly LayerSpec[] = [
  { type: 'input', shape: [28, 28, 1] },
  { type: 'flatten' },
  { type: 'dense', units: 10, activation: 'softmax' },
];

test.each<[Partial<TrainOptions>, string]>([
  [
    { imageSizes: { 28: 1 } },
    'An image size of 28 is not below the full size of [28, 28, 1], which comes last by itself; choose imageSizes below 28.',
  ],
  [
    { imageSizes: { 14: 2, 20: 1 } },
    'imageSizes take 3 of 3 epochs, so that none is left with the full size; shorten them, or train longer.',
  ],
  [
    { imageSizes: { 2: 1 } },
    'The network does not fit training images of [2, 2, 1]: Layer maxPooling2d_1 (maxPooling2d) needs an input of shape [2 or more, 2 or more, channels], but gets [1, 1, 12]; choose larger imageSizes, or leave them out.',
  ],
  [
    { imageSizes: { 14: 1 }, network: dense },
    'dense_1/kernel would be [196, 10] instead of [784, 10] for training images of [14, 14, 1]; leave imageSizes out, or pool globally before that layer (globalAveragePooling2d, globalMaxPooling2d).',
  ],
  [
    { imageSizes: { 0: 1 } },
    'The table of image sizes is 0=1, but should be numbers of epochs from 1 up by sides in pixels, such as 20=3,24=2.',
  ],
])('%j is refused before the first step', async (more, message) => {
  let steps = 0;
  const failed = train(data as Dataset, inlineEngine, { ...options, ...more, onStep: () => void steps++ });
  await expect(failed).rejects.toMatchObject({ name: 'SelvedgeError', code: 'bad-option', message });
  expect(steps).toBe(0);
});
