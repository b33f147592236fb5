import type { Dataset } from '../data/images.ts';
import { preprocessingFor } from '../data/preprocessing.ts';
import { stratifiedSplit } from '../data/split.ts';
import { randomSequence, streams } from '../engine/random.ts';
import type { Engine } from '../engine/start.ts';
import { SelvedgeError } from '../errors.ts';
import { builtinNetwork } from '../graph/builtin.ts';
import { buildNetwork, requireClassifier } from '../graph/graph.ts';
import { initialParameters } from '../graph/initialise.ts';
import { formatShape } from '../graph/shape.ts';
import type { LayerSpec } from '../graph/spec.ts';
import type { Model } from '../model/model.ts';
import type { RunConfiguration } from './configuration.ts';
import type { EpochFigures } from './history.ts';
import { type AbortSignalLike, type LoopOptions, type Progress, trainLoop } from './loop.ts';
import { adamDefaults } from './optimizers/adam.ts';
import { createTrainer } from './trainer.ts';

/** The reference job's settings. */
export const defaultConfiguration: RunConfiguration = {
  epochs: 5,
  batchSize: 300,
  learningRate: adamDefaults.learningRate,
  seed: 0,
  limit: null,
  validation: 0,
};

export interface TrainOptions extends Partial<RunConfiguration> {
  /** The reference job's network where nothing is said. */
  readonly network?: readonly LayerSpec[];
  readonly threads: number;
  readonly clock: () => number;
  /** After every step: running figures of the epoch. */
  readonly onStep?: (progress: Progress) => void;
  readonly onEpoch?: (figures: EpochFigures) => void;
  /** Training stops after the step in which this is aborted, and gives what was learnt. */
  readonly signal?: AbortSignalLike;
  /** See `LoopOptions`. */
  readonly start?: LoopOptions['start'];
  readonly checkpoints?: LoopOptions['checkpoints'];
}

export interface Trained {
  readonly status: 'finished' | 'stopped';
  readonly model: Model;
  readonly configuration: RunConfiguration;
  readonly history: readonly EpochFigures[];
  /** Which images of the training set were trained on, and which were kept out to make choices on. */
  readonly trainSamples: Uint32Array;
  readonly validationSamples: Uint32Array;
}

/** Fills in what is not said, checks it against the data, and lowers a batch that is larger than the training set. */
export function configurationFor(data: Dataset, options: Partial<RunConfiguration>): RunConfiguration {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const { epochs, batchSize, learningRate, seed, limit, validation } = { ...defaultConfiguration, ...given };
  const whole = (name: string, value: number, least: number) => {
    if (!Number.isSafeInteger(value) || value < least) {
      throw new SelvedgeError('bad-option', `The ${name} is ${value}, but should be a whole number from ${least} up.`);
    }
  };
  whole('number of epochs', epochs, 1);
  whole('batch size', batchSize, 1);
  whole('seed', seed, 0);
  whole('number of validation images', validation, 0);
  if (limit !== null) whole('limit', limit, 1);
  if (!Number.isFinite(learningRate) || learningRate <= 0) {
    throw new SelvedgeError('bad-option', `The learning rate is ${learningRate}, but should be a number above 0.`);
  }
  const images = Math.min(limit ?? data.train.count, data.train.count);
  if (validation >= images) {
    throw new SelvedgeError(
      'bad-option',
      `${validation} validation images would leave nothing of the ${images} training images; take fewer.`,
    );
  }
  return {
    epochs,
    batchSize: Math.min(batchSize, images - validation),
    learningRate,
    seed,
    limit: limit !== null && limit < data.train.count ? limit : null,
    validation,
  };
}

/** Trains a new classifier. Nothing is printed, nothing is written. */
export async function train(data: Dataset, engine: Engine, options: TrainOptions): Promise<Trained> {
  const configuration = configurationFor(data, options);
  const { seed, limit, validation } = configuration;
  const network = buildNetwork(options.network ?? builtinNetwork('reference'));
  requireClassifier(network, data.classNames.length);
  if (network.parameterCount === 0) {
    throw new SelvedgeError('bad-spec', 'This network has no layer that learns; add a conv2d or a dense layer.');
  }
  const { height, width, channels } = data.train;
  if (formatShape(network.inputShape) !== formatShape([height, width, channels])) {
    throw new SelvedgeError(
      'bad-spec',
      `Layer ${network.layers[0]!.name} expects images of shape ${formatShape(network.inputShape)}, but those of ${data.name} are ${formatShape([height, width, channels])}.`,
    );
  }
  const random = randomSequence(seed, streams.split, 0);
  const split = stratifiedSplit(data.train.labels.subarray(0, limit ?? data.train.count), validation, random.below);
  const preprocessing = preprocessingFor(network.inputShape);
  const trainer = await createTrainer({ network, preprocessing, engine, threads: options.threads });
  try {
    await trainer.setParameters(initialParameters(network, seed));
    const { status, history } = await trainLoop(trainer, data.train, {
      ...options,
      ...configuration,
      train: split.train,
      validation: split.validation,
    });
    const model = {
      network,
      parameters: trainer.parameters(),
      classNames: data.classNames,
      preprocessing,
    };
    return { status, model, configuration, history, trainSamples: split.train, validationSamples: split.validation };
  } finally {
    await trainer.close();
  }
}
