import type { Dataset, LabelledImages, PixelImage } from '../core/data/images.ts';
import type { EvaluationWithAverage } from '../core/evaluation/evaluation.ts';
import { type Prediction, topPredictions } from '../core/evaluation/predictions.ts';
import { evaluateModel } from '../core/evaluation/scores.ts';
import type { ExportForm } from '../core/formats/onnx/describe.ts';
import { writeOnnx } from '../core/formats/onnx/exportModel.ts';
import { initialParameters, whiteningOf } from '../core/graph/initialise.ts';
import type { Inspection } from '../core/inspection/inspect.ts';
import { layersFor } from '../core/inspection/layerChoice.ts';
import { givenPicture, testPicture } from '../core/inspection/pictures.ts';
import type { OnProgress } from '../core/inspection/target.ts';
import type { Classifier } from '../core/model/classifier.ts';
import type { Model, ServableModel } from '../core/model/model.ts';
import { openAveragingClassifier, passesWith, type TestTimeTransform } from '../core/model/testTimeAugmentation.ts';
import { type Trained, type TrainOptions, train as trainWith } from '../core/training/train.ts';
import { type TransferOptions, type Transferred, transfer as transferWith } from '../core/transfer/transfer.ts';
import { nodeEngine } from './engine.ts';
import { requireFittingSet } from './fit.ts';
import { version } from './version.ts';
import { availableThreads } from './workers/available.ts';
import { inspectOnThreads } from './workers/inspectOnThreads.ts';

export interface ThreadOptions {
  /** Worker threads; default: the cores that this process may use. Results do not depend on it. */
  readonly threads?: number;
}

/**
 * Trains a classifier on worker threads. Nothing is printed, nothing is written.
 * @throws SelvedgeError 'bad-spec', 'bad-option', 'not-finite' or 'worker-failed'
 */
export async function train(
  data: Dataset,
  options: Omit<TrainOptions, 'threads' | 'clock'> & ThreadOptions = {},
): Promise<Trained> {
  return trainWith(data, await nodeEngine(), {
    ...options,
    threads: options.threads ?? availableThreads(),
    clock: () => performance.now(),
  });
}

/**
 * Fits a new last layer to a backbone's features on worker threads: see `findBackbone` and `backboneForData`. Nothing is printed, nothing is
 * written.
 * @throws SelvedgeError 'bad-option', 'aborted' or 'worker-failed'
 */
export async function transfer(
  data: Dataset,
  options: Omit<TransferOptions, 'threads'> & ThreadOptions,
): Promise<Transferred> {
  return transferWith(data, await nodeEngine(), { ...options, threads: options.threads ?? availableThreads() });
}

export interface AnswerOptions extends ThreadOptions {
  /** Probabilities are means over the picture, its mirror image ('flip'), and both shifted by a pixel ('shift'); none by default. */
  readonly testTimeAugmentation?: readonly TestTimeTransform[];
}

/** A model on worker threads, for repeated use; `close` it in the end. */
export async function openClassifier(model: ServableModel, options: AnswerOptions = {}): Promise<Classifier> {
  const { threads = availableThreads(), testTimeAugmentation } = options;
  return openAveragingClassifier(model, await nodeEngine(), threads, testTimeAugmentation);
}

/**
 * Accuracy, loss, per-class scores, confusion matrix and the most confident mistakes on labelled images; where test-time
 * augmentation is requested, the same with it beside them.
 * @throws SelvedgeError 'bad-data' where the images do not fit the model
 */
export async function evaluate(
  model: ServableModel,
  set: LabelledImages,
  options: AnswerOptions = {},
): Promise<EvaluationWithAverage> {
  requireFittingSet(model, set);
  const { testTimeAugmentation: transforms = [], ...plain } = options;
  const scoresWith = async (choice: AnswerOptions) => {
    const classifier = await openClassifier(model, choice);
    try {
      return await evaluateModel(classifier, set);
    } finally {
      await classifier.close();
    }
  };
  // First, since it may be refused.
  const averaged = transforms.length > 0 ? await scoresWith(options) : undefined;
  const evaluation = await scoresWith(plain);
  if (!averaged) return evaluation;
  const testTimeAugmentation = { transforms, passes: passesWith(transforms), evaluation: averaged };
  return { ...evaluation, testTimeAugmentation };
}

/** The most probable classes of each picture, best first. Pictures have the network's input size: see `preparePhoto`. */
export async function classify(
  model: ServableModel,
  images: readonly PixelImage[],
  options: AnswerOptions & { readonly top?: number } = {},
): Promise<Prediction[][]> {
  const classifier = await openClassifier(model, { threads: 1, ...options });
  try {
    return await topPredictions(classifier, images, options.top ?? 3);
  } finally {
    await classifier.close();
  }
}

export interface InspectModelOptions extends ThreadOptions {
  /** A data set that fits the model. Without it, analyses that need test or training images are omitted. */
  readonly data?: Dataset | null;
  /** Test images by index, or pictures of the network's input size (see `preparePhoto`); without them, examples of each class. */
  readonly images?: readonly (number | PixelImage)[];
  /** The seed that the model was trained with: the weights before training are the control. Default 0. */
  readonly initialSeed?: number;
  /** The seed of random samples; default 0. */
  readonly seed?: number;
  /** The layers to look at, by name; by default all, or the ends of blocks of a network with very many values. */
  readonly layers?: readonly string[] | 'all';
  /** Smaller samples. */
  readonly quick?: boolean;
  readonly onProgress?: OnProgress;
}

/**
 * Inspects a model: feature maps, metrics by layer, common claims with verdicts, and attribution maps. Nothing is
 * printed, nothing is written.
 * @throws SelvedgeError 'bad-data' where the data set does not fit the model, 'bad-option' for a test image that does not
 *   exist, 'bad-image' for a picture of another size
 */
export async function inspect(model: Model, options: InspectModelOptions = {}): Promise<Inspection> {
  const { data = null, images, initialSeed = 0, seed = 0, quick = false, onProgress } = options;
  const { network, parameters, preprocessing, classNames } = model;
  if (data) requireFittingSet(model, data.test);
  const untrained = initialParameters(network, initialSeed, whiteningOf(parameters));
  const threads = options.threads ?? availableThreads();
  const layers = layersFor(network, options.layers);
  return inspectOnThreads({
    target: { network, parameters, untrained, preprocessing, engine: await nodeEngine(), threads, layers },
    classNames,
    data,
    seed,
    quick,
    pictures: images
      ? await Promise.all(
          images.map((image, i) =>
            typeof image === 'number'
              ? testPicture(image, data, 'it was not given')
              : givenPicture(image, `picture ${i + 1}`, 'unchanged', network.inputShape),
          ),
        )
      : null,
    ...(onProgress && { onProgress }),
  });
}

/**
 * A model as an ONNX file: opset 17, float32 pictures [N, C, H, W] or uint8 ones [N, H, W, C] in, probabilities or logits out; the
 * probabilities are calibrated where the model has a temperature.
 */
export function exportOnnx(model: Model, form: Partial<ExportForm> = {}): Uint8Array {
  return writeOnnx(model, { input: 'float32', output: 'probabilities', ...form }, version).bytes;
}

export { convertPhoto, type PhotoConversion } from '../core/data/convertPhoto.ts';
export { type PhotoPreparation, preparePhoto } from '../core/data/fitPicture.ts';
export type { Dataset, LabelledImages, PixelImage } from '../core/data/images.ts';
export { type ErrorCode, SelvedgeError } from '../core/errors.ts';
export type { AveragedEvaluation, Evaluation, EvaluationWithAverage } from '../core/evaluation/evaluation.ts';
export type { Prediction } from '../core/evaluation/predictions.ts';
export type { ExportForm } from '../core/formats/onnx/describe.ts';
export { type Imported, type ImportOptions, readOnnx as importOnnx } from '../core/formats/onnx/importModel.ts';
export type { RunRecord } from '../core/formats/runRecord.ts';
export { builtinNetwork } from '../core/graph/builtin.ts';
export { buildNetwork, type Network } from '../core/graph/network.ts';
export { parseNetwork } from '../core/graph/parse.ts';
export type { LayerSpec } from '../core/graph/spec.ts';
export { formatSummary } from '../core/graph/summary.ts';
export type { Inspection } from '../core/inspection/inspect.ts';
export type { Claim, InspectionRecord } from '../core/inspection/record.ts';
export type { Classifier } from '../core/model/classifier.ts';
export { createEnsemble } from '../core/model/ensemble.ts';
export type { Ensemble, Model, ServableModel } from '../core/model/model.ts';
export type { ReliabilityMetadata } from '../core/model/reliability.ts';
export type { TestTimeTransform } from '../core/model/testTimeAugmentation.ts';
export type { RunConfiguration } from '../core/training/configuration.ts';
export type { EpochMetrics } from '../core/training/history.ts';
export type { Progress } from '../core/training/loop.ts';
export type { Trained, TrainOptions } from '../core/training/train.ts';
export { type Backbone, backboneFor, backboneOf } from '../core/transfer/backbone.ts';
export type { TransferOptions, Transferred } from '../core/transfer/transfer.ts';
export { backboneForData, findBackbone } from './backbones.ts';
export { type LoadedDataset, loadDataset } from './datasets/fashionMnist.ts';
export {
  type LoadedPictures,
  type LoadPicturesOptions,
  loadPictureFolder,
} from './datasets/pictures/loadPictureFolder.ts';
export { decodeImage } from './images/decode.ts';
export { loadModel, loadServableModel, saveModel } from './models.ts';
