import type { Dataset, LabelledImages } from '../data/images.ts';
import { formatShape } from '../graph/shape.ts';
import type { Classifier } from '../model/classifier.ts';
import { featureLayer } from '../model/embedding.ts';
import type { ForeignFigures, ModelCard } from '../model/reliability.ts';
import { calibrate } from './calibration.ts';
import { auroc } from './outOfDistribution/auroc.ts';
import { drawForeign, foreignShape, reportingKinds } from './outOfDistribution/drawings/kinds.ts';
import { distances, familiarityOf, fitDistance, leastScore, reference } from './outOfDistribution/score.ts';

/** Training images that the distance is fitted on, at most. */
const mostFitted = 10_000;
/** Foreign pictures of each kind, at most: the figures of a small split are rough anyway, and drawing takes seconds. */
const mostForeign = 500;

export interface CardOptions {
  readonly classifier: Classifier;
  readonly data: Dataset;
  /** Which images of `data.train` were trained on. */
  readonly trainSamples: Uint32Array;
  /** Which were kept out of training, at least one: temperature and threshold are chosen on these. */
  readonly validationSamples: Uint32Array;
  /** The program's version, for the card. */
  readonly selvedge: string;
  /** How many foreign pictures are drawn of each kind: as many as there are validation images, at most 500, where nothing is said. */
  readonly foreignPictures?: number;
}

/**
 * Learns what a trained model's answers are worth: the temperature from the validation split; familiarity from training images,
 * with the threshold from the validation split. The test set and drawn foreign pictures only describe the two.
 */
export async function fitCard(options: CardOptions): Promise<ModelCard> {
  const { classifier, data, validationSamples, selvedge } = options;
  const foreignPictures = options.foreignPictures ?? Math.min(mostForeign, validationSamples.length);
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
  const far = (values: Float32Array) => distances(fitted, { values, size });
  const parameters = { ...fitted, reference: reference(far(validation.features)) };
  const kept = (values: Float32Array) => {
    const judged = familiarityOf(parameters, { values, size });
    return judged.filter(({ familiar }) => familiar).length / judged.length;
  };
  const atTest = far(test.features);
  const foreign: ForeignFigures[] = [];
  const drawable = formatShape(classifier.model.network.inputShape) === formatShape(foreignShape);
  for (const kind of drawable ? reportingKinds : []) {
    const pictures = await classifier.answers(drawForeign(kind, foreignPictures, 0));
    foreign.push({
      ...{ name: kind.name, description: kind.description, pictures: foreignPictures },
      auroc: auroc(far(pictures.features), atTest),
      kept: kept(pictures.features),
    });
  }
  const figures = {
    ...{ layer: layer.name, leastScore },
    validationKept: kept(validation.features),
    testKept: kept(test.features),
    foreign,
  };
  return { calibration, familiarity: { ...figures, ...parameters }, sets, selvedge };
}

/** At most `most` of the items, evenly spread, in order. */
function spread(items: Uint32Array, most: number): Uint32Array {
  if (items.length <= most) return items;
  return Uint32Array.from({ length: most }, (_, i) => items[Math.floor((i * items.length) / most)]!);
}
