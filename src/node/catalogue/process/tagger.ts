import { createHash } from 'node:crypto';
import type { PhotoTarget } from '../../../core/data/fitPicture.ts';
import { photosOf } from '../../../core/data/fitPicture.ts';
import { SelvedgeError } from '../../../core/errors.ts';
import { reliableAnswers } from '../../../core/evaluation/reliableAnswers.ts';
import { readServableModel } from '../../../core/formats/modelFile.ts';
import { layerOf } from '../../../core/graph/network.ts';
import { sizeOf } from '../../../core/graph/shape.ts';
import { featureLayer } from '../../../core/model/embedding.ts';
import type { ServableModel } from '../../../core/model/model.ts';
import { openAveragingClassifier } from '../../../core/model/testTimeAugmentation.ts';
import { nodeEngine } from '../../engine.ts';
import type { PictureEmbedding } from '../store/results.ts';

/** A model that answers for the catalogue's pictures. */
export interface Tagger {
  /** SHA-256 of the model's file. */
  readonly digest: string;
  readonly model: ServableModel;
  readonly dimensions: number;
  /** How photos become the network's input. */
  readonly target: PhotoTarget;
  /** Bytes of one picture of that input. */
  readonly inputSize: number;
  /** @param inputs 8-bit, one after the other */
  answer(digests: readonly string[], inputs: Uint8Array): Promise<PictureEmbedding[]>;
  close(): Promise<void>;
}

/** What the catalogue needs to know of a model's file before it takes it. */
export function describeModel(
  file: Uint8Array,
  name: string,
): { readonly digest: string; readonly model: ServableModel; readonly dimensions: number } {
  const model = readServableModel(file, name);
  const layer = model.reliability?.familiarity?.layer ?? featureLayer(model.network)?.name;
  if (layer === undefined) {
    throw new SelvedgeError(
      'bad-model',
      `${name} has no layer of at most 256 values before its last one, by which pictures could be compared; choose another model.`,
    );
  }
  if (photosOf(model.preprocessing) === null) {
    throw new SelvedgeError(
      'bad-model',
      `${name} takes pictures to which photos are not converted; choose another model.`,
    );
  }
  const digest = createHash('sha256').update(file).digest('hex');
  return { digest, model, dimensions: sizeOf(layerOf(model.network, layer).outputShape) };
}

export async function openTagger(file: Uint8Array, name: string, threads: number): Promise<Tagger> {
  const { digest, model, dimensions } = describeModel(file, name);
  const classifier = await openAveragingClassifier(model, await nodeEngine(), threads);
  // A classifier takes one call at a time.
  let last: Promise<unknown> = Promise.resolve();
  const answerNow = async (digests: readonly string[], inputs: Uint8Array): Promise<PictureEmbedding[]> => {
    if (digests.length === 0) return [];
    const answers = await classifier.answers(inputs);
    const { probabilities, familiarity } = model.reliability
      ? reliableAnswers(model.reliability, answers, digests.length)
      : { probabilities: answers.probabilities, familiarity: null };
    const classes = model.classNames.length;
    return digests.map((one, i) => ({
      digest: one,
      features: unitVector(answers.features.subarray(i * dimensions, (i + 1) * dimensions)),
      probabilities: probabilities.slice(i * classes, (i + 1) * classes),
      inDistribution: familiarity?.[i]?.familiar ?? null,
    }));
  };
  return {
    digest,
    model,
    dimensions,
    target: model.preprocessing,
    inputSize: sizeOf(model.network.inputShape),
    answer(digests, inputs) {
      const mine = last.then(() => answerNow(digests, inputs));
      last = mine.catch(() => undefined);
      return mine;
    },
    close: () => classifier.close(),
  };
}

/** Divided by its length; a vector of zeros stays as it is. */
export function unitVector(values: Float32Array): Float32Array {
  let sum = 0;
  for (const value of values) sum += value * value;
  const length = Math.sqrt(sum);
  return length > 0 ? values.map((value) => value / length) : values.slice();
}
