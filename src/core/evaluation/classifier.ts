import type { LabelledImages } from '../data/images.ts';
import type { Engine } from '../engine/start.ts';
import type { Evaluation } from '../files/evaluationRecord.ts';
import type { Model } from '../files/modelFile.ts';
import { sizeOf } from '../network/shape.ts';
import { type Answers, createRuntime, type Scored } from '../training/runtime.ts';
import { featureLayer } from './featureLayer.ts';
import { scoreProbabilities } from './scores.ts';

/** A trained model ready to answer. One call at a time; `close` frees its threads. */
export interface Classifier {
  readonly model: Model;
  /** Probabilities [N, Y] for pictures [N, H, W, C], 8-bit. */
  probabilities(images: Uint8Array): Promise<Float32Array>;
  /** The same probabilities, and the features [N, D] that familiarity is judged by; empty where the network has none. */
  answers(images: Uint8Array): Promise<Answers>;
  /** The same of labelled images: all, or the ones chosen. */
  answersOf(set: LabelledImages, samples?: Uint32Array): Promise<Answers>;
  /** Probabilities and losses of labelled images: all, or the ones chosen. */
  score(set: LabelledImages, samples?: Uint32Array): Promise<Scored>;
  /** The scores of labelled images: all, or the ones chosen. */
  evaluate(set: LabelledImages, samples?: Uint32Array): Promise<Evaluation>;
  close(): Promise<void>;
}

export async function openClassifier(model: Model, engine: Engine, threads: number): Promise<Classifier> {
  const { network, classNames } = model;
  const features = model.card?.familiarity?.layer ?? featureLayer(network)?.name;
  const runtime = await createRuntime({
    ...{ network, engine, threads, training: false },
    ...(features !== undefined && { features }),
  });
  await runtime.setParameters(model.parameters);
  const every = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, i) => i);
  const score = (set: LabelledImages, samples = every(set.count)) => runtime.score(set, samples);
  const answersOf = async (set: LabelledImages, samples = every(set.count)): Promise<Answers> =>
    features === undefined
      ? { probabilities: (await score(set, samples)).probabilities, features: new Float32Array(0) }
      : runtime.answer(set, samples);
  const unlabelled = (images: Uint8Array): LabelledImages => {
    const count = images.length / sizeOf(network.inputShape);
    const [height, width, channels] = network.inputShape as [number, number, number];
    return { images, labels: new Uint8Array(count), count, height, width, channels };
  };
  return {
    model,
    score,
    probabilities: async (images) => (await score(unlabelled(images))).probabilities,
    answers: (images) => answersOf(unlabelled(images)),
    answersOf,
    async evaluate(set, samples = every(set.count)) {
      const labels = Uint8Array.from(samples, (i) => set.labels[i]!);
      const evaluation = scoreProbabilities({ ...(await score(set, samples)), labels, classNames });
      return { ...evaluation, mistakes: evaluation.mistakes.map((m) => ({ ...m, index: samples[m.index]! })) };
    },
    close: () => runtime.close(),
  };
}
