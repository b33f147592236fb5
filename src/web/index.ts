import type { Dataset } from '../core/data/images.ts';
import type { Engine } from '../core/engine/start.ts';
import type { Classifier } from '../core/model/classifier.ts';
import type { ServableModel } from '../core/model/model.ts';
import { openAveragingClassifier, type TestTimeTransform } from '../core/model/testTimeAugmentation.ts';
import { type Trained, type TrainOptions, train as trainWith } from '../core/training/train.ts';
import { type TransferOptions, type Transferred, transfer as transferWith } from '../core/transfer/transfer.ts';
import { webEngine } from './engine.ts';
import { availableThreads } from './workers/team.ts';

export interface EngineOptions {
  /** Web Workers; default: the machine's cores, or one where the page is not cross-origin isolated. */
  readonly threads?: number;
  /** The result of `webEngine(url)`, where `kernels.wasm` is not beside this package's files. */
  readonly engine?: Engine;
}

/**
 * Trains a classifier on Web Workers. Nothing is displayed, nothing is stored.
 * @throws SelvedgeError 'bad-spec', 'bad-option', 'not-finite', 'worker-failed' or 'missing-file'
 */
export async function train(
  data: Dataset,
  { threads = availableThreads(), engine, ...options }: Omit<TrainOptions, 'threads' | 'clock'> & EngineOptions = {},
): Promise<Trained> {
  return trainWith(data, engine ?? (await webEngine()), { ...options, threads, clock: () => performance.now() });
}

/**
 * Fits a new last layer to a backbone's features on Web Workers: see `readBackbone` and `backboneFor`. Nothing is displayed, nothing is stored.
 * @throws SelvedgeError 'bad-option', 'aborted', 'worker-failed' or 'missing-file'
 */
export async function transfer(
  data: Dataset,
  { threads = availableThreads(), engine, ...options }: Omit<TransferOptions, 'threads'> & EngineOptions,
): Promise<Transferred> {
  return transferWith(data, engine ?? (await webEngine()), { ...options, threads });
}

export interface AnswerOptions extends EngineOptions {
  /** Probabilities are means over the picture, its mirror image ('flip'), and both shifted by a pixel ('shift'); none by default. */
  readonly testTimeAugmentation?: readonly TestTimeTransform[];
}

/** A model on Web Workers, for repeated use; `close` it in the end. */
export async function openClassifier(
  model: ServableModel,
  { threads = availableThreads(), engine, testTimeAugmentation }: AnswerOptions = {},
): Promise<Classifier> {
  return openAveragingClassifier(model, engine ?? (await webEngine()), threads, testTimeAugmentation);
}

export { littleEndianBytes, sha256 } from '../core/bytes.ts';
export { fashionMnistClassNames } from '../core/data/classNames.ts';
export { convertPhoto, type PhotoConversion } from '../core/data/convertPhoto.ts';
export { type PhotoPreparation, preparePhoto } from '../core/data/fitPicture.ts';
export { labelledImages, parseIdxImages, parseIdxLabels } from '../core/data/idx.ts';
export type { Dataset, LabelledImages, PixelImage } from '../core/data/images.ts';
export type { Engine } from '../core/engine/start.ts';
export { type ErrorCode, SelvedgeError } from '../core/errors.ts';
export type { Evaluation } from '../core/evaluation/evaluation.ts';
export { type Prediction, topPredictions } from '../core/evaluation/predictions.ts';
export { readBackbone } from '../core/formats/backboneFile.ts';
export { readModel, readServableModel, writeModel } from '../core/formats/modelFile.ts';
export { builtinNetwork } from '../core/graph/builtin.ts';
export { buildNetwork, type Network } from '../core/graph/network.ts';
export { parseNetwork } from '../core/graph/parse.ts';
export type { LayerSpec } from '../core/graph/spec.ts';
export { formatSummary } from '../core/graph/summary.ts';
export type { Classifier } from '../core/model/classifier.ts';
export { createEnsemble } from '../core/model/ensemble.ts';
export type { Ensemble, Model, ServableModel } from '../core/model/model.ts';
export type { TestTimeTransform } from '../core/model/testTimeAugmentation.ts';
export type { RunConfiguration } from '../core/training/configuration.ts';
export type { EpochMetrics } from '../core/training/history.ts';
export type { Progress } from '../core/training/loop.ts';
export type { Trained, TrainOptions } from '../core/training/train.ts';
export { type Backbone, backboneFor, backboneOf } from '../core/transfer/backbone.ts';
export type { TransferOptions, Transferred } from '../core/transfer/transfer.ts';
export { webEngine } from './engine.ts';
