import type { Dataset } from '../../data/images.ts';
import { type Preprocessing, readPreprocessed } from '../../data/preprocessing.ts';
import type { Layer } from '../../graph/layer.ts';
import { traitsOf } from '../../graph/layers/index.ts';
import { cka, type Similarity } from '../measures/cka.ts';
import { drawResamples } from '../measures/intervals.ts';
import { createMultiplier } from '../measures/multiplier.ts';
import type { CkaMatrix, SampleSizes } from '../record.ts';
import { type AnalysisOptions, drawImages } from '../sample.ts';
import { depthOf, isLarge, type OnProgress } from '../target.ts';
import { type ChosenImages, layerFeatures, sketchesFor } from './layerFeatures.ts';
import {
  labelSimilarity,
  layerSimilarity,
  type MeasuringOptions,
  measureLayer,
  type RepresentationMeasures,
  type Targets,
} from './representationMeasures.ts';

export interface RepresentationOptions extends Required<Omit<AnalysisOptions, 'set'>> {
  readonly data: Dataset;
}

/** Measures of every layer along the depth, input included, on samples of images. */
export interface Representations {
  /** By layer name. */
  readonly trained: ReadonlyMap<string, RepresentationMeasures>;
  readonly untrained: ReadonlyMap<string, RepresentationMeasures>;
  readonly cka: CkaMatrix;
  readonly samples: Omit<SampleSizes, 'seed' | 'testImages' | 'removalImages'>;
}

const sizes = {
  whole: { fitImages: 2500, scoreImages: 2000, similarityImages: 2000, projectedTo: 512, rankProjectedTo: 256 },
  /** Of a large network, whose pictures would take gigabytes. */
  large: { fitImages: 1000, scoreImages: 1000, similarityImages: 1000, projectedTo: 512, rankProjectedTo: 256 },
  quick: { fitImages: 400, scoreImages: 400, similarityImages: 300, projectedTo: 64, rankProjectedTo: 32 },
} as const;

/** Progress on one network after its forward passes, after comparing images, and after measuring layers. */
const afterImages = 0.35;
const afterPairs = 0.5;
const afterLayers = 0.95;

/**
 * Rank, CKA, probes and decoding for every layer, trained and untrained, on seeded samples: of the training images for
 * fitting, of the test images for all else; of smaller sets, every image. Zero padding adds constant columns, which
 * do not change these measures: such a layer has the metrics of its input.
 */
export async function analyseRepresentations(options: RepresentationOptions): Promise<Representations> {
  const { target, data, seed, quick, onProgress } = options;
  const wanted = sizes[quick ? 'quick' : isLarge(target.network) ? 'large' : 'whole'];
  const fit = { set: data.train, chosen: drawImages(data.train.count, wanted.fitImages, seed, 'fit') };
  const score = { set: data.test, chosen: drawImages(data.test.count, wanted.scoreImages, seed, 'score') };
  const [fitImages, scoreImages] = [fit.chosen.length, score.chosen.length];
  const similarityImages = Math.min(wanted.similarityImages, scoreImages);
  const samples = { ...wanted, fitImages, scoreImages, similarityImages };

  const depth = depthOf(target.network, target.layers).map(({ layer }) => layer);
  const sourceOf = (layer: Layer): Layer => {
    const [input] = layer.inputs;
    return input && (!depth.includes(layer) || onlyPads(layer)) ? sourceOf(input) : layer;
  };
  const sources = depth.map(sourceOf);
  const layers = [...new Set(sources)];
  const sketches = sketchesFor(layers, samples.projectedTo, seed);
  const multiplier = await createMultiplier(target.engine, target.threads);
  const measuring: MeasuringOptions = {
    fit: await targetsOf(target.preprocessing, fit),
    score: await targetsOf(target.preprocessing, score),
    classes: data.classNames.length,
    similarityImages,
    rankProjectedTo: samples.rankProjectedTo,
    seed,
    multiply: multiplier.multiply,
    resamples: drawResamples(scoreImages, seed),
  };

  /** The pixels are the same for both networks. */
  let pixels: { readonly similarity: Similarity; readonly measures: RepresentationMeasures } | undefined;
  const measure = async (parameters: Float32Array, report: OnProgress) => {
    const features = await layerFeatures(target, parameters, layers, sketches, { fit, score }, (share) =>
      report(afterImages * share, 'running images through the network'),
    );
    const labels = await labelSimilarity(measuring);
    const similarities: Similarity[] = [];
    for (const [i, one] of features.entries()) {
      const share = afterImages + ((afterPairs - afterImages) * i) / features.length;
      report(share, `comparing images at ${one.layer.name}`);
      similarities.push(i === 0 && pixels ? pixels.similarity : await layerSimilarity(one, measuring));
    }
    const measures: RepresentationMeasures[] = [];
    for (const [i, one] of features.entries()) {
      report(afterPairs + ((afterLayers - afterPairs) * i) / features.length, `measuring ${one.layer.name}`);
      const own = similarities[i]!;
      measures.push(
        i === 0 && pixels
          ? pixels.measures
          : await measureLayer(one, { own, pixels: similarities[0]!, labels }, i, measuring),
      );
    }
    pixels ??= { similarity: similarities[0]!, measures: measures[0]! };
    report(afterLayers, 'comparing all layers');
    const matrix = symmetric([...similarities, labels], (a, b) => cka(a, b, false)?.value ?? null);
    const places = sources.map((source) => layers.indexOf(source));
    const rows = [...places, layers.length];
    return {
      byLayer: new Map(depth.map(({ name }, i) => [name, measures[places[i]!]!])),
      matrix: rows.map((i) => rows.map((j) => matrix[i]![j]!)),
    };
  };

  try {
    const half =
      (name: string, start: number): OnProgress =>
      (share, doing) =>
        onProgress(start + share / 2, `${name} network: ${doing}`);
    const trained = await measure(target.parameters, half('trained', 0));
    const untrained = await measure(target.untrained, half('untrained', 0.5));
    onProgress(1, 'done');
    const names = [...depth.map(({ name }) => name), 'labels'];
    return {
      trained: trained.byLayer,
      untrained: untrained.byLayer,
      cka: { names, trained: trained.matrix, untrained: untrained.matrix },
      samples,
    };
  } finally {
    await multiplier.close();
  }
}

/** Whether the layer only surrounds its input with zeros. */
function onlyPads({ spec }: Layer): boolean {
  const { receptiveField, outputSign, mixesChannels } = traitsOf(spec);
  if (typeof receptiveField === 'string' || mixesChannels || outputSign !== 'asInput') return false;
  return [...receptiveField.size, ...receptiveField.strides].every((extent) => extent === 1);
}

async function targetsOf(preprocessing: Preprocessing, { set, chosen }: ChosenImages): Promise<Targets> {
  const size = set.height * set.width * set.channels;
  const values = new Float32Array(chosen.length * size);
  await readPreprocessed(preprocessing, set, chosen, values);
  return {
    labels: Uint32Array.from(chosen, (index) => set.labels[index]!),
    pixels: { rows: chosen.length, columns: size, values },
  };
}

function symmetric<T, R>(items: readonly T[], of: (a: T, b: T) => R): R[][] {
  const rows: R[][] = [];
  for (const [i, a] of items.entries()) {
    rows.push(items.map((b, j) => (j < i ? rows[j]![i]! : of(a, b))));
  }
  return rows;
}
