import type { Dataset, PixelImage } from '../data/images.ts';
import { traitsOf } from '../graph/layers/index.ts';
import { sizeOf } from '../graph/shape.ts';
import { argmax } from '../training/metrics.ts';
import { filterMetrics } from './analyses/filters.ts';
import { sharedMapLayers } from './analyses/maps.ts';
import type { Attributions } from './attribution/attribution.ts';
import { deriveClaims } from './claims/claims.ts';
import { filtersOf, kernelMetrics } from './kernels.ts';
import { metricsOnData, type OnData } from './metricsOnData.ts';
import { imageLayers, overviewOf } from './overview.ts';
import { type ChosenPicture, createExamples, pixelsOf, testPicture } from './pictures.ts';
import { progressOver } from './progress.ts';
import type { InspectionRecord, LeftOut, RecordedActivations } from './record.ts';
import { recordImages } from './recording.ts';
import { withClassifier } from './runner.ts';
import { depthOf, type InspectionTarget, isLarge, type OnProgress } from './target.ts';
import { localTasks, type RunTask, runTasks } from './tasks.ts';

export interface InspectOptions {
  readonly target: InspectionTarget;
  readonly classNames: readonly string[];
  /** Fits the network; null if none is available. */
  readonly data: Dataset | null;
  /** Why no data set is available, in a sentence. */
  readonly why?: string;
  /** The images to inspect; null: examples of the test set, see `createExamples`. */
  readonly pictures: readonly ChosenPicture[] | null;
  /** Seed of samples, projections and random orders. */
  readonly seed: number;
  /** Smaller samples. */
  readonly quick: boolean;
  /** In ms. */
  readonly clock: () => number;
  readonly onProgress?: OnProgress;
  /** Runs the independent tasks; default: here, one after the other. */
  readonly runTask?: RunTask;
}

/** The results that do not depend on where the model comes from. */
export type Measured = Omit<InspectionRecord, 'format' | 'version' | 'model' | 'engine' | 'control'>;

export interface Inspection {
  readonly measured: Measured;
  /** All activations of each image. */
  readonly activations: readonly RecordedActivations[];
  readonly pictures: readonly PixelImage[];
  /** Kernels of the convolutions, float32 [R, S, C, K], by layer. */
  readonly filters: ReadonlyMap<string, Float32Array>;
}

/** Core seconds of each part for the reference network, about; only their ratios matter. */
const expected = {
  whole: { pictures: 1, representations: 45, ablation: 45, attribution: 20, activations: 22, sufficientUnits: 4 },
  quick: { pictures: 1, representations: 8, ablation: 2, attribution: 7, activations: 5, sufficientUnits: 1 },
} as const;
/** Parts that are left out take no time. */
const noneExpected = { representations: 0, ablation: 0, activations: 0, sufficientUnits: 0 } as const;

/**
 * Inspects a network: feature maps, metrics of its layers beside those of the same network untrained, common claims with
 * verdicts, and attribution maps by methods that are evaluated themselves. What cannot be measured is left out, for the reason
 * in `leftOut`. The same seed gives the same numbers with any number of threads.
 * @throws SelvedgeError 'worker-failed'
 */
export async function inspect(options: InspectOptions): Promise<Inspection> {
  const { target, data, seed, quick, clock, runTask = localTasks(target) } = options;
  const began = clock();
  const { pictures: choosing, attribution, ...onDataExpected } = expected[quick ? 'quick' : 'whole'];
  const weights = { pictures: choosing, attribution, ...(data ? onDataExpected : noneExpected) };
  const progress = progressOver(weights, options.onProgress ?? (() => {}));
  const { chosen, explained, recorded, scored } = await progress.during('pictures', (report) =>
    chooseImages(options, report),
  );

  const attributing = { explained, scored, seed, quick };
  let onData: OnData | null = null;
  let attributions: Attributions;
  if (data) {
    const onTest = { set: data.test, seed, quick };
    const inputs = {
      attribution: attributing,
      representations: { data, seed, quick },
      activations: onTest,
      sufficientUnits: onTest,
      ablation: onTest,
    };
    const found = await runTasks(inputs, weights, runTask, progress);
    attributions = found.attribution;
    onData = metricsOnData(found, seed);
  } else {
    attributions = await progress.during('attribution', (report) => runTask('attribution', attributing, report));
  }
  const filters = filterMetrics(target, seed);
  const depth = depthOf(target.network, target.layers);
  const kernels = filtersOf(target.network, target.parameters, target.layers);
  const pictures = chosen.map(({ image }) => image);
  const activations = recorded.map((one) => one.activations);
  const images = chosen.map(({ source }, i) => ({
    source,
    predicted: explained.targetClasses[i]!,
    probabilities: Array.from(recorded[i]!.probabilities),
    layers: imageLayers(depth, activations[i]!),
  }));
  const metrics = {
    samples: onData?.samples ?? null,
    layers: onData?.layers ?? [],
    decisiveUnits: onData?.decisiveUnits ?? null,
    filters,
  };
  return {
    measured: {
      dataset: data && onData && { name: data.name, testImages: data.test.count, testAccuracy: onData.testAccuracy },
      quick,
      ...(target.layers && { chosen: target.layers }),
      seconds: (clock() - began) / 1000,
      images,
      overview: overviewOf(depth, images, pictures, activations),
      kernels: kernelMetrics(target.network, kernels),
      ...metrics,
      cka: onData?.cka ?? null,
      maps: onData?.maps ?? [],
      claims: deriveClaims(metrics),
      ...attributions,
      leftOut: leftOutOf(options, filters !== null),
    },
    activations,
    pictures,
    filters: kernels,
  };
}

/** Chooses images if none are given, records their activations, and chooses those on which methods are evaluated. */
async function chooseImages({ target, data, pictures }: InspectOptions, report: OnProgress) {
  report(0, 'choosing images');
  const examples = data && (pictures === null || pictures.length < leastScored) ? await examplesOf(target, data) : [];
  const chosen = pictures ?? examples;
  report(0.5, 'recording activations');
  const record = async (some: readonly ChosenPicture[]) => {
    const images = pixelsOf(some, target.network.inputShape);
    const recorded = await recordImages(target, images);
    return { recorded, targeted: { images, targetClasses: recorded.map(({ predicted }) => predicted) } };
  };
  const { recorded, targeted: explained } = await record(chosen);
  const scored = pictures && examples.length > 0 ? (await record(examples)).targeted : null;
  return { chosen, explained, recorded, scored };
}

/** Methods are evaluated on at least this many images if there is a test set. */
const leastScored = 20;

/** Images that are classified at once in the search for examples, and at most of a large network. */
const atOnce = 480;
const mostSearched = 1920;

async function examplesOf(target: InspectionTarget, data: Dataset): Promise<ChosenPicture[]> {
  const set = data.test;
  const classes = sizeOf(target.network.outputShape);
  const examples = createExamples(classes);
  const searched = Math.min(set.count, isLarge(target.network) ? mostSearched : set.count);
  await withClassifier(target, async (classifier) => {
    for (let from = 0; from < searched && !examples.isFull(); from += atOnce) {
      const samples = Uint32Array.from({ length: Math.min(atOnce, searched - from) }, (_, i) => from + i);
      const { probabilities } = await classifier.score(set, samples);
      for (const [n, image] of samples.entries()) {
        examples.add(image, set.labels[image]!, argmax(probabilities, n * classes, (n + 1) * classes));
      }
    }
  });
  return Promise.all(examples.chosen().map((index) => testPicture(index, data, '')));
}

function namedOrNone(names: readonly string[]): string {
  return names.length > 0 ? names.join(', ') : 'none';
}

function leftOutOf(
  { target, data, why = 'No data set is available.' }: InspectOptions,
  hasFilters: boolean,
): LeftOut[] {
  const hasConvolutions = target.network.layers.some(({ spec }) => traitsOf(spec).hasFeatureMaps);
  const left: LeftOut[] = [];
  if (data === null) {
    left.push(
      { part: 'maps', why: `Most activating images and selectivity need test images. ${why}` },
      { part: 'removal', why: `The accuracy lost when a map is ablated needs test images. ${why}` },
      { part: 'layers', why: `The metrics by layer need test images. ${why}` },
      { part: 'claims', why: `All verdicts but the one on filters need test images. ${why}` },
    );
  }
  const { layers } = target;
  if (layers) {
    const { maps, explained } = layers;
    left.push({
      part: 'layers',
      why: `Only some layers of this network are measured; their maps are analysed one by one at ${namedOrNone(maps)}, and evidence is computed at ${namedOrNone(explained)}. The option --layers chooses others.`,
    });
  }
  const shared = sharedMapLayers(target.network).flatMap(({ name }) =>
    !layers || layers.explained.includes(name) ? [name] : [],
  );
  if (shared.length > 0) {
    left.push({
      part: 'maps',
      why: `Other branches of the network lead around the maps of ${shared.join(', ')}, so they are not analysed one by one.`,
    });
  }
  if (!hasConvolutions) {
    left.push(
      { part: 'filters', why: 'This network has no convolution, so it has no filters.' },
      {
        part: 'attribution',
        why: 'Grad-CAM, Grad-CAM++ and Ablation-CAM need a convolution; this network has none.',
      },
    );
  } else if (!hasFilters) {
    left.push({
      part: 'filters',
      why: "The first convolution's kernels are 1 × 1 or all zero.",
    });
  }
  return left;
}
