import { describe, expect, test } from 'vitest';
import { imagesInMemory } from '../data/images.ts';
import { SelvedgeError } from '../errors.ts';
import { type LoopOptions, type Progress, trainLoop } from './loop.ts';
import type { Trainer, TrainingStep } from './trainer.ts';

const images = imagesInMemory(new Uint8Array(12), [0, 1, 0, 1, 1, 1, 0, 0, 1, 0, 0, 0], {
  height: 1,
  width: 1,
  channels: 1,
});

/** A trainer that only notes what it is asked to do: each image's loss is its number, images below 4 are right. */
function noting(lossOf = (sample: number, _step: number) => sample) {
  const steps: TrainingStep[] = [];
  const scored: number[][] = [];
  const trainer: Trainer = {
    threads: 1,
    parameters: () => new Float32Array(1),
    async setParameters() {},
    modelParameters: () => new Float32Array(1),
    optimizerState: () => ({}),
    setOptimizerState() {},
    async train(step) {
      steps.push(step);
      const samples = [...step.samples];
      return {
        lossSum: samples.reduce((sum, sample) => sum + lossOf(sample, step.step), 0),
        correct: samples.filter((sample) => sample < 4).length,
      };
    },
    async score(_, samples) {
      scored.push([...samples]);
      const probabilities = Float32Array.from({ length: samples.length * 2 }, (_, i) => (i % 2 === 0 ? 0.75 : 0.25));
      return { probabilities, losses: new Float32Array(samples.length).fill(0.5) };
    },
    async close() {},
  };
  return { trainer, steps, scored };
}

const range = (count: number, from = 0) => Uint32Array.from({ length: count }, (_, i) => from + i);

const options: LoopOptions = {
  epochs: 2,
  batchSize: 4,
  learningRate: 0.01,
  seed: 3,
  train: range(10),
  clock: () => 0,
};

const sorted = (steps: readonly TrainingStep[]) => steps.flatMap(({ samples }) => [...samples]).sort((a, b) => a - b);

describe('trainLoop', () => {
  test('every epoch takes each image once, the last batch as small as it comes', async () => {
    const { trainer, steps } = noting();
    await trainLoop(trainer, images, options);
    expect(steps.map(({ samples }) => samples.length)).toEqual([4, 4, 2, 4, 4, 2]);
    expect(sorted(steps.slice(0, 3))).toEqual([...range(10)]);
    expect(sorted(steps.slice(3))).toEqual([...range(10)]);
  });

  test('steps count on over the epochs, and each gets the seed and the learning rate', async () => {
    const { trainer, steps } = noting();
    await trainLoop(trainer, images, options);
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const step of steps) expect(step).toMatchObject({ seed: 3, learningRate: 0.01, set: images });
  });

  test('a schedule changes the learning rate over all steps of all epochs', async () => {
    const { trainer, steps } = noting();
    const schedule = { schedule: 'linear', warmupEpochs: 2 / 3, stepEpochs: 1, stepFactor: 1 } as const;
    await trainLoop(trainer, images, { ...options, schedule });
    const rates = [0.5, 1, 1, 0.75, 0.5, 0.25].map((factor) => 0.01 * factor);
    expect(steps.map(({ learningRate }) => learningRate)).toEqual(rates);
  });

  test('the order is another each epoch and for each seed, and the same for the same', async () => {
    const orderOf = async (seed: number) => {
      const { trainer, steps } = noting();
      await trainLoop(trainer, images, { ...options, seed });
      const order = steps.flatMap(({ samples }) => [...samples]);
      return [order.slice(0, 10), order.slice(10)];
    };
    const [first, second] = await orderOf(3);
    expect(second).not.toEqual(first);
    expect(await orderOf(3)).toEqual([first, second]);
    expect((await orderOf(4))[0]).not.toEqual(first);
  });

  test('only the images in `train` are trained on', async () => {
    const { trainer, steps } = noting();
    await trainLoop(trainer, images, { ...options, epochs: 1, train: Uint32Array.of(11, 2, 5) });
    expect(sorted(steps)).toEqual([2, 5, 11]);
  });

  test('onStep tells running means since the epoch began, and the pace', async () => {
    const { trainer, steps } = noting();
    const told: Progress[] = [];
    let now = 0;
    await trainLoop(trainer, images, {
      ...options,
      onStep: (progress) => told.push(progress),
      clock: () => {
        now += 500;
        return now;
      },
    });
    const seen = steps.slice(0, 2).flatMap(({ samples }) => [...samples]);
    expect(told).toHaveLength(6);
    expect(told[1]).toEqual({
      epoch: 1,
      epochs: 2,
      step: 2,
      stepsPerEpoch: 3,
      loss: seen.reduce((a, b) => a + b, 0) / 8,
      accuracy: seen.filter((sample) => sample < 4).length / 8,
      images: 8,
      imagesPerSecond: 8,
      epochCosts: [1, 1],
    });
    expect(told[5]).toMatchObject({ epoch: 2, step: 3, images: 10, loss: 4.5, accuracy: 0.4 });
  });

  test('onEpoch and the history tell each epoch’s means', async () => {
    const { trainer } = noting();
    const told: unknown[] = [];
    const { status, history } = await trainLoop(trainer, images, {
      ...options,
      onEpoch: (figures) => told.push(figures),
    });
    expect(status).toBe('finished');
    // The SHA-256 of one float32, zero.
    const weightsSha256 = 'df3f619804a92fdb4057192dc43dd748ea778adc52bc498ce80524c014b81119';
    expect(history).toEqual([
      { epoch: 1, steps: 3, loss: 4.5, accuracy: 0.4, weightsSha256, seconds: 0 },
      { epoch: 2, steps: 3, loss: 4.5, accuracy: 0.4, weightsSha256, seconds: 0 },
    ]);
    expect(told).toEqual(history);
  });

  test('validation images are scored after each epoch, and their figures told', async () => {
    const { trainer, scored } = noting();
    const { history } = await trainLoop(trainer, images, { ...options, validation: Uint32Array.of(2, 6, 10, 8) });
    expect(scored).toEqual([
      [2, 6, 10, 8],
      [2, 6, 10, 8],
    ]);
    expect(history[1]).toMatchObject({ validationLoss: 0.5, validationAccuracy: 0.75 });
  });

  test('no validation images, no figures of them', async () => {
    const { trainer, scored } = noting();
    const { history } = await trainLoop(trainer, images, { ...options, validation: new Uint32Array(0) });
    expect(scored).toEqual([]);
    expect(Object.keys(history[0]!)).not.toContain('validationLoss');
  });

  test('an abort during a step stops after that step and keeps the epochs before', async () => {
    const { trainer, steps } = noting();
    const signal = { aborted: false };
    const { status, history } = await trainLoop(trainer, images, {
      ...options,
      signal,
      onStep: ({ epoch, step }) => {
        signal.aborted = epoch === 2 && step === 1;
      },
    });
    expect(status).toBe('stopped');
    expect(steps).toHaveLength(4);
    expect(history.map(({ epoch }) => epoch)).toEqual([1]);
  });

  test('an abort before the first step trains nothing', async () => {
    const { trainer, steps } = noting();
    const result = await trainLoop(trainer, images, { ...options, signal: { aborted: true } });
    expect(result).toEqual({ status: 'stopped', history: [] });
    expect(steps).toHaveLength(0);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'a loss of %d stops training and names step and epoch',
    async (loss) => {
      const { trainer, steps } = noting((sample, step) => (step === 5 ? loss : sample));
      const failed = trainLoop(trainer, images, options);
      await expect(failed).rejects.toThrow(SelvedgeError);
      await expect(failed).rejects.toMatchObject({
        code: 'not-finite',
        message:
          'The loss stopped being a number at step 2 of epoch 2, so training stopped; try a learning rate below 0.01.',
      });
      expect(steps).toHaveLength(5);
    },
  );

  test('weights that the last step of an epoch made infinite stop training, too', async () => {
    const { trainer } = noting();
    const failed = trainLoop(
      { ...trainer, modelParameters: () => Float32Array.of(1, Number.POSITIVE_INFINITY) },
      images,
      options,
    );
    await expect(failed).rejects.toMatchObject({ code: 'not-finite' });
    await expect(failed).rejects.toThrow('step 3 of epoch 1');
  });
});
