import { littleEndianBytes, sha256 } from '../bytes.ts';
import { fitImages } from '../data/fitPicture.ts';
import type { Dataset, LabelledImages, PictureForm } from '../data/images.ts';
import type { Engine } from '../engine/start.ts';
import { SelvedgeError } from '../errors.ts';
import { openClassifier } from '../model/classifier.ts';
import type { View } from '../model/testTimeAugmentation.ts';
import { chosenData, configurationFor, type RunConfiguration } from '../training/configuration.ts';
import type { AbortSignalLike } from '../training/loop.ts';
import { splitFor, type Trained } from '../training/train.ts';
import { type Backbone, featureCount, withHead } from './backbone.ts';
import { fitHead } from './head.ts';
import type { TransferRecord } from './record.ts';
import type { FeatureRows } from './softmaxRegression.ts';
import { imagesInView, trainingViews } from './views.ts';

/** Images whose features are computed between two reports of progress. */
const part = 480;

export interface TransferOptions extends Partial<RunConfiguration> {
  readonly backbone: Backbone;
  /** How pictures become what the backbone takes; left out where they are of its size. */
  readonly pictures?: PictureForm | undefined;
  /** The side that was chosen for pictures, for the record. */
  readonly imageSize?: number | undefined;
  readonly threads: number;
  /** Called with what is being done, and the completed share of it. */
  readonly onProgress?: (what: 'features' | 'head', share: number) => void;
  readonly signal?: AbortSignalLike;
}

export interface Transferred extends Trained {
  readonly transfer: TransferRecord;
}

/**
 * A new classifier: the backbone's layers, unchanged, and a softmax regression on their output. Of the configuration, what chooses images
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
  const extractor = await openClassifier(model, engine, threads, backbone.network.output.name);
  const views = trainingViews(configuration);
  const total = trainSamples.length * views.length + validationSamples.length;
  let done = 0;
  const rowsOf = async (samples: Uint32Array, view: View) => {
    const set = fitImages(imagesInView(data.train, view), model.preprocessing);
    const values = new Float32Array(samples.length * D);
    for (let from = 0; from < samples.length; from += part) {
      if (options.signal?.aborted)
        throw new SelvedgeError('aborted', 'Stopped before the head was fitted, so nothing was written.');
      const chosen = samples.subarray(from, from + part);
      values.set((await extractor.answersOf(set, chosen)).features, from * D);
      done += chosen.length;
      onProgress('features', done / total);
    }
    return { values, labels: labelsOf(data.train, samples) };
  };
  try {
    const rows: FeatureRows[] = [];
    for (const view of views) rows.push(await rowsOf(trainSamples, view));
    const { head, strength, chosenBy } = await fitHead(rows, {
      classes: classNames.length,
      seed: configuration.seed,
      validation: await rowsOf(validationSamples, views[0]!),
      onProgress: (share) => onProgress('head', share),
    });
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
        features: D,
        strength,
        chosenBy,
      },
    };
  } finally {
    await extractor.close();
  }
}

const labelsOf = ({ labels }: LabelledImages, samples: Uint32Array) => samples.map((i) => labels[i]!);
