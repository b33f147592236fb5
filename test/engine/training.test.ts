import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { littleEndianBytes, sha256 } from '../../src/core/bytes.ts';
import type { LabelledImages } from '../../src/core/data/images.ts';
import { preprocessingFor } from '../../src/core/data/preprocessing.ts';
import type { Engine } from '../../src/core/engine/start.ts';
import { SelvedgeError } from '../../src/core/errors.ts';
import { builtinNetwork } from '../../src/core/graph/builtin.ts';
import { initialParameters } from '../../src/core/graph/initialise.ts';
import { buildNetwork } from '../../src/core/graph/network.ts';
import type { LayerSpec } from '../../src/core/graph/spec.ts';
import { openClassifier } from '../../src/core/model/classifier.ts';
import { createStaging } from '../../src/core/model/staging.ts';
import { type TrainOptions, train } from '../../src/core/training/train.ts';
import { createTrainer, type Trainer } from '../../src/core/training/trainer.ts';
import { inlineEngine, poisonedScratch, watched, workerEngine } from './engines.ts';
import { range, subset } from './fixtures.ts';

const data = subset();
const network = buildNetwork(builtinNetwork('reference'));

/** A network that trains in no time, with every kind of layer. */
const tiny: readonly LayerSpec[] = [
  { type: 'input', shape: [28, 28, 1] },
  { type: 'zeroPadding2d' },
  { type: 'conv2d', filters: 4, kernelSize: 3, strides: 2, activation: 'relu' },
  { type: 'dropout', rate: 0.25 },
  { type: 'maxPooling2d' },
  { type: 'flatten' },
  { type: 'dense', units: 12, activation: 'relu' },
  { type: 'dropout', rate: 0.5 },
  { type: 'dense', units: 10, activation: 'softmax' },
];

const options: TrainOptions = {
  network: tiny,
  threads: 1,
  clock: () => 0,
  epochs: 2,
  batchSize: 50,
  limit: 130,
  seed: 1,
};

/** SHA-256 of the weights that training ends with. */
async function trainedWith(engine: Engine, more: Partial<TrainOptions>): Promise<string> {
  return shaOf((await train(data, engine, { ...options, ...more })).model.parameters);
}

const shaOf = (weights: Float32Array) => sha256(littleEndianBytes(weights));

describe('train: the same bits whatever the threads', () => {
  const seedRun = (batchSize: number) => ({
    network: builtinNetwork('reference'),
    batchSize,
    limit: 170,
    validation: 20,
  });

  // Neither batch is a whole number of micro-batches, nor is the last of an epoch.
  describe.each([50, 130])('the reference network, 150 images, 2 epochs, batches of %i', (batchSize) => {
    let alone: Float32Array;
    beforeAll(async () => {
      alone = (await train(data, inlineEngine, { ...options, ...seedRun(batchSize) })).model.parameters;
    });

    test.each([1, 2, 3, 4])('%i worker threads give the weights of the caller’s own thread', async (threads) => {
      expect(await trainedWith(workerEngine, { ...seedRun(batchSize), threads })).toBe(await shaOf(alone));
    });

    test('all 421,642 weights are finite, and each parameter has moved', () => {
      expect(alone).toHaveLength(421_642);
      expect(alone.every(Number.isFinite)).toBe(true);
      const before = initialParameters(network, 1);
      for (const { name, offset, size } of network.parameters) {
        const moved = alone.subarray(offset, offset + size).some((value, i) => value !== before[offset + i]);
        expect(moved, name).toBe(true);
      }
    });
  });

  test('what is left in the threads’ own memory does not matter', async () => {
    expect(await trainedWith(poisonedScratch(inlineEngine), {})).toEqual(await trainedWith(inlineEngine, {}));
  });

  test('the seed and the learning rate do matter', async () => {
    const base = await trainedWith(inlineEngine, {});
    expect(await trainedWith(inlineEngine, { seed: 2 })).not.toEqual(base);
    expect(await trainedWith(inlineEngine, { learningRate: 0.002 })).not.toEqual(base);
    expect(await trainedWith(inlineEngine, {})).toEqual(base);
  });
});

describe('train', () => {
  test('a batch larger than the training set is lowered to it', async () => {
    const { configuration } = await train(data, inlineEngine, {
      ...options,
      epochs: 1,
      batchSize: 300,
      validation: 30,
    });
    expect(configuration).toMatchObject({ batchSize: 100, limit: 130, validation: 30 });
    const weights = await trainedWith(inlineEngine, { batchSize: 1000 });
    expect(weights).toEqual(await trainedWith(inlineEngine, { batchSize: 130 }));
  });

  test('a limit of more images than there are stands for all', async () => {
    const { configuration, trainSamples } = await train(data, inlineEngine, { ...options, epochs: 1, limit: 10_000 });
    expect(configuration.limit).toBeNull();
    expect(trainSamples).toEqual(range(0, 400));
  });

  test('validation images are apart from those trained on, and within the limit', async () => {
    const trained = await train(data, inlineEngine, { ...options, epochs: 1, validation: 30 });
    expect(trained.validationSamples).toHaveLength(30);
    expect(trained.trainSamples).toHaveLength(100);
    const all = [...trained.trainSamples, ...trained.validationSamples].sort((a, b) => a - b);
    expect(all).toEqual([...range(0, 130)]);
    expect(trained.history[0]!.validationLoss).toBeGreaterThan(0);
    expect(trained.history[0]!.validationAccuracy).toBeGreaterThanOrEqual(0);
  });

  test('the split does not depend on what is trained', async () => {
    const splitOf = async (more: Partial<TrainOptions>) =>
      (await train(data, inlineEngine, { ...options, epochs: 1, validation: 30, ...more })).validationSamples;
    expect(await splitOf({ batchSize: 7 })).toEqual(await splitOf({}));
    expect(await splitOf({ seed: 2 })).not.toEqual(await splitOf({}));
  });

  test('without dropout, loss falls by a third in 5 epochs of 400 images', async () => {
    const learner = {
      network: tiny.filter(({ type }) => type !== 'dropout'),
      limit: null,
      epochs: 5,
      learningRate: 0.005,
    };
    const { history } = await train(data, inlineEngine, { ...options, ...learner });
    expect(history[4]!.loss).toBeLessThan((history[0]!.loss * 2) / 3);
    expect(history[4]!.accuracy).toBeGreaterThan(history[0]!.accuracy);
  });

  test('an abort stops after the step and keeps what was learnt until then', async () => {
    const controller = new AbortController();
    const stopped = await train(data, inlineEngine, {
      ...options,
      signal: controller.signal,
      onStep: ({ epoch, step }) => {
        if (epoch === 2 && step === 1) controller.abort();
      },
    });
    expect(stopped.status).toBe('stopped');
    expect(stopped.history).toHaveLength(1);
    const oneEpoch = await trainedWith(inlineEngine, { epochs: 1 });
    const learnt = await shaOf(stopped.model.parameters);
    expect(learnt).not.toBe(oneEpoch);
    expect(learnt).not.toBe(await trainedWith(inlineEngine, {}));
  });

  test('a learning rate of 1e30 ends with not-finite, naming the step', async () => {
    const failed = train(data, inlineEngine, { ...options, learningRate: 1e30 });
    await expect(failed).rejects.toThrow(SelvedgeError);
    await expect(failed).rejects.toMatchObject({
      code: 'not-finite',
      message:
        'The loss stopped being a number at step 2 of epoch 1, so training stopped; try a learning rate below 1e+30.',
    });
  });

  test('a learning rate of 1e300 and a single step end with not-finite, not with infinite weights', async () => {
    const failed = train(data, inlineEngine, { ...options, epochs: 1, batchSize: 130, learningRate: 1e300 });
    await expect(failed).rejects.toMatchObject({ code: 'not-finite' });
    await expect(failed).rejects.toThrow('A weight stopped being a number at step 1 of epoch 1');
  });

  test.each([
    [{ epochs: 0 }, 'The number of epochs is 0, but should be a whole number from 1 up.'],
    [{ batchSize: 0 }, 'The batch size is 0, but should be a whole number from 1 up.'],
    [{ batchSize: 2.5 }, 'The batch size is 2.5, but should be a whole number from 1 up.'],
    [{ seed: -1 }, 'The seed is -1, but should be a whole number from 0 up.'],
    [{ limit: 0 }, 'The limit is 0, but should be a whole number from 1 up.'],
    [{ validation: 130 }, '130 validation images would leave nothing of the 130 training images; take fewer.'],
    [{ learningRate: 0 }, 'The learning rate is 0, but should be a number above 0.'],
    [{ learningRate: Number.NaN }, 'The learning rate is NaN, but should be a number above 0.'],
  ])('%j is refused', async (more, message) => {
    await expect(train(data, inlineEngine, { ...options, ...more })).rejects.toMatchObject({
      code: 'bad-option',
      message,
    });
  });

  test('a network for other images is refused, naming the layer and both shapes', async () => {
    const other: LayerSpec[] = [{ type: 'input', shape: [32, 32, 3] }, ...tiny.slice(1)];
    await expect(train(data, inlineEngine, { ...options, network: other })).rejects.toMatchObject({
      code: 'bad-spec',
      message: 'Layer input expects images of shape [32, 32, 3], but those of subset are [28, 28, 1].',
    });
  });

  test('a network too large for any memory is refused', async () => {
    const huge: LayerSpec[] = [tiny[0]!, { type: 'flatten' }, { type: 'dense', units: 10_000_000 }, ...tiny.slice(-1)];
    await expect(train(data, inlineEngine, { ...options, network: huge })).rejects.toMatchObject({
      code: 'bad-spec',
      message: expect.stringMatching(
        /^The network needs \d+\.\d GiB of memory, \d+\.\d GiB of it for dense_1 alone, but an engine can have 4 GiB; make its layers smaller\.$/,
      ),
    });
  });

  test('the input layer may have a name of its own', async () => {
    const named: LayerSpec[] = [{ type: 'input', name: 'pixels', shape: [28, 28, 1] }, ...tiny.slice(1)];
    expect(await trainedWith(poisonedScratch(inlineEngine), { network: named })).toEqual(
      await trainedWith(inlineEngine, {}),
    );
  });
});

const preprocessing = preprocessingFor(network.inputShape);

const openTrainer = async (engine: Engine) => {
  const trainer = await createTrainer({ batchSize: 300, network, preprocessing, engine, threads: 1 });
  await trainer.setParameters(initialParameters(network, 7));
  return trainer;
};

const openScorer = (engine: Engine, threads: number) =>
  openClassifier({ network, preprocessing, parameters: initialParameters(network, 7) }, engine, threads);

describe('a step of training', () => {
  test('takes no more memory for a batch of 400 than for one image', async () => {
    const { engine, seen } = watched(inlineEngine);
    const trainer = await openTrainer(engine);
    const bytes = seen().memory.buffer.byteLength;
    for (const samples of [range(0, 1), range(0, 400)]) {
      await trainer.train({ set: data.train, samples, seed: 3, step: 5, learningRate: 0.001 });
      expect(seen().memory.buffer.byteLength).toBe(bytes);
    }
    await trainer.close();
  });

  test('the reference network’s engine needs under 48 MiB to train, under 16 MiB to classify', async () => {
    const { engine, seen } = watched(inlineEngine);
    await openTrainer(engine);
    expect(seen().memory.buffer.byteLength).toBeLessThan(48 * 2 ** 20);
    await openScorer(engine, 1);
    expect(seen().memory.buffer.byteLength).toBeLessThan(16 * 2 ** 20);
  });
});

test('large images are staged a few at a time: the staging area is sized by its bytes', () => {
  const stagingOf = (shape: readonly number[]) => {
    const head: LayerSpec[] = [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }];
    return createStaging(buildNetwork([{ type: 'input', shape }, ...head]), preprocessingFor(shape));
  };
  expect(stagingOf([28, 28, 1]).slots).toBe(480);
  // 480 images would take 66 MB with their floats.
  expect(stagingOf([96, 96, 3])).toMatchObject({ slots: 60, pixels: { bytes: 60 * 96 * 96 * 3 } });
});

type Scorer = Pick<Trainer, 'score' | 'close'>;

describe('score: an image’s probabilities and loss are the same bits wherever it stands', () => {
  let scorer: Scorer;
  let alone: Map<number, { probabilities: Float32Array; loss: number }>;
  const chosen = [0, 17, 333];

  const rowsOf = async (on: Scorer, set: LabelledImages, samples: Uint32Array) => {
    const { probabilities, losses } = await on.score(set, samples);
    return new Map(
      Array.from(samples, (sample, i) => [
        sample,
        { probabilities: probabilities.slice(i * 10, i * 10 + 10), loss: losses[i]! },
      ]),
    );
  };

  beforeAll(async () => {
    scorer = await openScorer(inlineEngine, 1);
    alone = new Map();
    for (const sample of chosen) {
      alone.set(sample, (await rowsOf(scorer, data.train, Uint32Array.of(sample))).get(sample)!);
    }
  });
  afterAll(() => scorer.close());

  const expectSame = (rows: Awaited<ReturnType<typeof rowsOf>>) => {
    for (const sample of chosen) expect(rows.get(sample), `image ${sample}`).toEqual(alone.get(sample));
  };

  test('probabilities are in [0, 1] and add up to 1 within 1e-6', () => {
    for (const { probabilities } of alone.values()) {
      expect(Math.abs(probabilities.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(1e-6);
      expect(probabilities.every((p) => p >= 0 && p <= 1)).toBe(true);
    }
  });

  test('among all 400 images, in their order', async () => {
    expectSame(await rowsOf(scorer, data.train, range(0, 400)));
  });

  test('among all 400 images, backwards: other micro-batches, other places', async () => {
    expectSame(await rowsOf(scorer, data.train, range(0, 400).reverse()));
  });

  test.each([2, 3, 30, 31, 60, 61, 130, 481])('last of %i', async (count) => {
    for (const sample of chosen) {
      const samples = range(1, count).map((i) => (i === count ? sample : 350 + (i % 40)));
      expect((await rowsOf(scorer, data.train, samples)).get(sample), `image ${sample}`).toEqual(alone.get(sample));
    }
  });

  test.each([1, 2, 3])('on %i worker threads', async (threads) => {
    const workers = await openScorer(workerEngine, threads);
    expectSame(await rowsOf(workers, data.train, Uint32Array.of(5, ...chosen)));
    expectSame(await rowsOf(workers, data.train, Uint32Array.from(chosen)));
    await workers.close();
  });

  test('in an engine that trains, and whatever is left in the threads’ own memory', async () => {
    const training = await openTrainer(poisonedScratch(inlineEngine));
    expectSame(await rowsOf(training, data.train, Uint32Array.from(chosen)));
  });
});
