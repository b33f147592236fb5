import type { LabelledImages } from '../data/images.ts';
import type { Classifier } from '../model/classifier.ts';
import type { Evaluation } from './evaluation.ts';
import { scoreProbabilities } from './scores.ts';

/** The scores of labelled images: all, or the chosen ones. Mistakes are named by their index in the set. */
export async function evaluateModel(
  classifier: Classifier,
  set: LabelledImages,
  samples: Uint32Array = Uint32Array.from({ length: set.count }, (_, i) => i),
): Promise<Evaluation> {
  const labels = Uint32Array.from(samples, (i) => set.labels[i]!);
  const scored = await classifier.score(set, samples);
  const evaluation = scoreProbabilities({ ...scored, labels, classNames: classifier.model.classNames });
  return { ...evaluation, mistakes: evaluation.mistakes.map((m) => ({ ...m, index: samples[m.index]! })) };
}
