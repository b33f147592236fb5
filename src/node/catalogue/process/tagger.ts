import { createHash } from 'node:crypto';
import { sideBySide } from '../../../core/catalogue/similarity/vectors.ts';
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
import { featureCount } from '../../../core/transfer/backbone.ts';
import { nodeEngine } from '../../engine.ts';
import type { FittedInput, NetworkInput } from '../pictures/pictureTask.ts';
import type { PictureEmbedding } from '../store/results.ts';
import { needsPretrained, openPretrained, pretrainedBackbone } from './pretrained.ts';

/** A model that answers for the catalogue's pictures. */
export interface Tagger {
  /** SHA-256 of the model's file. */
  readonly digest: string;
  readonly model: ServableModel;
  readonly dimensions: number;
  /** How photos become the network's input. */
  readonly target: PhotoTarget;
  /** What else the embedding needs of each picture, if anything. */
  readonly fitted: FittedInput | undefined;
  answer(pictures: readonly AnswerablePicture[]): Promise<PictureEmbedding[]>;
  close(): Promise<void>;
}

/** A picture as the model takes it. */
export interface AnswerablePicture {
  readonly digest: string;
  readonly input: Pick<NetworkInput, 'image' | 'fitted'>;
}

/** What the catalogue needs to know of a model's file before it takes it. */
export async function describeModel(
  file: Uint8Array,
  name: string,
): Promise<{ readonly digest: string; readonly model: ServableModel; readonly dimensions: number }> {
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
  const own = sizeOf(layerOf(model.network, layer).outputShape);
  const other = needsPretrained(model) ? featureCount(await pretrainedBackbone()) : 0;
  return { digest, model, dimensions: own + other };
}

export async function openTagger(file: Uint8Array, name: string, threads: number): Promise<Tagger> {
  const { digest, model, dimensions } = await describeModel(file, name);
  const engine = await nodeEngine();
  const classifier = await openAveragingClassifier(model, engine, threads);
  const pretrained = needsPretrained(model) ? await openPretrained(engine, threads) : undefined;
  const own = dimensions - (pretrained?.dimensions ?? 0);
  // A classifier takes one call at a time.
  let last: Promise<unknown> = Promise.resolve();
  const answerNow = async (pictures: readonly AnswerablePicture[]): Promise<PictureEmbedding[]> => {
    if (pictures.length === 0) return [];
    const answers = await classifier.answers(joined(pictures.map(({ input }) => input.image.pixels)));
    const { probabilities, familiarity } = model.reliability
      ? reliableAnswers(model.reliability, answers, pictures.length)
      : { probabilities: answers.probabilities, familiarity: null };
    const parts = [{ vectors: answers.features, dimensions: own }];
    if (pretrained) {
      const vectors = await pretrained.features(joined(pictures.map(({ input }) => input.fitted!)));
      parts.push({ vectors, dimensions: pretrained.dimensions });
    }
    const { vectors } = sideBySide(parts);
    const classes = model.classNames.length;
    return pictures.map((picture, i) => ({
      digest: picture.digest,
      features: vectors.subarray(i * dimensions, (i + 1) * dimensions),
      probabilities: probabilities.slice(i * classes, (i + 1) * classes),
      inDistribution: familiarity?.[i]?.familiar ?? null,
    }));
  };
  return {
    digest,
    model,
    dimensions,
    target: model.preprocessing,
    fitted: pretrained?.fitted,
    answer(pictures) {
      const mine = last.then(() => answerNow(pictures));
      last = mine.catch(() => undefined);
      return mine;
    },
    async close() {
      await Promise.all([classifier.close(), pretrained?.close()]);
    },
  };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}
