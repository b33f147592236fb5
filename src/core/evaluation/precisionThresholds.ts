import type { ClassThresholds, PrecisionThreshold, ReliabilityMetadata } from '../model/reliability.ts';
import { incompleteBeta } from '../statistics/specialFunctions.ts';
import { argmax } from '../training/metrics.ts';
import type { LabelledProbabilities } from './calibration.ts';

/** The precisions for which models keep thresholds. */
export const statedPrecisions = [0.8, 0.9, 0.95, 0.98, 0.99] as const;
/** The chance that a class of less than the stated precision passes the test at one threshold. */
const level = 0.05;

/**
 * For each class the smallest probability from which predictions of it are right in the stated share of cases: the smallest p such
 * that, of the validation images predicted as the class with a probability of at least p, a number is right that would be reached
 * in at most 5 % of cases if the share were smaller (the exact one-sided binomial test, Clopper and Pearson 1934). Classes with too few such
 * images have none: 59 without a mistake are needed for 95 %, 299 for 99 %.
 *
 * Thresholds rise with the precision. The smallest of many is chosen, so the 5 % are no guarantee: see docs/catalogue-tags.md.
 * @param set calibrated probabilities [N, Y] with the labels of images that were not trained on
 * @param precisions ascending, between 0 and 1
 */
export function precisionThresholds(
  { probabilities, labels }: LabelledProbabilities,
  classes: number,
  precisions: readonly number[] = statedPrecisions,
): ClassThresholds[] {
  const predicted = Array.from({ length: classes }, (): { probability: number; isRight: boolean }[] => []);
  for (let n = 0; n < labels.length; n++) {
    const label = argmax(probabilities, n * classes, (n + 1) * classes);
    predicted[label]!.push({ probability: probabilities[n * classes + label]!, isRight: labels[n] === label });
  }
  return predicted.map((list) => {
    const ordered = list.sort((a, b) => b.probability - a.probability);
    return { predicted: list.length, thresholds: precisions.map((precision) => thresholdOf(ordered, precision)) };
  });
}

function thresholdOf(
  ordered: readonly { readonly probability: number; readonly isRight: boolean }[],
  precision: number,
): PrecisionThreshold {
  let found: PrecisionThreshold = { precision, threshold: null, accepted: 0, right: 0 };
  let right = 0;
  ordered.forEach(({ probability, isRight }, i) => {
    if (isRight) right++;
    // Equal probabilities are accepted together.
    if (ordered[i + 1]?.probability === probability) return;
    const accepted = i + 1;
    if (isAtLeast(precision, right, accepted)) found = { precision, threshold: probability, accepted, right };
  });
  return found;
}

/** Whether `right` or more of `accepted` have a probability of at most 5 % where each is right with probability `precision`. */
function isAtLeast(precision: number, right: number, accepted: number): boolean {
  if (right < precision * accepted) return false;
  return incompleteBeta(right, accepted - right + 1, precision, 1 - precision) <= level;
}

/**
 * Each class's threshold at a precision: that of the smallest stated precision which is not below it. Null where the validation images
 * do not show that the class reaches it.
 * @returns null where the model has no thresholds
 */
export function thresholdsAt(
  reliability: ReliabilityMetadata | undefined,
  precision: number,
): readonly (number | null)[] | null {
  const classes = reliability?.thresholds;
  if (!classes) return null;
  return classes.map(({ thresholds }) => {
    const own = thresholds.find((threshold) => threshold.precision >= precision);
    return own?.threshold ?? null;
  });
}
