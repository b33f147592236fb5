import { littleEndianBytes, sha256 } from '../bytes.ts';
import type { LabelledImages } from '../data/images.ts';
import { permutation, randomSequence, streams } from '../engine/random.ts';
import { SelvedgeError } from '../errors.ts';
import type { EpochMetrics, StepMetrics } from './history.ts';
import { accuracyOf, mean } from './metrics.ts';
import { constantRate, type ScheduleSettings, scheduleFactor, scheduleIn } from './schedules.ts';
import type { TrainingState } from './state.ts';
import type { Trainer } from './trainer.ts';

/** Where training is, after a step. */
export interface Progress extends StepMetrics {
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  /** Images trained on so far in this epoch, and since when (milliseconds of the clock). */
  readonly images: number;
  readonly imagesPerSecond: number;
  /** What each epoch of the run costs relative to the others. */
  readonly epochCosts: readonly number[];
}

export interface LoopOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** What the learning rate is multiplied by; 1 by default. */
  readonly schedule?: ScheduleSettings;
  readonly seed: number;
  /** What each epoch costs relative to the others, for progress; the same by default. */
  readonly epochCosts?: readonly number[];
  /** Which images of the set to train on, and which to score after each epoch. */
  readonly train: Uint32Array;
  readonly validation?: Uint32Array;
  readonly onStep?: (progress: Progress) => void;
  readonly onEpoch?: (figures: EpochMetrics) => void;
  /** Stops after the current step; what was learnt so far stays. */
  readonly signal?: AbortSignalLike;
  /** Goes on from here; the trainer's own parameters are replaced. */
  readonly start?: TrainingState | undefined;
  /** Called at the end of every epoch, at intervals within one, and when training is stopped. */
  readonly checkpoints?: { readonly everySeconds: number; save(state: TrainingState): Promise<void> } | undefined;
  /** Milliseconds; the difference of two calls counts. */
  readonly clock: () => number;
}

/** The part of AbortSignal that is used. */
export interface AbortSignalLike {
  readonly aborted: boolean;
}

export interface LoopResult {
  readonly status: 'finished' | 'stopped';
  readonly history: readonly EpochMetrics[];
}

/**
 * Trains the trainer's parameters: each epoch in a new random order, the last batch of an epoch as small as it comes.
 * @throws SelvedgeError 'not-finite' naming the step, when the loss or, at the end of an epoch, a weight is no longer a number
 */
export async function trainLoop(trainer: Trainer, set: LabelledImages, options: LoopOptions): Promise<LoopResult> {
  const { epochs, batchSize, learningRate, seed, train, validation, clock, start, checkpoints } = options;
  const stepsPerEpoch = Math.ceil(train.length / batchSize);
  const epochCosts = options.epochCosts ?? Array.from({ length: epochs }, () => 1);
  const schedule = scheduleIn(options.schedule ?? constantRate, stepsPerEpoch);
  const history = [...(start?.history ?? [])];
  if (start) {
    await trainer.setParameters(start.parameters);
    trainer.setOptimizerState(start.optimizer);
  }
  let lastSaved = clock();
  for (let epoch = history.length + 1; epoch <= epochs; epoch++) {
    let mark = clock();
    const resumed = start?.history.length === epoch - 1 ? start : undefined;
    const order = permutation(train.length, randomSequence(seed, streams.shuffle, epoch));
    let { step, lossSum, correct, seconds } = resumed ?? { step: 0, lossSum: 0, correct: 0, seconds: 0 };
    let images = Math.min(step * batchSize, train.length);
    const save = async () => {
      const state = { parameters: trainer.parameters(), optimizer: trainer.optimizerState(), history: [...history] };
      const whole = history.length === epoch;
      await checkpoints?.save({ ...state, ...(whole ? nothingYet : { step, lossSum, correct, seconds }) });
      lastSaved = clock();
    };
    while (step < stepsPerEpoch) {
      if (options.signal?.aborted) {
        await save();
        return { status: 'stopped', history };
      }
      const samples = order.subarray(images, images + batchSize).map((i) => train[i]!);
      step++;
      const stepNumber = (epoch - 1) * stepsPerEpoch + step;
      const rate = learningRate * scheduleFactor(stepNumber, epochs * stepsPerEpoch, schedule);
      const result = await trainer.train({ set, samples, seed, step: stepNumber, epoch, learningRate: rate });
      if (!Number.isFinite(result.lossSum)) throw notFinite('The loss', epoch, step, learningRate);
      lossSum += result.lossSum;
      correct += result.correct;
      images += samples.length;
      seconds += (clock() - mark) / 1000;
      mark = clock();
      options.onStep?.({
        ...{ epoch, epochs, step, stepsPerEpoch, images },
        loss: lossSum / images,
        accuracy: correct / images,
        imagesPerSecond: images / seconds,
        epochCosts,
      });
      if (checkpoints && step < stepsPerEpoch && clock() - lastSaved >= checkpoints.everySeconds * 1000) await save();
    }
    const parameters = trainer.modelParameters();
    // An epoch's last update reaches no loss of that epoch.
    if (!parameters.every(Number.isFinite)) throw notFinite('A weight', epoch, stepsPerEpoch, learningRate);
    history.push({
      ...{ epoch, steps: stepsPerEpoch, loss: lossSum / images, accuracy: correct / images },
      ...(await scoreValidation(trainer, set, validation)),
      weightsSha256: await sha256(littleEndianBytes(parameters)),
      seconds,
    });
    options.onEpoch?.(history.at(-1)!);
    await save();
  }
  return { status: 'finished', history };
}

const nothingYet = { step: 0, lossSum: 0, correct: 0, seconds: 0 };

async function scoreValidation(trainer: Trainer, set: LabelledImages, validation: Uint32Array | undefined) {
  if (!validation?.length) return {};
  const { probabilities, losses } = await trainer.score(set, validation);
  const labels = validation.map((i) => set.labels[i]!);
  return { validationLoss: mean(losses), validationAccuracy: accuracyOf(probabilities, labels) };
}

function notFinite(what: string, epoch: number, step: number, learningRate: number): SelvedgeError {
  return new SelvedgeError(
    'not-finite',
    `${what} stopped being a number at step ${step} of epoch ${epoch}, so training stopped; try a learning rate below ${learningRate}.`,
  );
}
