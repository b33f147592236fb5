import type { LabelledImages } from '../data/images.ts';
import { permutation, randomSequence, streams } from '../engine/random.ts';
import { SelvedgeError } from '../errors.ts';
import type { EpochFigures, StepFigures } from '../files/runRecord.ts';
import { accuracyOf, mean } from './figures.ts';
import type { Runtime } from './runtime.ts';

/** Where training is, after a step. */
export interface Progress extends StepFigures {
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  /** Images trained on so far in this epoch, and since when (milliseconds of the clock). */
  readonly images: number;
  readonly imagesPerSecond: number;
}

export interface LoopOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
  /** Which images of the set to train on, and which to score after each epoch. */
  readonly train: Uint32Array;
  readonly validation?: Uint32Array;
  readonly onStep?: (progress: Progress) => void;
  readonly onEpoch?: (figures: EpochFigures) => void;
  /** Stops after the current step; what was learnt so far stays. */
  readonly signal?: AbortSignalLike;
  /** Milliseconds; the difference of two calls counts. */
  readonly clock: () => number;
}

/** The part of AbortSignal that is used. */
export interface AbortSignalLike {
  readonly aborted: boolean;
}

export interface LoopResult {
  readonly status: 'finished' | 'stopped';
  readonly history: readonly EpochFigures[];
}

/**
 * Trains the runtime's parameters: each epoch in a new random order, the last batch of an epoch as small as it comes.
 * @throws SelvedgeError 'not-finite' naming the step, when the loss or, at the end of an epoch, a weight is no longer a number
 */
export async function trainLoop(runtime: Runtime, set: LabelledImages, options: LoopOptions): Promise<LoopResult> {
  const { epochs, batchSize, learningRate, seed, train, validation, clock } = options;
  const stepsPerEpoch = Math.ceil(train.length / batchSize);
  const history: EpochFigures[] = [];
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const began = clock();
    const order = permutation(train.length, randomSequence(seed, streams.shuffle, epoch));
    let lossSum = 0;
    let correct = 0;
    let images = 0;
    for (let step = 1; step <= stepsPerEpoch; step++) {
      if (options.signal?.aborted) return { status: 'stopped', history };
      const samples = order.subarray(images, images + batchSize).map((i) => train[i]!);
      const stepNumber = (epoch - 1) * stepsPerEpoch + step;
      const result = await runtime.train({ set, samples, seed, step: stepNumber, learningRate });
      if (!Number.isFinite(result.lossSum)) throw notFinite('The loss', epoch, step, learningRate);
      lossSum += result.lossSum;
      correct += result.correct;
      images += samples.length;
      options.onStep?.({
        epoch,
        epochs,
        step,
        stepsPerEpoch,
        loss: lossSum / images,
        accuracy: correct / images,
        images,
        imagesPerSecond: images / ((clock() - began) / 1000),
      });
    }
    const seconds = (clock() - began) / 1000;
    // An epoch's last update reaches no loss of that epoch.
    if (!runtime.parameters().every(Number.isFinite)) {
      throw notFinite('A weight', epoch, stepsPerEpoch, learningRate);
    }
    const figures = { epoch, steps: stepsPerEpoch, loss: lossSum / images, accuracy: correct / images };
    history.push({ ...figures, ...(await scoreValidation(runtime, set, validation)), seconds });
    options.onEpoch?.(history.at(-1)!);
  }
  return { status: 'finished', history };
}

async function scoreValidation(runtime: Runtime, set: LabelledImages, validation: Uint32Array | undefined) {
  if (!validation?.length) return {};
  const { probabilities, losses } = await runtime.score(set, validation);
  const labels = validation.map((i) => set.labels[i]!);
  return { validationLoss: mean(losses), validationAccuracy: accuracyOf(probabilities, labels) };
}

function notFinite(what: string, epoch: number, step: number, learningRate: number): SelvedgeError {
  return new SelvedgeError(
    'not-finite',
    `${what} stopped being a number at step ${step} of epoch ${epoch}, so training stopped; try a learning rate below ${learningRate}.`,
  );
}
