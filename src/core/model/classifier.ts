import { compile } from '../compile/compile.ts';
import { createExecutable, overImages, planPrograms } from '../compile/executable.ts';
import { parameterSet } from '../compile/parameterSet.ts';
import { everyIndex, type LabelledImages } from '../data/images.ts';
import { persistentBuffer } from '../engine/buffers.ts';
import { kernelCall } from '../engine/kernelCall.ts';
import type { MemoryPlan } from '../engine/memoryPlan.ts';
import type { Engine } from '../engine/start.ts';
import { layerOf, logitsOf, type Network } from '../graph/network.ts';
import { imageCount, sizeOf } from '../graph/shape.ts';
import { featureLayer } from './embedding.ts';
import type { Model, ServableModel } from './model.ts';
import { bySlots, createStaging, microBatch, type Scored, scoreImages, stageImages } from './staging.ts';

export interface Answers {
  /** [N, Y] */
  readonly probabilities: Float32Array;
  /** [N, D]: the output of a layer, that of the in-distribution score by default; D is 0 without one. */
  readonly features: Float32Array;
}

/** Pictures [N, H, W, C]: 8-bit, or float32 already preprocessed. */
export type Pictures = Uint8Array | Float32Array;

/** What of a model answers. */
export type Answering = Pick<Model, 'network' | 'parameters' | 'preprocessing' | 'reliability'>;

/** A trained model ready to answer. One call at a time; `close` frees its threads. */
export interface Classifier<M = ServableModel> {
  readonly model: M;
  /**
   * Probabilities [N, Y].
   * @throws SelvedgeError 'bad-image' where the values are not whole pictures
   */
  probabilities(pictures: Pictures): Promise<Float32Array>;
  /** @throws SelvedgeError 'bad-image' where the values are not whole pictures */
  answers(pictures: Pictures): Promise<Answers>;
  /** The same of labelled images: all, or the ones chosen. */
  answersOf(set: LabelledImages, samples?: Uint32Array): Promise<Answers>;
  /** Probabilities and losses of labelled images: all, or the ones chosen. */
  score(set: LabelledImages, samples?: Uint32Array): Promise<Scored>;
  close(): Promise<void>;
}

/** @param features the layer whose output is returned beside the probabilities */
function compileClassifier(
  { network, preprocessing }: Pick<Answering, 'network' | 'preprocessing'>,
  features?: string,
) {
  const staging = createStaging(network, preprocessing);
  const parameters = parameterSet(network);
  const [output, logits] = [network.output.name, logitsOf(network).name];
  const compiled = compile(network, {
    parameters,
    outputs: [output, logits, ...(features === undefined ? [] : [features])],
    microBatch,
  });
  const featureSize = features === undefined ? 0 : sizeOf(layerOf(network, features).outputShape);
  const featureRows = persistentBuffer('the staging area', staging.slots * featureSize * 4);
  const preprocessed = persistentBuffer('the staging area', staging.slots * staging.pixelsPerImage * 4);
  const load = kernelCall(
    'input',
    'copyRows',
    { x: preprocessed, y: compiled.input, size: staging.pixelsPerImage },
    { units: 'images', chunkSize: 8, perImage: { x: staging.pixelsPerImage * 4 } },
  );
  const probabilities = staging.store(compiled.output(output), staging.probabilities, staging.classes);
  const answer = [
    ...compiled.forward,
    probabilities,
    ...(features === undefined ? [] : [staging.store(compiled.output(features), featureRows, featureSize)]),
  ];
  const { scratchBytes } = compiled;
  const calls = {
    pack: parameters.pack,
    score: [
      staging.load(compiled.input),
      staging.oneHot(),
      ...compiled.forward,
      probabilities,
      staging.crossEntropy(compiled.output(logits)),
    ],
    answer: [staging.load(compiled.input), ...answer],
    answerPreprocessed: [load, ...answer],
  };
  return {
    programs: { calls, kept: [parameters.values, staging.samples], scratchBytes },
    staging,
    values: parameters.values,
    preprocessed,
    featureRows,
    featureSize,
  };
}

/** The memory that classification needs. */
export function classifierPlan(network: Network, preprocessing: Model['preprocessing']): MemoryPlan {
  return planPrograms(compileClassifier({ network, preprocessing }, featureLayer(network)?.name).programs);
}

/**
 * @param features the layer whose output is answered beside the probabilities; default: that of the in-distribution score
 * @throws SelvedgeError 'bad-spec' where the network has no layer of that name
 */
export async function openClassifier<M extends Answering>(
  model: M,
  engine: Engine,
  threads: number,
  features = model.reliability?.familiarity?.layer ?? featureLayer(model.network)?.name,
): Promise<Classifier<M>> {
  const { programs, staging, values, preprocessed, featureRows, featureSize } = compileClassifier(model, features);
  const executable = await createExecutable(engine, threads, programs);
  executable.floats(values).set(model.parameters);
  await executable.run([{ program: 'pack' }]);

  const { classes, pixelsPerImage } = staging;
  /** @param stage writes `count` images, beginning with image `from`, to the slots; returns the program that reads them */
  const answer = async (
    images: number,
    stage: (from: number, count: number) => Promise<'answer' | 'answerPreprocessed'>,
  ): Promise<Answers> => {
    const probabilities = new Float32Array(images * classes);
    const features = new Float32Array(images * featureSize);
    await bySlots(staging, images, async (from, count) => {
      await executable.run(overImages(await stage(from, count), count, microBatch));
      probabilities.set(executable.floats(staging.probabilities).subarray(0, count * classes), from * classes);
      if (featureSize > 0) {
        features.set(executable.floats(featureRows).subarray(0, count * featureSize), from * featureSize);
      }
    });
    return { probabilities, features };
  };
  const answers = async (pictures: Pictures) =>
    answer(imageCount(pictures, model.network.inputShape), async (from, count) => {
      const part = pictures.subarray(from * pixelsPerImage, (from + count) * pixelsPerImage);
      if (part instanceof Uint8Array) {
        executable.bytes(staging.pixels).set(part);
        return 'answer';
      }
      executable.floats(preprocessed).set(part);
      return 'answerPreprocessed';
    });
  return {
    model,
    answers,
    probabilities: async (pictures) => (await answers(pictures)).probabilities,
    answersOf: (set, samples = everyIndex(set)) =>
      answer(samples.length, async (from, count) => {
        await stageImages(executable, staging, set, samples.subarray(from, from + count));
        return 'answer';
      }),
    score: (set, samples = everyIndex(set)) => scoreImages(executable, 'score', staging, set, samples),
    close: () => executable.close(),
  };
}
