import { randomSequence, streams } from '../../engine/random.ts';
import { sizeOf } from '../../graph/shape.ts';
import { cka, type Similarity, similarityOf } from '../measures/cka.ts';
import { decode } from '../measures/decoding.ts';
import { bootstrapMean, jackknifeEstimate, jackknifeGroups, type Resamples } from '../measures/intervals.ts';
import {
  centred,
  columnMeans,
  type Matrix,
  type Multiply,
  rowsOf,
  shifted,
  squaredNorm,
  transpose,
} from '../measures/matrix.ts';
import { fitProbe, probeHits } from '../measures/probe.ts';
import { type Replicated, rankMetrics } from '../measures/rank.ts';
import { createSketch } from '../measures/sketch.ts';
import { leadingComponents } from '../measures/spectrum.ts';
import type { Estimate, LayerMeasures, MeasureName } from '../record.ts';
import type { LayerFeatures } from './layerFeatures.ts';
import type { StreamedMeasures } from './layerSums.ts';

/** All measures but the streamed ones. */
export type RepresentationMeasures = Omit<LayerMeasures, Exclude<keyof StreamedMeasures, 'undefinedCases'>>;

/** Images' labels and preprocessed pixels. */
export interface Targets {
  readonly labels: Uint32Array;
  /** [N, P] */
  readonly pixels: Matrix;
}

export interface MeasuringOptions {
  readonly fit: Targets;
  readonly score: Targets;
  readonly classes: number;
  /** Rank and CKA use this many of the scored images, the first. */
  readonly similarityImages: number;
  readonly rankProjectedTo: number;
  readonly seed: number;
  /** Of the scored images. */
  readonly resamples: Resamples;
  readonly multiply: Multiply;
}

/** Groups of images that are left out in turn for the interval of a rank: each needs its own eigenvalues. */
const rankGroups = 10;

/** Leading principal components from which pixels are decoded, at layers that have as many dimensions. */
const decodedFrom = [10, 100] as const;

/** Sequence numbers of these draws in the inspection's random stream. */
const sequences = { rank: 0xa10_0000, components: 0xa20_0000 } as const;

/** The similarities of the images on which CKA is measured, in one layer. */
export function layerSimilarity(
  { sketch, score }: LayerFeatures,
  { similarityImages, multiply }: MeasuringOptions,
): Promise<Similarity> {
  const groups = Math.min(jackknifeGroups, similarityImages);
  return similarityOf(rowsOf(score, 0, similarityImages), { sketched: sketch.projects, groups, multiply });
}

/** The similarities of the same images' one-hot labels. */
export function labelSimilarity({ score, classes, similarityImages, multiply }: MeasuringOptions): Promise<Similarity> {
  const values = new Float64Array(similarityImages * classes);
  for (let i = 0; i < similarityImages; i++) values[i * classes + score.labels[i]!] = 1;
  const x = { rows: similarityImages, columns: classes, values };
  const groups = Math.min(jackknifeGroups, similarityImages);
  return similarityOf(x, { sketched: false, groups, multiply });
}

/**
 * Every measure of one layer. Rank and CKA have delete-a-group jackknife intervals (without replacement, since duplicates
 * would inflate them; `jackknifeEstimate` scales them by the size of a group). Probes and decoders stay as fitted while
 * the held-out images are resampled.
 * The intervals are over images; the fixed projection's own error is not in them (CKA with the pixels of the reference network: up
 * to 0.011 at 512 dimensions).
 * @param index the layer's place, from which its random draws follow
 */
export async function measureLayer(
  features: LayerFeatures,
  similarities: { readonly own: Similarity; readonly pixels: Similarity; readonly labels: Similarity },
  index: number,
  options: MeasuringOptions,
): Promise<RepresentationMeasures> {
  const { similarityImages, rankProjectedTo, seed, resamples } = options;
  const random = randomSequence(seed, streams.inspection, sequences.rank + index);
  const sketch = createSketch(features.sketch.columns, rankProjectedTo, random);
  const x = rowsOf(features.score, 0, similarityImages);
  const narrow = { ...x, columns: sketch.columns, values: new Float32Array(x.rows * sketch.columns) };
  sketch.project(x.values, narrow.values, 0);
  const rank = rankMetrics(narrow, Math.min(rankGroups, similarityImages));
  const { hits, decoded } = await readOut(features, index, options);
  const measures = {
    effectiveRank: estimateOf(rank.effectiveRank, [1, sketch.columns]),
    participationRatio: estimateOf(rank.participationRatio, [1, sketch.columns]),
    probeAccuracy: hits && bootstrapMean(hits, resamples),
    ckaPixels: estimateOf(cka(similarities.own, similarities.pixels), [-1, 1]),
    ckaLabels: estimateOf(cka(similarities.own, similarities.labels), [-1, 1]),
  };
  const pixelDecoding = decoded.flatMap(({ components, residual, deviation }) => {
    const r2 = pooledR2(residual, deviation, resamples);
    return r2 ? [{ components, r2 }] : [];
  });
  const undefinedCases: Partial<Record<MeasureName, number>> = {};
  for (const [name, estimate] of Object.entries(measures)) if (!estimate) undefinedCases[name as MeasureName] = 1;
  if (pixelDecoding.length < decoded.length) undefinedCases.pixelDecoding = decoded.length - pixelDecoding.length;
  return { ...measures, pixelDecoding, undefinedCases };
}

function estimateOf(figure: Replicated | undefined, range: readonly [number, number]): Estimate | null {
  return figure ? jackknifeEstimate(figure.value, figure.leftOut, range) : null;
}

/** The probe's hits and the decoders' residuals on the scored images. */
async function readOut(features: LayerFeatures, index: number, options: MeasuringOptions) {
  const { fit, score, classes, multiply, seed } = options;
  if (fit.labels.length < 2 || score.labels.length < 1) return { hits: null, decoded: [] };
  const means = columnMeans(features.fit);
  const moved = centred(features.fit);
  // One factor for all columns, so that the probe's penalty is the same for a layer and for any rotation of it.
  const factor = Math.sqrt((moved.rows * moved.columns) / squaredNorm(moved));
  const scale = Number.isFinite(factor) ? factor : 1;
  const z = single(shifted(moved, new Float64Array(moved.columns), scale));
  const held = single(shifted(features.score, means, scale));
  const width = sizeOf(features.layer.outputShape);
  const counts = decodedFrom.filter((components, i) => i === 0 || components <= width);
  const products = await multiply(transpose(z), z);
  const covariance = { ...products, values: products.values.map((sum) => sum / z.rows) };
  const random = randomSequence(seed, streams.inspection, sequences.components + index);
  const components = await leadingComponents(covariance, counts.at(-1)!, multiply, random);

  const probe = await fitProbe(z, fit.labels, classes, { multiply, components });
  const hits = await probeHits(probe, held, score.labels, multiply);

  const axes = transpose(components.vectors);
  const onAxes = { fit: await multiply(z, axes), score: await multiply(held, axes) };
  const available = [...new Set(counts.map((count) => Math.min(count, axes.columns)))];
  const data = { ...onAxes, fitPixels: fit.pixels, scorePixels: score.pixels };
  return { hits, decoded: await decode(data, available, multiply) };
}

function single({ rows, columns, values }: Matrix) {
  return { rows, columns, values: Float32Array.from(values) };
}

/**
 * R² = 1 − Σ residual ÷ Σ deviation over images, and its bootstrap interval: of the ratio's linearisation (Cochran 1977,
 * section 6.3), the mean over images of R² + (deviation − residual − R² · deviation) ÷ mean deviation, which is R² itself.
 */
function pooledR2(residual: Float64Array, deviation: Float64Array, resamples: Resamples): Estimate | null {
  const total = deviation.reduce((sum, one) => sum + one, 0);
  if (total === 0) return null;
  const r2 = 1 - residual.reduce((sum, one) => sum + one, 0) / total;
  const mean = total / deviation.length;
  const linear = deviation.map((one, i) => r2 + (one - residual[i]! - r2 * one) / mean);
  return { ...bootstrapMean(linear, resamples), value: r2 };
}
