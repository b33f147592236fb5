import { fitImages } from '../data/fitPicture.ts';
import { type Dataset, imagesInMemory, type LabelledImages } from '../data/images.ts';
import { SelvedgeError } from '../errors.ts';
import { formatShape } from '../graph/shape.ts';
import type { Classifier } from '../model/classifier.ts';
import { featureLayer, type LayerFeatures } from '../model/embedding.ts';
import type {
  Calibration,
  ClassThresholds,
  OutOfDistributionMetrics,
  ReliabilityMetadata,
} from '../model/reliability.ts';
import { atTemperature, calibrate, calibrationErrorAt, type LabelledProbabilities } from './calibration.ts';
import { auroc } from './outOfDistribution/auroc.ts';
import { drawingShape, drawKind, testKinds } from './outOfDistribution/drawings/kinds.ts';
import {
  distances,
  fitDistance,
  inDistributionScores,
  leastScore,
  referenceDistances,
} from './outOfDistribution/score.ts';
import { precisionThresholds } from './precisionThresholds.ts';

/** The largest number of training images that the distance is fitted on. */
export const mostFitted = 10_000;
/** The largest number of out-of-distribution pictures of each kind: drawing them takes seconds. */
const mostDrawn = 500;

/**
 * Validation images (indices of `data.train` that were kept out of training, at least one), or a model that the same training
 * made without some images, and its metadata, chosen on these.
 */
export type ChosenBy =
  | { readonly validationSamples: Uint32Array }
  | { readonly reliability: ReliabilityMetadata; readonly trainImages: number; readonly weightsSha256: string };

export interface FitReliabilityOptions {
  readonly classifier: Classifier;
  readonly data: Dataset;
  /** Indices of the images of `data.train` that were trained on. */
  readonly trainSamples: Uint32Array;
  /** Of the images of `trainSamples`, where they are known; others than those of the layer that the score reads are not used. */
  readonly trainFeatures?: LayerFeatures | undefined;
  /** Where temperature and threshold come from. */
  readonly chosenBy: ChosenBy;
  /** The program's version. */
  readonly selvedge: string;
  /** Out-of-distribution pictures of each kind; default: the number of validation images, at most 500. */
  readonly outOfDistributionPictures?: number;
}

/** What was chosen on validation images. */
interface Choice {
  readonly images: number;
  readonly calibration: (test: LabelledProbabilities) => Calibration;
  /** At the temperature that was chosen. */
  readonly thresholds: (temperature: number) => readonly ClassThresholds[] | undefined;
  /** The distances of the validation images, which scores are shares of. */
  readonly reference: (distancesOf: (features: Float32Array) => Float64Array) => Float32Array;
  readonly kept: (keptOf: (features: Float32Array) => number) => number;
}

/**
 * Fits the temperature and each class's thresholds on the validation split and the in-distribution score on training images, with its threshold from the
 * validation split; or takes temperature and thresholds from another model, with the score fitted on this one's training images.
 * The test set and drawn out-of-distribution pictures only measure both.
 * @throws SelvedgeError 'bad-data' where the other model's score is of another layer
 */
export async function fitReliability(options: FitReliabilityOptions): Promise<ReliabilityMetadata> {
  const { classifier, data, chosenBy, selvedge } = options;
  const fittedSamples = spread(options.trainSamples, mostFitted);
  const layer = featureLayer(classifier.model.network);
  const choice =
    'validationSamples' in chosenBy
      ? await choiceOn(classifier, data, chosenBy.validationSamples)
      : choiceOf(chosenBy.reliability, layer?.name);
  const test = await classifier.answersOf(data.test);
  const calibration = choice.calibration({ probabilities: test.probabilities, labels: data.test.labels });
  const head = {
    calibration,
    thresholds: choice.thresholds(calibration.temperature),
    selvedge,
    ...('reliability' in chosenBy && {
      from: { trainImages: chosenBy.trainImages, weightsSha256: chosenBy.weightsSha256 },
    }),
  };
  const sets = { fitted: fittedSamples.length, validation: choice.images, test: data.test.count };
  if (!layer) return { ...head, familiarity: null, sets: { ...sets, fitted: 0 } };

  const size = test.features.length / data.test.count;
  const known = options.trainFeatures?.layer === layer.name ? options.trainFeatures.values : undefined;
  const features = known
    ? rowsOf(known, size, options.trainSamples, fittedSamples)
    : (await classifier.answersOf(data.train, fittedSamples)).features;
  const fitted = fitDistance({ values: features, size }, labelsOf(data.train, fittedSamples));
  const distancesOf = (values: Float32Array) => distances(fitted, { values, size });
  const parameters = { ...fitted, reference: choice.reference(distancesOf) };
  const kept = (values: Float32Array) => {
    const scores = inDistributionScores(parameters, { values, size });
    return scores.filter(({ familiar }) => familiar).length / scores.length;
  };
  const testDistances = distancesOf(test.features);
  const pictures = options.outOfDistributionPictures ?? Math.min(mostDrawn, choice.images);
  const foreign: OutOfDistributionMetrics[] = [];
  const { network, preprocessing } = classifier.model;
  const isDrawable =
    preprocessing.pictures?.photos === 'garment' || formatShape(network.inputShape) === formatShape(drawingShape);
  const [height, width, channels] = drawingShape;
  for (const kind of isDrawable ? testKinds : []) {
    const images = imagesInMemory(drawKind(kind, pictures, 0), new Uint32Array(pictures), { height, width, channels });
    const drawn = await classifier.answersOf(fitImages(images, preprocessing));
    foreign.push({
      name: kind.name,
      description: kind.description,
      pictures,
      auroc: auroc(distancesOf(drawn.features), testDistances),
      kept: kept(drawn.features),
    });
  }
  const metrics = {
    layer: layer.name,
    leastScore,
    validationKept: choice.kept(kept),
    testKept: kept(test.features),
    foreign,
  };
  return { ...head, familiarity: { ...metrics, ...parameters }, sets };
}

async function choiceOn(classifier: Classifier, { train }: Dataset, samples: Uint32Array): Promise<Choice> {
  const { probabilities, features } = await classifier.answersOf(train, samples);
  const labels = labelsOf(train, samples);
  const classes = probabilities.length / samples.length;
  return {
    images: samples.length,
    calibration: (test) => calibrate({ probabilities, labels }, test),
    thresholds: (temperature) =>
      precisionThresholds({ probabilities: atTemperature(probabilities, classes, temperature), labels }, classes),
    reference: (distancesOf) => referenceDistances(distancesOf(features)),
    kept: (keptOf) => keptOf(features),
  };
}

function choiceOf(
  { calibration, thresholds, familiarity, sets }: ReliabilityMetadata,
  layer: string | undefined,
): Choice {
  const score = () => {
    if (familiarity?.layer === layer && familiarity) return familiarity;
    throw new SelvedgeError(
      'bad-data',
      `The other model's in-distribution score is of ${familiarity?.layer ?? 'no layer'}, this one's of ${layer}; take a model of the same network.`,
    );
  };
  return {
    images: sets.validation,
    calibration: (test) => ({ ...calibration, test: calibrationErrorAt(test, calibration.temperature) }),
    thresholds: () => thresholds,
    reference: () => score().reference,
    kept: () => score().validationKept,
  };
}

function labelsOf({ labels }: LabelledImages, samples: Uint32Array): Uint32Array {
  return Uint32Array.from(samples, (i) => labels[i]!);
}

/** The rows of the chosen samples among those of all. */
function rowsOf(values: ArrayLike<number>, size: number, samples: Uint32Array, chosen: Uint32Array): Float32Array {
  const places = new Map(Array.from(samples, (sample, place) => [sample, place]));
  return Float32Array.from(
    { length: chosen.length * size },
    (_, i) => values[places.get(chosen[Math.floor(i / size)]!)! * size + (i % size)]!,
  );
}

/** At most `most` of the items, evenly spread, in order. */
function spread(items: Uint32Array, most: number): Uint32Array {
  if (items.length <= most) return items;
  return Uint32Array.from({ length: most }, (_, i) => items[Math.floor((i * items.length) / most)]!);
}
