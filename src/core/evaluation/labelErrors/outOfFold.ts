import { type Dataset, selectImages } from '../../data/images.ts';
import { stratifiedFolds } from '../../data/split.ts';
import { randomSequence, streams } from '../../engine/random.ts';
import type { Engine } from '../../engine/start.ts';
import { SelvedgeError } from '../../errors.ts';
import { openClassifier } from '../../model/classifier.ts';
import { chosenData, configurationFor } from '../../training/configuration.ts';
import { type TrainOptions, train } from '../../training/train.ts';

export interface OutOfFoldOptions extends Omit<TrainOptions, 'start' | 'checkpoints'> {
  /** How many models are trained, each on all images but one fold. */
  readonly folds: number;
  /** Called with the fold's number, from 1, before its training. */
  readonly onFold?: (fold: number) => void;
}

export interface OutOfFold {
  /** [N, Y]: of each training image, by the model that was not trained on it. */
  readonly probabilities: Float32Array;
  /** [N], nats. */
  readonly losses: Float32Array;
  /** [N]: the fold of each image, from 0. */
  readonly foldOf: Uint32Array;
}

/**
 * Trains `folds` models with the same settings, and lets each answer for the training images that were kept from it. Images behind the
 * setting `limit` are in no fold; no validation images are set aside.
 * @throws SelvedgeError as `train` does, and 'aborted' where the signal stopped it
 */
export async function outOfFold(whole: Dataset, engine: Engine, options: OutOfFoldOptions): Promise<OutOfFold> {
  const { folds, onFold, threads } = options;
  const configuration = configurationFor(whole, options);
  const { seed, limit, perClass } = configuration;
  // Images that the data set keeps out of trainings are judged like the others.
  const { validation: _, ...data } = chosenData(whole, configuration);
  if (perClass !== null) {
    throw new SelvedgeError('bad-option', 'Label errors are looked for in all training images; leave perClass out.');
  }
  const images = limit ?? data.train.count;
  const labels = data.train.labels.subarray(0, images);
  const classes = data.classNames.length;
  const parts = stratifiedFolds(labels, folds, randomSequence(seed, streams.folds, 0).below);
  const probabilities = new Float32Array(images * classes);
  const losses = new Float32Array(images);
  const foldOf = new Uint32Array(images);
  for (const [fold, part] of parts.entries()) for (const index of part) foldOf[index] = fold;
  for (const [fold, part] of parts.entries()) {
    onFold?.(fold + 1);
    const others = Uint32Array.from(foldOf.keys()).filter((index) => foldOf[index] !== fold);
    const trained = await train({ ...data, train: selectImages(data.train, others) }, engine, {
      ...options,
      classes: null,
      limit: null,
      validation: 0,
    });
    if (trained.status === 'stopped') {
      throw new SelvedgeError('aborted', `Stopped in fold ${fold + 1} of ${folds}, so nothing was written.`);
    }
    const classifier = await openClassifier(trained.model, engine, threads);
    try {
      const scored = await classifier.score(data.train, part);
      part.forEach((index, i) => {
        probabilities.set(scored.probabilities.subarray(i * classes, (i + 1) * classes), index * classes);
        losses[index] = scored.losses[i]!;
      });
    } finally {
      await classifier.close();
    }
  }
  return { probabilities, losses, foldOf };
}
