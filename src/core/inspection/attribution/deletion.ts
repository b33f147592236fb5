import type { Shape } from '../../graph/shape.ts';

/** Probabilities [N, Y] of pictures [N, H, W, C], 8-bit. */
export type AskProbabilities = (pictures: Uint8Array) => Promise<Float32Array>;

/** Areas under p(class) over the share of changed pixels: means of a probability, from 0 to 1. */
export interface Areas {
  readonly deletion: number;
  readonly insertion: number;
}

export interface AreasQuestion {
  /** [N, H, W, C], 8-bit. */
  readonly pictures: Uint8Array;
  /** [H, W, C]. */
  readonly shape: Shape;
  /** [N]: the class whose probability is followed. */
  readonly targetClasses: readonly number[];
  /** [N]: all pixels of each picture, the most important first. */
  readonly orders: readonly Uint32Array[];
  /** The number of steps, at most the number of pixels. */
  readonly steps: number;
}

/** The pixels of a map [H, W], the most positive first; of equals, the first in row-major order. */
export function pixelOrder(values: ArrayLike<number>): Uint32Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i);
  return order.sort((i, j) => values[j]! - values[i]! || i - j);
}

/**
 * Deletion and insertion (Petsiuk, Das & Saenko, "RISE", 2018, section 4.3), by the trapezoidal rule. A pixel is replaced in
 * all its channels by black, the background of the data set, so that an image with deleted pixels is still a plausible one.
 * Insertion starts from black too, not from a blurred image as in the paper: a blurred garment of 28 × 28 pixels still shows
 * its outline, from which the class can be predicted before any pixel is inserted.
 */
export async function perturbationAreas(question: AreasQuestion, ask: AskProbabilities): Promise<Areas[]> {
  const { targetClasses, orders } = question;
  const pixels = orders[0]?.length ?? 0;
  const steps = Math.min(question.steps, pixels);
  const changed = Array.from({ length: steps + 1 }, (_, k) => Math.round((k * pixels) / steps));
  const pictures = changedPictures(question, changed);
  const probabilities = await ask(pictures);
  const classes = probabilities.length / (2 * changed.length * targetClasses.length);
  return targetClasses.map((target, n) => {
    const area = (curve: number) => {
      const p = (k: number) => probabilities[((2 * n + curve) * changed.length + k) * classes + target]!;
      let sum = 0;
      for (let k = 0; k < steps; k++) sum += ((p(k) + p(k + 1)) / 2) * (changed[k + 1]! - changed[k]!);
      return sum / pixels;
    };
    return { deletion: area(0), insertion: area(1) };
  });
}

/** [N, 2, changed.length, H, W, C]: of each image, first the deletion, then the insertion. */
function changedPictures(
  { pictures, shape, orders }: AreasQuestion,
  changed: readonly number[],
): Uint8Array<ArrayBuffer> {
  const channels = shape[2]!;
  const size = (orders[0]?.length ?? 0) * channels;
  const result = new Uint8Array(orders.length * 2 * changed.length * size);
  for (const [n, order] of orders.entries()) {
    const whole = pictures.subarray(n * size, (n + 1) * size);
    const black = new Uint8Array(size);
    for (const [curve, [from, to]] of [
      [whole, black],
      [black, whole],
    ].entries()) {
      const picture = from!.slice();
      let done = 0;
      for (const [k, count] of changed.entries()) {
        for (; done < count; done++) {
          const at = order[done]! * channels;
          picture.set(to!.subarray(at, at + channels), at);
        }
        result.set(picture, ((2 * n + curve) * changed.length + k) * size);
      }
    }
  }
  return result;
}
