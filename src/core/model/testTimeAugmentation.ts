import type { Engine } from '../engine/start.ts';
import { SelvedgeError } from '../errors.ts';
import { formatShape, type Shape } from '../graph/shape.ts';
import { averagingClassifier } from './averaging.ts';
import type { Classifier, Pictures } from './classifier.ts';
import { openServable } from './ensemble.ts';
import type { ServableModel } from './model.ts';

/** What a picture is also classified as: mirrored left to right, and shifted by one pixel up, down, left and right. */
export const testTimeTransforms = ['flip', 'shift'] as const;
export type TestTimeTransform = (typeof testTimeTransforms)[number];

/** One way to show a picture: cut out at `top`, `left` of the picture between zeros, then mirrored. */
export interface View {
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
export function inView<P extends Pictures>(pictures: P, [H, W, C]: Shape, { top, left, flipped }: View): P {
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

/**
 * Opens a classifier whose probabilities are means over the views of each picture; features are those of the picture itself. Without
 * transforms it is the classifier itself.
 * @throws SelvedgeError 'bad-option' where a shift leaves too little of a picture, and as `openClassifier` does
 */
export async function openAveragingClassifier<M extends ServableModel>(
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
  const classifier = await openServable(model, engine, threads);
  if (transforms.length === 0) return classifier;
  const passes = viewsOf(transforms).map(
    (view) => (pictures: Pictures) => classifier.answers(inView(pictures, inputShape, view)),
  );
  return averagingClassifier(model, passes, classifier.close);
}
