import { littleEndianBytes, sha256 } from '../bytes.ts';
import { type Dataset, everyIndex, type PictureForm } from '../data/images.ts';
import type { Engine } from '../engine/start.ts';
import type { LayerFeatures } from '../model/embedding.ts';
import { chosenData, configurationFor, type RunConfiguration } from '../training/configuration.ts';
import type { AbortSignalLike } from '../training/loop.ts';
import { splitFor, type Trained } from '../training/train.ts';
import { type Backbone, featureCount, withHead } from './backbone.ts';
import { crossValidate } from './crossValidate.ts';
import { type FeatureCounts, type FeatureStore, openFeatures } from './features.ts';
import { fitHead, type HeadKind, type Score } from './head.ts';
import type { SizeScore, TransferRecord } from './record.ts';
import { joined } from './rows.ts';
import type { FeatureRows } from './softmaxRegression.ts';
import { trainingViews } from './views.ts';

export interface TransferOptions extends Partial<RunConfiguration> {
  readonly backbone: Backbone;
  /** How pictures become what the backbone takes; left out where they are of its size. */
  readonly pictures?: PictureForm | undefined;
  /** The side that was chosen for pictures, for the record. */
  readonly imageSize?: number | undefined;
  /** The sides that it was chosen from, for the record. */
  readonly triedSizes?: readonly SizeScore[] | undefined;
  /** Default: 'linear'. See `fitHead`. */
  readonly head?: HeadKind | undefined;
  readonly threads: number;
  /** Whether heads are cross-validated too, on all images of training, validation and test; for a data set that has `units`. */
  readonly crossValidated?: boolean | undefined;
  /** Features that these layers computed before; they change the time, not the result. */
  readonly store?: FeatureStore | undefined;
  /** Called with what is being done, and the completed share of it. */
  readonly onProgress?: (what: 'features' | 'head' | 'cross-validation', share: number) => void;
  readonly signal?: AbortSignalLike;
}

export interface Transferred extends Trained {
  readonly transfer: TransferRecord;
  readonly features: FeatureCounts;
  /** Of the head, on the validation images; undefined without any. */
  readonly validation: Score | undefined;
  /** What the head reads of each training image: the output of the backbone's last layer. */
  readonly trainFeatures: LayerFeatures;
}

/**
 * A new classifier: the backbone's layers, unchanged, and a softmax regression on their output, or a hidden layer before it. Of the configuration, what chooses images
 * counts, and flip and shift: see `trainingViews`. Nothing is printed, nothing is written.
 * @throws SelvedgeError 'bad-option'; 'aborted'
 */
export async function transfer(whole: Dataset, engine: Engine, options: TransferOptions): Promise<Transferred> {
  const { backbone, pictures, threads, onProgress = () => {} } = options;
  const configuration = configurationFor(whole, options);
  const data = chosenData(whole, configuration);
  const { train: trainSamples, validation: validationSamples } = splitFor(data, configuration);
  const { classNames } = data;
  const D = featureCount(backbone);
  const blank = { kernel: new Float32Array(D * classNames.length), bias: new Float32Array(classNames.length) };
  const model = withHead(backbone, classNames, blank, pictures);
  const views = trainingViews(configuration);
  const others = validationSamples.length + data.test.count;
  const units = options.crossValidated ? data.units : undefined;
  const total = trainSamples.length * views.length + (units ? others * views.length : validationSamples.length);
  const extractor = openFeatures(model, backbone.network.output.name, D, engine, {
    ...{ threads, store: options.store, signal: options.signal },
    onPictures: (done) => onProgress('features', done / total),
  });
  try {
    const rows: FeatureRows[] = [];
    for (const view of views) rows.push(await extractor.rowsOf(data.train, trainSamples, view));
    const heldOut = await extractor.rowsOf(data.train, validationSamples, views[0]!);
    const everyRow: FeatureRows[] = [];
    for (const [i, view] of units ? views.entries() : []) {
      const kept = i === 0 ? heldOut : await extractor.rowsOf(data.train, validationSamples, view);
      everyRow.push(joined([rows[i]!, kept, await extractor.rowsOf(data.test, everyIndex(data.test), view)]));
    }
    const { head, strength, chosenBy, record, validation } = await fitHead(rows, {
      classes: classNames.length,
      kind: options.head,
      seed: configuration.seed,
      validation: heldOut,
      onProgress: (share) => onProgress('head', share),
    });
    const crossValidation =
      units &&
      (await crossValidate(everyRow, {
        ...{ classes: classNames.length, kind: options.head, seed: configuration.seed },
        foldSeed: configuration.validationSeed ?? 0,
        units: Uint32Array.from([
          ...trainSamples.map((i) => units.train[i]!),
          ...validationSamples.map((i) => units.train[i]!),
          ...units.test,
        ]),
        onProgress: (share) => onProgress('cross-validation', share),
      }));
    return {
      status: 'finished',
      model: withHead(backbone, classNames, head, pictures),
      configuration,
      history: [],
      trainSamples,
      validationSamples,
      transfer: {
        from: backbone.name,
        backboneSha256: await sha256(littleEndianBytes(backbone.parameters)),
        imageSize: options.imageSize ?? null,
        ...(options.triedSizes && { triedSizes: options.triedSizes }),
        features: D,
        strength,
        chosenBy,
        ...(record && { head: record }),
        ...(crossValidation && { crossValidation }),
      },
      validation,
      features: extractor.counts(),
      trainFeatures: { layer: backbone.network.output.name, values: rows[0]!.values },
    };
  } finally {
    await extractor.close();
  }
}
