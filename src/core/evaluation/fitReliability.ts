import type { Dataset, LabelledImages } from '../data/images.ts';
import { formatShape } from '../graph/shape.ts';
import type { Classifier } from '../model/classifier.ts';
import { featureLayer } from '../model/embedding.ts';
import type { OutOfDistributionMetrics, ReliabilityMetadata } from '../model/reliability.ts';
import { calibrate } from './calibration.ts';
import { auroc } from './outOfDistribution/auroc.ts';
import { drawingShape, drawKind, testKinds } from './outOfDistribution/drawings/kinds.ts';
import {
  distances,
  fitDistance,
  inDistributionScores,
  leastScore,
  referenceDistances,
} from './outOfDistribution/score.ts';

/** The largest number of training images that the distance is fitted on. */
const mostFitted = 10_000;
/** The largest number of out-of-distribution pictures of each kind: drawing them takes seconds. */
const mostDrawn = 500;

export interface FitReliabilityOptions {
  readonly classifier: Classifier;
  readonly data: Dataset;
  /** Indices of the images of `data.train` that were trained on. */
  readonly trainSamples: Uint32Array;
  /** Indices of those kept out of training, at least one: temperature and threshold are chosen on these. */
  readonly validationSamples: Uint32Array;
  /** The program's version. */
  readonly selvedge: string;
  /** Out-of-distribution pictures of each kind; default: the number of validation images, at most 500. */
  readonly outOfDistributionPictures?: number;
}

/**
 * Fits the temperature on the validation split and the in-distribution score on training images, with its threshold from the
 * validation split. The test set and drawn out-of-distribution pictures only measure both.
 */
export async function fitReliability(options: FitReliabilityOptions): Promise<ReliabilityMetadata> {
  const { classifier, data, validationSamples, selvedge } = options;
  const pictures = options.outOfDistributionPictures ?? Math.min(mostDrawn, validationSamples.length);
  const fittedSamples = spread(options.trainSamples, mostFitted);
  const labelsOf = (set: LabelledImages, samples: Uint32Array) => Uint32Array.from(samples, (i) => set.labels[i]!);
  const validation = await classifier.answersOf(data.train, validationSamples);
  const test = await classifier.answersOf(data.test);
  const calibration = calibrate(
    { probabilities: validation.probabilities, labels: labelsOf(data.train, validationSamples) },
    { probabilities: test.probabilities, labels: data.test.labels },
  );
  const sets = { fitted: fittedSamples.length, validation: validationSamples.length, test: data.test.count };
  const layer = featureLayer(classifier.model.network);
  if (!layer) return { calibration, familiarity: null, sets: { ...sets, fitted: 0 }, selvedge };

  const size = validation.features.length / validationSamples.length;
  const { features } = await classifier.answersOf(data.train, fittedSamples);
  const fitted = fitDistance({ values: features, size }, labelsOf(data.train, fittedSamples));
  const distancesOf = (values: Float32Array) => distances(fitted, { values, size });
  const parameters = { ...fitted, reference: referenceDistances(distancesOf(validation.features)) };
  const kept = (values: Float32Array) => {
    const scores = inDistributionScores(parameters, { values, size });
    return scores.filter(({ familiar }) => familiar).length / scores.length;
  };
  const testDistances = distancesOf(test.features);
  const foreign: OutOfDistributionMetrics[] = [];
  const isDrawable = formatShape(classifier.model.network.inputShape) === formatShape(drawingShape);
  for (const kind of isDrawable ? testKinds : []) {
    const drawn = await classifier.answers(drawKind(kind, pictures, 0));
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
    validationKept: kept(validation.features),
    testKept: kept(test.features),
    foreign,
  };
  return { calibration, familiarity: { ...metrics, ...parameters }, sets, selvedge };
}

/** At most `most` of the items, evenly spread, in order. */
function spread(items: Uint32Array, most: number): Uint32Array {
  if (items.length <= most) return items;
  return Uint32Array.from({ length: most }, (_, i) => items[Math.floor((i * items.length) / most)]!);
}
