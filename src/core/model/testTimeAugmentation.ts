import { everyIndex, readImages } from '../data/images.ts';
import { log } from '../engine/portable.ts';
import type { Engine } from '../engine/start.ts';
import { SelvedgeError } from '../errors.ts';
import { formatShape, type Shape, sizeOf } from '../graph/shape.ts';
import { type Answering, type Answers, type Classifier, openClassifier, type Pictures } from './classifier.ts';
import type { Model } from './model.ts';
import type { Scored } from './staging.ts';

/** What a picture is also classified as: mirrored left to right, and shifted by one pixel up, down, left and right. */
export const testTimeTransforms = ['flip', 'shift'] as const;
export type TestTimeTransform = (typeof testTimeTransforms)[number];

/** One way to show a picture: cut out at `top`, `left` of the picture between zeros, then mirrored. */
interface View {
  readonly top: number;
  readonly left: number;
  readonly flipped: boolean;
}

const itself = { top: 0, left: 0 };
const oneAway = [
  { top: 1, left: 0 },
  { top: -1, left: 0 },
  { top: 0, left: 1 },
  { top: 0, left: -1 },
];

/** The views of a picture, itself first. */
function viewsOf(transforms: readonly TestTimeTransform[]): readonly View[] {
  const places = [itself, ...(transforms.includes('shift') ? oneAway : [])];
  const mirrored = transforms.includes('flip') ? [false, true] : [false];
  return mirrored.flatMap((flipped) => places.map(({ top, left }) => ({ top, left, flipped })));
}

/** How often a picture goes through the network: once without transforms, 2 times with flip, 5 with shift, 10 with both. */
export function passesWith(transforms: readonly TestTimeTransform[]): number {
  return viewsOf(transforms).length;
}

/** Pictures [N, H, W, C] in a view. */
function inView<P extends Pictures>(pictures: P, [H, W, C]: Shape, { top, left, flipped }: View): P {
  const size = H! * W! * C!;
  const shown = pictures.slice().fill(0) as P;
  for (let start = 0; start < pictures.length; start += size) {
    for (let h = Math.max(0, -top); h < Math.min(H!, H! - top); h++) {
      for (let w = 0; w < W!; w++) {
        const column = (flipped ? W! - 1 - w : w) + left;
        if (column < 0 || column >= W!) continue;
        const [to, from] = [start + (h * W! + w) * C!, start + ((h + top) * W! + column) * C!];
        for (let c = 0; c < C!; c++) shown[to + c] = pictures[from + c]!;
      }
    }
  }
  return shown;
}

/** Labelled images that are read at once. */
const together = 480;
/** The smallest float32 above 0, which replaces a probability that was rounded to 0. */
const least = 1.401298464324817e-45;

/**
 * Opens a classifier whose probabilities are means over the views of each picture (float64 sums in a fixed order, so their bits do
 * not depend on the batch); features are those of the picture itself. Without transforms it is the classifier itself.
 * @throws SelvedgeError 'bad-option' where a shift leaves too little of a picture, and as `openClassifier` does
 * @see Krizhevsky, Sutskever and Hinton 2012, section 4.1, for the mean of the softmax's outputs
 */
export async function openAveragingClassifier<M extends Answering = Model>(
  model: M,
  engine: Engine,
  threads: number,
  transforms: readonly TestTimeTransform[] = [],
): Promise<Classifier<M>> {
  const { inputShape } = model.network;
  if (transforms.includes('shift') && Math.min(inputShape[0]!, inputShape[1]!) <= 2) {
    throw new SelvedgeError(
      'bad-option',
      `Shifts by one pixel leave too little of pictures of ${formatShape(inputShape)}; leave shift out of the test-time augmentation.`,
    );
  }
  const classifier = await openClassifier(model, engine, threads);
  return transforms.length === 0 ? classifier : averaging(classifier, viewsOf(transforms));
}

function averaging<M extends Answering>(classifier: Classifier<M>, views: readonly View[]): Classifier<M> {
  const { inputShape } = classifier.model.network;

  const answers = async (pictures: Pictures): Promise<Answers> => {
    const [own, ...others] = views;
    const { probabilities, features } = await classifier.answers(inView(pictures, inputShape, own!));
    const sums = Float64Array.from(probabilities);
    for (const view of others) {
      const more = await classifier.probabilities(inView(pictures, inputShape, view));
      for (let i = 0; i < sums.length; i++) sums[i]! += more[i]!;
    }
    return { probabilities: Float32Array.from(sums, (sum) => sum / views.length), features };
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
    model: classifier.model,
    answers,
    probabilities: async (pictures) => (await answers(pictures)).probabilities,
    answersOf,
    async score(set, samples = everyIndex(set)): Promise<Scored> {
      const { probabilities } = await answersOf(set, samples);
      const classes = sizeOf(classifier.model.network.outputShape);
      const losses = Float32Array.from(
        samples,
        (sample, n) => -log(Math.max(probabilities[n * classes + set.labels[sample]!]!, least)),
      );
      return { probabilities, losses };
    },
    close: () => classifier.close(),
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
