import type { LabelledImages } from '../data/images.ts';
import type { Engine } from '../engine/start.ts';
import { type Answers, createRuntime, type Pictures, type Scored } from '../training/runtime.ts';
import { featureLayer } from './embedding.ts';
import type { Model } from './model.ts';

/** A trained model ready to answer. One call at a time; `close` frees its threads. */
export interface Classifier {
  readonly model: Model;
  /** Probabilities [N, Y]. */
  probabilities(pictures: Pictures): Promise<Float32Array>;
  /** The same probabilities, and the features [N, D] that familiarity is judged by; empty where the network has none. */
  answers(pictures: Pictures): Promise<Answers>;
  /** The same of labelled images: all, or the ones chosen. */
  answersOf(set: LabelledImages, samples?: Uint32Array): Promise<Answers>;
  /** Probabilities and losses of labelled images: all, or the ones chosen. */
  score(set: LabelledImages, samples?: Uint32Array): Promise<Scored>;
  close(): Promise<void>;
}

export async function openClassifier(model: Model, engine: Engine, threads: number): Promise<Classifier> {
  const { network, preprocessing } = model;
  const features = model.card?.familiarity?.layer ?? featureLayer(network)?.name;
  const runtime = await createRuntime({
    ...{ network, preprocessing, engine, threads, training: false },
    ...(features !== undefined && { features }),
  });
  await runtime.setParameters(model.parameters);
  const every = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, i) => i);
  const score = (set: LabelledImages, samples = every(set.count)) => runtime.score(set, samples);
  const answers = (pictures: Pictures) => runtime.answer(pictures);
  return {
    model,
    score,
    probabilities: async (pictures) => (await answers(pictures)).probabilities,
    answers,
    answersOf: (set, samples = every(set.count)) => runtime.answerOf(set, samples),
    close: () => runtime.close(),
  };
}
