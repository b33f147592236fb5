import { fitImages } from '../data/fitPicture.ts';
import type { Dataset } from '../data/images.ts';
import { type Preprocessing, preprocessingFor } from '../data/preprocessing.ts';
import { drawPerClass, type IndexSplit, splitAt, stratifiedSplit } from '../data/split.ts';
import { randomSequence, streams } from '../engine/random.ts';
import type { Engine } from '../engine/start.ts';
import { SelvedgeError } from '../errors.ts';
import { builtinNetwork } from '../graph/builtin.ts';
import { buildNetwork, requireClassifier } from '../graph/network.ts';
import { formatShape } from '../graph/shape.ts';
import type { LayerSpec } from '../graph/spec.ts';
import type { Model } from '../model/model.ts';
import { requireFittingAugmentation } from './augmentation.ts';
import { requireWholeGroups } from './batchGroups.ts';
import {
  chosenData,
  configurationFor,
  learningSettings,
  type RunConfiguration,
  scheduleSettings,
} from './configuration.ts';
import type { EpochMetrics } from './history.ts';
import { epochCosts, requireFittingSizes } from './imageSizes.ts';
import { initialWeights } from './initialWeights.ts';
import { type AbortSignalLike, type LoopOptions, type Progress, trainLoop } from './loop.ts';
import { createTrainer } from './trainer.ts';

export interface TrainOptions extends Partial<RunConfiguration> {
  /** Default: the reference network. */
  readonly network?: readonly LayerSpec[];
  /** What pictures undergo; default: those of the network's shape are divided by 255. */
  readonly preprocessing?: Preprocessing | undefined;
  /** The parameters that training starts from, float32 in the network's order; drawn by default. */
  readonly initial?: Float32Array | undefined;
  readonly threads: number;
  readonly clock: () => number;
  /** Called after every step with the epoch's running metrics. */
  readonly onStep?: (progress: Progress) => void;
  readonly onEpoch?: (metrics: EpochMetrics) => void;
  /** Training stops after the step in which this is aborted, and returns the weights so far. */
  readonly signal?: AbortSignalLike;
  /** See `LoopOptions`. */
  readonly start?: LoopOptions['start'];
  readonly checkpoints?: LoopOptions['checkpoints'];
}

export interface Trained {
  readonly status: 'finished' | 'stopped';
  readonly model: Model;
  readonly configuration: RunConfiguration;
  readonly history: readonly EpochMetrics[];
  /** Indices of the images that were trained on, and of those kept out for validation, in `chosenData`. */
  readonly trainSamples: Uint32Array;
  readonly validationSamples: Uint32Array;
}

/**
 * The images that a run trains on, and those that it keeps out for validation: the data set's own, or drawn ones.
 * @throws SelvedgeError 'bad-option' where a class has too few images
 */
export function splitFor(
  { train: set, validation: given }: Pick<Dataset, 'train' | 'validation'>,
  {
    seed,
    validationSeed,
    limit,
    validation,
    perClass = null,
  }: Pick<RunConfiguration, 'seed' | 'validationSeed' | 'limit' | 'validation'> &
    Partial<Pick<RunConfiguration, 'perClass'>>,
): IndexSplit {
  const random = randomSequence(validationSeed ?? seed, streams.split, 0);
  const split = given
    ? splitAt(given, set.count)
    : stratifiedSplit(set.labels.subarray(0, limit ?? set.count), validation, random.below);
  if (perClass === null) return split;
  const draw = randomSequence(seed, streams.split, 1);
  return { ...split, train: drawPerClass(set.labels, split.train, perClass, draw.below) };
}

/**
 * Trains a new classifier. Nothing is printed, nothing is written.
 * @param whole a data set, of which the configuration may choose some classes
 */
export async function train(whole: Dataset, engine: Engine, options: TrainOptions): Promise<Trained> {
  const configuration = configurationFor(whole, options);
  const chosen = chosenData(whole, configuration);
  const { preprocessing: given } = options;
  const data = given ? { ...chosen, train: fitImages(chosen.train, given) } : chosen;
  const { seed, epochs, imageSizes } = configuration;
  const { height, width, channels } = data.train;
  const images = { shape: [height, width, channels], classes: data.classNames.length };
  const network = buildNetwork(options.network ?? builtinNetwork('reference', images));
  requireClassifier(network, data.classNames.length);
  if (network.parameterCount === 0) {
    throw new SelvedgeError('bad-spec', 'This network has no layer with weights; add a conv2d or a dense layer.');
  }
  if (formatShape(network.inputShape) !== formatShape([height, width, channels])) {
    throw new SelvedgeError(
      'bad-spec',
      `Layer ${network.layers[0]!.name} expects images of shape ${formatShape(network.inputShape)}, but those of ${data.name} are ${formatShape([height, width, channels])}.`,
    );
  }
  const split = splitFor(data, configuration);
  const preprocessing = given ?? preprocessingFor(network.inputShape, data.pictures);
  const { batchSize } = configuration;
  requireWholeGroups(network, batchSize, split.train.length);
  const learning = learningSettings(configuration);
  requireFittingAugmentation(learning.augmentation, network.inputShape);
  requireFittingSizes(network, imageSizes, epochs);
  const trainer = await createTrainer({
    network,
    preprocessing,
    batchSize,
    engine,
    threads: options.threads,
    ...learning,
  });
  try {
    const initial = options.initial ?? (await initialWeights(network, seed, preprocessing, data.train, split.train));
    await trainer.setParameters(initial);
    const { status, history } = await trainLoop(trainer, data.train, {
      ...options,
      ...configuration,
      schedule: scheduleSettings(configuration),
      epochCosts: epochCosts(network, imageSizes, epochs),
      train: split.train,
      validation: split.validation,
    });
    const model = {
      network,
      parameters: trainer.modelParameters(),
      classNames: data.classNames,
      preprocessing,
    };
    return { status, model, configuration, history, trainSamples: split.train, validationSamples: split.validation };
  } finally {
    await trainer.close();
  }
}
