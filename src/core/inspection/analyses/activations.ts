import { createRecorder } from '../../compile/recorder.ts';
import type { LabelledImages } from '../../data/images.ts';
import { readPreprocessed } from '../../data/preprocessing.ts';
import { sizeOf } from '../../graph/shape.ts';
import { accuracyOf } from '../../training/metrics.ts';
import { drawResamples, jackknifeGroups } from '../measures/intervals.ts';
import { withClassifier } from '../runner.ts';
import { type AnalysisOptions, drawImages, imagesFor } from '../sample.ts';
import { type DepthLayer, depthOf, type InspectionTarget, namesOf } from '../target.ts';
import { createLayerSums, type LayerSums, type StreamedMeasures } from './layerSums.ts';
import { createTopImages, type MapLayer, type MapProfile, mapLayers, type TopImages } from './maps.ts';
import { receptiveField } from './receptiveField.ts';

/** The nine most activating images fill three rows of three. */
const topImages = 9;
/** Most images at once, and about how many of their activations. */
const mostAtOnce = 64;
const valuesAtOnce = 4_000_000;

export interface ActivationAnalysis {
  /** The number of test images. */
  readonly images: number;
  /** The trained network's accuracy on all test images, exactly as in an evaluation. */
  readonly testAccuracy: number;
  /** In the order of `depthOf`. */
  readonly layers: readonly {
    readonly depth: DepthLayer;
    readonly trained: StreamedMeasures;
    readonly untrained: StreamedMeasures;
  }[];
  /** Every map of `mapLayers`, in the trained network. */
  readonly maps: readonly MapProfile[];
}

/** The maxima of a layer's maps over images. */
interface Peaks {
  readonly top: TopImages;
  add(values: Float32Array, from: number, image: number): void;
}

/** What is accumulated for one network. */
interface Gathering {
  readonly sums: readonly LayerSums[];
  /** By layer name. */
  readonly peaks: ReadonlyMap<string, Peaks>;
}

/** Runs the test images through the trained and the untrained network, and measures every layer. */
export async function analyseActivations(options: AnalysisOptions): Promise<ActivationAnalysis> {
  const { target, set, seed, onProgress } = options;
  const { network } = target;
  const depth = depthOf(network, target.layers);
  const layers = mapLayers(network, target.layers);
  const { probabilities } = await withClassifier(target, (classifier) => classifier.score(set));
  const testAccuracy = accuracyOf(probabilities, set.labels);
  const order = drawImages(set.count, imagesFor(options), seed, 'activations');

  let done = 0;
  const advance = (images: number) => {
    done += images;
    onProgress?.(done / (2 * order.length), 'measuring the activations of every layer');
  };
  const groups = Math.min(jackknifeGroups, order.length);
  const gathering = (maps: readonly MapLayer[]): Gathering => ({
    sums: depth.map((entry) =>
      createLayerSums({ depth: entry, images: order.length, classes: sizeOf(network.outputShape), groups }),
    ),
    peaks: new Map(maps.map((map) => [map.layer.name, createPeaks(map)])),
  });
  const trained = gathering(layers);
  const untrained = gathering([]);
  // In parallel: one network's activations are measured here while the other's are computed.
  await Promise.all([
    gather(target, target.parameters, set, order, groups, trained, advance),
    gather(target, target.untrained, set, order, groups, untrained, advance),
  ]);

  const resamples = drawResamples(order.length, seed);
  const measured = depth.map((entry, i) => ({
    depth: entry,
    trained: trained.sums[i]!.measures(resamples),
    untrained: untrained.sums[i]!.measures(resamples),
  }));
  const placeOf = new Map(depth.map(({ layer }, i) => [layer.name, i]));
  const maps = layers.flatMap(({ layer, channels }) => {
    const place = placeOf.get(layer.name)!;
    return Array.from({ length: channels }, (_, channel): MapProfile => {
      const top = trained.peaks.get(layer.name)!.top.of(channel);
      const width = layer.outputShape.length === 3 ? layer.outputShape[1]! : 1;
      return {
        layer: layer.name,
        channel,
        dead: depth[place]!.nonNegative && top.length === 0,
        top: top.map(({ image, value, position }) => {
          const strongest = { y: Math.floor(position / width), x: position % width };
          const label = set.labels[image]!;
          return { index: image, label, value, receptiveField: receptiveField(network, layer.name, strongest, set) };
        }),
        selectivity: trained.sums[place]!.selectivity(channel),
      };
    });
  });
  return { images: order.length, testAccuracy, layers: measured, maps };
}

async function gather(
  { network, preprocessing, engine, threads, layers }: InspectionTarget,
  parameters: Float32Array,
  set: LabelledImages,
  order: Uint32Array,
  groups: number,
  { sums, peaks }: Gathering,
  advance: (images: number) => void,
): Promise<void> {
  const depth = depthOf(network, layers);
  const size = sizeOf(network.inputShape);
  const values = network.layers.reduce((total, { outputShape }) => total + sizeOf(outputShape), 0);
  const images = Math.max(1, Math.min(mostAtOnce, Math.floor(valuesAtOnce / values), order.length));
  const recorder = await createRecorder({ network, parameters, engine, threads, images, outputs: namesOf(depth) });
  try {
    const outputs = depth.map(({ layer }, i) => ({
      // A copy of every layer for every batch would cost more than the measures.
      values: recorder.activationView(layer.name),
      size: sizeOf(layer.outputShape),
      sums: sums[i]!,
      peaks: peaks.get(layer.name),
    }));
    const x = new Float32Array(images * size);
    for (let from = 0; from < order.length; from += images) {
      const chosen = order.subarray(from, from + images);
      await readPreprocessed(preprocessing, set, chosen, x);
      await recorder.forward(x.subarray(0, chosen.length * size));
      for (const output of outputs) {
        for (const [n, image] of chosen.entries()) {
          const place = from + n;
          const group = Math.floor((place * groups) / order.length);
          output.sums.add(output.values, n * output.size, place, group, set.labels[image]!);
          output.peaks?.add(output.values, n * output.size, image);
        }
      }
      advance(chosen.length);
    }
  } finally {
    await recorder.close();
  }
}

/** The maximum of every map of an image, and its first position. */
function createPeaks({ layer, channels }: MapLayer): Peaks {
  const size = sizeOf(layer.outputShape);
  const values = new Float32Array(channels);
  const positions = new Int32Array(channels);
  const top = createTopImages(channels, topImages);
  return {
    top,
    add(output, from, image) {
      values.fill(-Infinity);
      for (let p = 0, i = from; i < from + size; p++) {
        for (let k = 0; k < channels; k++, i++) {
          const value = output[i]!;
          if (value > values[k]!) {
            values[k] = value;
            positions[k] = p;
          }
        }
      }
      top.add(image, values, positions);
    },
  };
}
