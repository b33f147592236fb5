import { beforeAll, describe, expect, test } from 'vitest';
import { littleEndianBytes, sha256 } from '../../src/core/bytes.ts';
import { imagesInMemory, readImages } from '../../src/core/data/images.ts';
import type { Network } from '../../src/core/graph/network.ts';
import { whitenedKernel, whiteningImages } from '../../src/core/graph/patchWhitening.ts';
import type { LayerSpec } from '../../src/core/graph/spec.ts';
import type { TrainingState } from '../../src/core/training/state.ts';
import { type Trained, type TrainOptions, train } from '../../src/core/training/train.ts';
import { inlineEngine, workerEngine } from './engines.ts';
import { subset } from './fixtures.ts';

const data = subset();

const networkOf = (trainable: boolean): readonly LayerSpec[] => [
  { type: 'input', shape: [28, 28, 1] },
  { type: 'conv2d', filters: 8, kernelSize: 2, kernelInitializer: 'patchWhitening', trainable },
  { type: 'batchNormalization' },
  { type: 'relu' },
  { type: 'conv2d', filters: 10, kernelSize: 3, strides: 2, kernelInitializer: 'heNormal', activation: 'relu' },
  { type: 'globalMaxPooling2d' },
  { type: 'dense', units: 10, activation: 'softmax' },
];
const options: TrainOptions = {
  ...{ network: networkOf(false), threads: 1, clock: () => 0 },
  ...{ epochs: 2, batchSize: 50, limit: 170, validation: 20, seed: 1, shift: 1, imageSizes: { 20: 1 } },
};

const shaOf = ({ model }: Trained) => sha256(littleEndianBytes(model.parameters));
const withoutTimes = ({ history }: Trained) => history.map(({ seconds: _, ...metrics }) => metrics);
const kernelOf = ({ parameters }: Network, values: Float32Array) => {
  const { offset, size } = parameters[0]!;
  return values.slice(offset, offset + size);
};

describe('training with a first layer from the data', () => {
  let whole: Trained;
  beforeAll(async () => {
    whole = await train(data, inlineEngine, options);
  });

  test('keeps its kernel: the components of the first training images ÷ 255, without validation images and augmentation', async () => {
    const { network, parameters } = whole.model;
    const kernel = network.parameters[0]!;
    const chosen = whole.trainSamples.subarray(0, whiteningImages(kernel, network.inputShape));
    const pixels = Float32Array.from(await readImages(data.train, chosen), (byte) => byte / 255);
    expect(chosen).toHaveLength(150);
    expect(kernelOf(network, parameters)).toEqual(whitenedKernel(kernel, pixels, network.inputShape));
  });

  test('gives the same bits on 3 worker threads', async () => {
    const three = await train(data, workerEngine, { ...options, threads: 3 });
    expect(withoutTimes(three)).toEqual(withoutTimes(whole));
    expect(await shaOf(three)).toBe(await shaOf(whole));
  });

  test.each([1, 5])('is resumed after step %i of 6 to the same bits', async (steps) => {
    const signal = { aborted: false };
    const states: TrainingState[] = [];
    let done = 0;
    await train(data, inlineEngine, {
      ...{ ...options, signal },
      onStep: () => {
        signal.aborted = ++done === steps;
      },
      checkpoints: { everySeconds: 1e9, save: async (state) => void states.push(state) },
    });
    const resumed = await train(data, inlineEngine, { ...options, start: states.at(-1)! });
    expect(withoutTimes(resumed)).toEqual(withoutTimes(whole));
    expect(await shaOf(resumed)).toBe(await shaOf(whole));
  });

  test('can train it, too', async () => {
    const { model } = await train(data, inlineEngine, { ...options, network: networkOf(true) });
    expect(kernelOf(model.network, model.parameters)).not.toEqual(
      kernelOf(whole.model.network, whole.model.parameters),
    );
  });
});

test('sees no more images than whiteningImages: 1,372 of 1,500, and those alone decide the kernel', async () => {
  const count = 1500;
  const pixels = (changed: number) =>
    Uint8Array.from({ length: count * 784 }, (_, i) => (i === changed ? 255 : (i * i * 31 + (i >> 4) * 7) % 251));
  const kernelWith = async (changed: number) => {
    const labels = new Uint32Array(count).map((_, i) => i % 10);
    const set = imagesInMemory(pixels(changed), labels, { height: 28, width: 28, channels: 1 });
    const { model } = await train({ ...data, train: set }, inlineEngine, {
      ...{ ...options, limit: null, validation: 0, signal: { aborted: true } },
    });
    return kernelOf(model.network, model.parameters);
  };
  const plain = await kernelWith(-1);
  expect(await kernelWith(1372 * 784 + 300)).toEqual(plain);
  expect(await kernelWith(1372 * 784 - 300)).not.toEqual(plain);
});

test('images without any difference are refused before the first step', async () => {
  const { labels, height, width, channels } = data.train;
  const flat = imagesInMemory(new Uint8Array(400 * 784).fill(9), labels, { height, width, channels });
  await expect(train({ ...data, train: flat }, inlineEngine, options)).rejects.toMatchObject({
    name: 'SelvedgeError',
    message:
      'The patches of the training images are all equal, so conv2d_1/kernel cannot begin with patchWhitening; choose another kernelInitializer.',
  });
});
