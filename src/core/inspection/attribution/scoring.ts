import { preprocess } from '../../data/preprocessing.ts';
import { permutation, randomSequence, streams } from '../../engine/random.ts';
import { sizeOf } from '../../graph/shape.ts';
import { spearman } from '../measures/correlation.ts';
import {
  bootstrapDefinedMean,
  bootstrapMean,
  bootstrapMeanDifference,
  drawResamples,
  type Resamples,
} from '../measures/intervals.ts';
import type { AttributionMap, MethodPlace, MethodScore } from '../record.ts';
import { withClassifier } from '../runner.ts';
import type { InspectionTarget, OnProgress } from '../target.ts';
import { type Areas, perturbationAreas, pixelOrder } from './deletion.ts';
import { createExplainer, type Explainer } from './explainer.ts';
import { type CascadeLevel, cascade } from './sanity.ts';

/** What the scores need of an explainer. */
export type Attributing = Pick<Explainer, 'places' | 'attribute' | 'close'>;

/** Images, 8-bit [N, …inputShape], and the explained class of each. */
export interface Targeted {
  readonly images: Uint8Array;
  readonly targetClasses: readonly number[];
}

export interface ScoreOptions extends Targeted {
  readonly target: InspectionTarget;
  /** Explains the target's trained network. */
  readonly explainer: Attributing;
  /** Explains the network with other parameters; default: `createExplainer`. */
  readonly explain?: (parameters: Float32Array) => Promise<Attributing>;
  /** [N]: maps of each image that are already known; others are computed. */
  readonly maps?: readonly (readonly AttributionMap[])[];
  readonly seed: number;
  /** Fewer images, steps, random orders and levels of the cascade. */
  readonly quick?: boolean;
  readonly onProgress?: OnProgress;
}

interface Effort {
  /** Images at most, spread over those given: the cascade explains each of them at every level. */
  readonly images: number;
  readonly steps: number;
  readonly randomOrders: number;
  /** Levels of the cascade at most, the first and the last among them. */
  readonly levels: number;
}

const efforts: Readonly<Record<'whole' | 'quick', Effort>> = {
  whole: { images: 20, steps: 28, randomOrders: 5, levels: 1000 },
  quick: { images: 6, steps: 14, randomOrders: 2, levels: 2 },
};

/** First sequence number of the random orders in the inspection's random stream. */
const randomOrderDraws = 0x5c00_0000;

/**
 * The evaluation of each method's maps on this network: deletion and insertion area (see `perturbationAreas`) beside those
 * of random orders, and the rank correlation with the maps of the network with random weights (see `cascade`). Means over
 * the images with bootstrap intervals. A correlation that is undefined, since a map is constant, is left out and counted;
 * a level at which all are is left out whole. Nothing depends on the number of threads.
 */
export async function scoreMethods(options: ScoreOptions): Promise<MethodScore[]> {
  const { target, explainer, seed, quick = false } = options;
  const effort = efforts[quick ? 'quick' : 'whole'];
  const chosen = spread(options.targetClasses.length, effort.images);
  if (chosen.length === 0) return [];
  const { network, parameters, preprocessing } = target;
  const size = sizeOf(network.inputShape);
  const targetClasses = chosen.map((i) => options.targetClasses[i]!);
  const pictures = new Uint8Array(chosen.length * size);
  for (const [n, i] of chosen.entries()) pictures.set(options.images.subarray(i * size, (i + 1) * size), n * size);
  const x = preprocess(preprocessing, pictures);
  const every = cascade(network, parameters, seed);
  // Of a network of which only some layers are looked at, as many levels.
  const mostLevels = target.layers ? Math.min(effort.levels, target.layers.explained.length + 2) : effort.levels;
  const levels = spread(every.length, mostLevels).map((i) => every[i]!);
  const explain = options.explain ?? ((values) => createExplainer({ ...target, parameters: values, seed }));

  const { places } = explainer;
  const parts = places.length * (2 + levels.length) + effort.randomOrders;
  let done = 0;
  const report = (doing: string) => options.onProgress?.(done++ / parts, doing);

  const maps: (readonly AttributionMap[])[] = [];
  for (const place of places) {
    report('computing maps to be evaluated');
    const known = options.maps && chosen.map((i) => options.maps![i]?.find((map) => isAt(map, place)));
    maps.push(known && isWhole(known) ? known : await explainer.attribute(place, x, targetClasses));
  }

  const question = { pictures, shape: network.inputShape, targetClasses, steps: effort.steps };
  const areas: Areas[][] = [];
  const randomAreas: Areas[][] = [];
  // In batches: an image's result does not depend on the others in its batch.
  await withClassifier(target, async ({ probabilities: ask }) => {
    for (const ofImages of maps) {
      report('deletion and insertion');
      areas.push(await perturbationAreas({ ...question, orders: ofImages.map((map) => pixelOrder(map.values)) }, ask));
    }
    const pixels = size / network.inputShape[2]!;
    for (let i = 0; i < effort.randomOrders; i++) {
      report('deletion and insertion at random');
      const index = (n: number) => randomOrderDraws + i * chosen.length + n;
      const orders = chosen.map((_, n) => permutation(pixels, randomSequence(seed, streams.inspection, index(n))));
      randomAreas.push(await perturbationAreas({ ...question, orders }, ask));
    }
  });

  /** [level][place][image], NaN where undefined. */
  const correlations: number[][][] = [];
  for (const level of levels) {
    const other = await explain(level.parameters);
    try {
      const ofPlaces: number[][] = [];
      for (const [p, place] of places.entries()) {
        report(`random weights down to ${level.downTo}`);
        const randomised = await other.attribute(place, x, targetClasses);
        ofPlaces.push(randomised.map((map, n) => spearman(map.values, maps[p]![n]!.values) ?? Number.NaN));
      }
      correlations.push(ofPlaces);
    } finally {
      await other.close();
    }
  }

  const resamples = drawResamples(chosen.length, seed);
  const byImage = (curve: keyof Areas, orders: readonly Areas[][]) =>
    chosen.map((_, n) => orders.reduce((sum, ofImages) => sum + ofImages[n]![curve], 0) / orders.length);
  const randomly = { deletion: byImage('deletion', randomAreas), insertion: byImage('insertion', randomAreas) };
  const random = {
    randomDeletion: bootstrapMean(randomly.deletion, resamples),
    randomInsertion: bootstrapMean(randomly.insertion, resamples),
  };
  return places.map(({ method, layer }, p) => ({
    method,
    layer,
    images: chosen.length,
    deletion: bootstrapMean(byImage('deletion', [areas[p]!]), resamples),
    insertion: bootstrapMean(byImage('insertion', [areas[p]!]), resamples),
    ...random,
    deletionGain: bootstrapMeanDifference(randomly.deletion, byImage('deletion', [areas[p]!]), resamples),
    insertionGain: bootstrapMeanDifference(byImage('insertion', [areas[p]!]), randomly.insertion, resamples),
    ...sanityOf(
      levels,
      correlations.map((ofPlaces) => ofPlaces[p]!),
      resamples,
    ),
  }));
}

/** @param correlations [level][image], NaN where undefined */
function sanityOf(
  levels: readonly CascadeLevel[],
  correlations: readonly (readonly number[])[],
  resamples: Resamples,
): Pick<MethodScore, 'sanity' | 'undefinedCases'> {
  const isUndefined = (n: number) => correlations.some((ofImages) => Number.isNaN(ofImages[n]));
  return {
    sanity: levels.flatMap(({ downTo }, l) => {
      const { estimate } = bootstrapDefinedMean(correlations[l]!, resamples);
      return estimate ? [{ downTo, correlation: estimate }] : [];
    }),
    undefinedCases: Array.from({ length: resamples.count }, (_, n) => n).filter(isUndefined).length,
  };
}

/** At most `most` of the numbers 0 … n − 1, evenly spaced, the first and the last included. */
function spread(n: number, most: number): number[] {
  if (n <= most) return Array.from({ length: n }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.round((i * (n - 1)) / (most - 1)));
}

function isAt(map: MethodPlace, { method, layer }: MethodPlace): boolean {
  return map.method === method && map.layer === layer;
}

function isWhole(maps: readonly (AttributionMap | undefined)[]): maps is readonly AttributionMap[] {
  return maps.every((map) => map !== undefined);
}
