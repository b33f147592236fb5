import { everyIndex, readImages } from '../data/images.ts';
import { log } from '../engine/portable.ts';
import { sizeOf } from '../graph/shape.ts';
import type { Answers, Classifier, Pictures } from './classifier.ts';
import type { ServableModel } from './model.ts';
import type { Scored } from './staging.ts';

/** Labelled images that are read at once. */
const together = 480;
/** The smallest float32 above 0, which replaces a probability that was rounded to 0. */
const least = 1.401298464324817e-45;

/**
 * A classifier whose probabilities are means over passes, float64 sums in their order, so that their bits do not depend on the batch.
 * Features are those of the first pass; losses are −ln of the averaged probability.
 * @see Krizhevsky, Sutskever and Hinton 2012, section 4.1, for the mean of the softmax's outputs
 */
export function averagingClassifier<M extends ServableModel>(
  model: M,
  passes: readonly ((pictures: Pictures) => Promise<Answers>)[],
  close: () => Promise<void>,
): Classifier<M> {
  const answers = async (pictures: Pictures): Promise<Answers> => {
    const [first, ...others] = passes;
    const { probabilities, features } = await first!(pictures);
    const sums = Float64Array.from(probabilities);
    for (const pass of others) {
      const more = await pass(pictures);
      for (let i = 0; i < sums.length; i++) sums[i]! += more.probabilities[i]!;
    }
    return { probabilities: Float32Array.from(sums, (sum) => sum / passes.length), features };
  };

  const answersOf: Classifier['answersOf'] = async (set, samples = everyIndex(set)) => {
    const parts: Answers[] = [];
    for (let from = 0; from < samples.length; from += together) {
      parts.push(await answers(await readImages(set, samples.subarray(from, from + together))));
    }
    return {
      probabilities: joined(parts.map(({ probabilities }) => probabilities)),
      features: joined(parts.map(({ features }) => features)),
    };
  };

  return {
    model,
    answers,
    probabilities: async (pictures) => (await answers(pictures)).probabilities,
    answersOf,
    async score(set, samples = everyIndex(set)): Promise<Scored> {
      const { probabilities } = await answersOf(set, samples);
      const classes = sizeOf(model.network.outputShape);
      const losses = Float32Array.from(
        samples,
        (sample, n) => -log(Math.max(probabilities[n * classes + set.labels[sample]!]!, least)),
      );
      return { probabilities, losses };
    },
    close,
  };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
