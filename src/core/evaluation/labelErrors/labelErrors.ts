import { SelvedgeError } from '../../errors.ts';
import { argmax } from '../../training/metrics.ts';

export interface LabelErrorInput {
  /** [N, Y], each row from a model that was not trained on the image. */
  readonly probabilities: Float32Array;
  /** [N], each below Y. */
  readonly labels: Uint32Array;
  /** Y */
  readonly classes: number;
}

/** An image whose label is probably wrong. */
export interface LabelError {
  readonly index: number;
  readonly given: number;
  /** The class that the image is counted in. */
  readonly suggested: number;
  readonly givenProbability: number;
  readonly suggestedProbability: number;
}

export interface LabelErrors {
  /** [Y]: the mean probability of a class over the images labelled as it; NaN for a class without images. */
  readonly thresholds: readonly number[];
  /** [Y, Y]: images labelled as the row's class and confidently of the column's. */
  readonly joint: readonly (readonly number[])[];
  /** The least probable given label first. */
  readonly errors: readonly LabelError[];
}

/**
 * Confident learning: an image is confidently of a class where the class' probability is at least the class' threshold, of several such
 * classes of the most probable one. Where that is not the class of its label, the label is probably wrong.
 *
 * @throws SelvedgeError 'not-finite' where a probability is not a number
 * @see Northcutt, Jiang and Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 70, section 3.1
 */
export function findLabelErrors({ probabilities, labels, classes }: LabelErrorInput): LabelErrors {
  const bad = probabilities.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new SelvedgeError('not-finite', `A probability of image ${Math.floor(bad / classes)} is not a number.`);
  }
  const thresholds = classThresholds({ probabilities, labels, classes });
  const joint = thresholds.map(() => new Array<number>(classes).fill(0));
  const errors: LabelError[] = [];
  const confident = new Float32Array(classes);
  for (let index = 0; index < labels.length; index++) {
    const row = probabilities.subarray(index * classes, (index + 1) * classes);
    // A class without images has no threshold, and none reaches it.
    for (let k = 0; k < classes; k++) confident[k] = row[k]! >= thresholds[k]! ? row[k]! : -1;
    const suggested = argmax(confident);
    if (confident[suggested]! < 0) continue;
    const given = labels[index]!;
    joint[given]![suggested]! += 1;
    if (suggested === given) continue;
    errors.push({ index, given, suggested, givenProbability: row[given]!, suggestedProbability: row[suggested]! });
  }
  errors.sort((a, b) => a.givenProbability - b.givenProbability || a.index - b.index);
  return { thresholds, joint, errors };
}

function classThresholds({ probabilities, labels, classes }: LabelErrorInput): number[] {
  const sums = new Array<number>(classes).fill(0);
  const counts = new Array<number>(classes).fill(0);
  labels.forEach((label, index) => {
    sums[label]! += probabilities[index * classes + label]!;
    counts[label]! += 1;
  });
  return sums.map((sum, label) => sum / counts[label]!);
}
