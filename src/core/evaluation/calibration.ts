import { exp, log } from '../engine/portable.ts';
import type { Calibration, CalibrationError } from '../model/reliability.ts';
import { argmax } from '../training/metrics.ts';

/** Bins of equal width, as in Guo et al. */
export const calibrationBins = 15;
const lowest = 0.05;
const highest = 20;
const tolerance = 1e-7;
/** The smallest float32 above 0, which replaces a probability that was rounded to 0. */
const least = 1.401298464324817e-45;

/** Probabilities [N, Y] with the label of each row. */
export interface LabelledProbabilities {
  readonly probabilities: Float32Array;
  /** [N] */
  readonly labels: ArrayLike<number>;
}

/**
 * softmax(z ÷ T) of the network's logits z. Probabilities suffice, for log p is z but for a constant of the row. Where T is 1
 * they are returned unchanged.
 *
 * @param probabilities [N, Y]
 * @see Guo, Pleiss, Sun and Weinberger 2017, "On calibration of modern neural networks", arXiv 1706.04599, section 4.2
 */
export function atTemperature(probabilities: Float32Array, classes: number, temperature: number): Float32Array {
  if (temperature === 1) return probabilities;
  const logs = logarithms(probabilities);
  const row = new Float64Array(classes);
  const scaled = new Float32Array(probabilities.length);
  for (let start = 0; start < logs.length; start += classes) {
    softmaxRow(logs, start, 1 / temperature, row);
    scaled.set(row, start);
  }
  return scaled;
}

/**
 * The expected calibration error: Σ over bins n_b ÷ N · |accuracy_b − confidence_b|, with 15 bins of equal width, closed on
 * the right, over the largest probability.
 *
 * @see Guo et al. 2017, section 2; Naeini, Cooper and Hauskrecht 2015
 */
export function expectedCalibrationError(
  { probabilities, labels }: LabelledProbabilities,
  bins = calibrationBins,
): number {
  const classes = probabilities.length / labels.length;
  const gaps = new Float64Array(bins);
  for (let n = 0; n < labels.length; n++) {
    const best = argmax(probabilities, n * classes, (n + 1) * classes);
    const confidence = probabilities[n * classes + best]!;
    const bin = Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1));
    gaps[bin]! += (best === labels[n] ? 1 : 0) - confidence;
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / labels.length;
}

/**
 * The expected calibration error with bins of equal mass: images sorted by their largest probability (of equals the earlier first) and
 * cut into parts whose sizes differ by one image at most, the larger ones first.
 *
 * @see Nguyen and O'Connor 2015, "Posterior calibration and exploratory analysis", arXiv 1508.05154, section 3.2
 */
export function equalMassCalibrationError(
  { probabilities, labels }: LabelledProbabilities,
  bins = calibrationBins,
): number {
  const count = labels.length;
  const classes = probabilities.length / count;
  const best = Uint32Array.from(labels, (_, n) => argmax(probabilities, n * classes, (n + 1) * classes));
  const confidence = Float32Array.from(best, (label, n) => probabilities[n * classes + label]!);
  const order = Uint32Array.from(best, (_, n) => n).sort((a, b) => confidence[a]! - confidence[b]! || a - b);
  let sum = 0;
  let from = 0;
  for (let bin = 0; bin < bins; bin++) {
    const to = from + Math.floor(count / bins) + (bin < count % bins ? 1 : 0);
    let gap = 0;
    for (const n of order.subarray(from, to)) gap += (best[n] === labels[n] ? 1 : 0) - confidence[n]!;
    sum += Math.abs(gap);
    from = to;
  }
  return sum / count;
}

/** The mean of −log p of the labels, in nats, at a temperature. */
export function negativeLogLikelihood({ probabilities, labels }: LabelledProbabilities, temperature = 1): number {
  const classes = probabilities.length / labels.length;
  const logs = logarithms(probabilities);
  let sum = 0;
  for (let n = 0; n < labels.length; n++) {
    const own = logs[n * classes + labels[n]!]!;
    let total = 0;
    for (let j = 0; j < classes; j++) total += exp((logs[n * classes + j]! - own) / temperature);
    sum += log(total);
  }
  return sum / labels.length;
}

/**
 * The temperature T of the least negative log-likelihood, from 0.05 to 20, to seven digits. With β = 1 ÷ T it is convex, and
 * its derivative, the mean of Σ q_j · log p_j − log p_label with q = softmax(β log p), rises with β: halving finds its zero.
 */
export function fitTemperature({ probabilities, labels }: LabelledProbabilities): number {
  const classes = probabilities.length / labels.length;
  const logs = logarithms(probabilities);
  const q = new Float64Array(classes);
  const slope = (beta: number) => {
    let sum = 0;
    for (let n = 0; n < labels.length; n++) {
      const start = n * classes;
      softmaxRow(logs, start, beta, q);
      const own = logs[start + labels[n]!]!;
      for (let j = 0; j < classes; j++) sum += q[j]! * (logs[start + j]! - own);
    }
    return sum;
  };
  let low = 1 / highest;
  let high = 1 / lowest;
  if (slope(low) >= 0) return highest;
  if (slope(high) <= 0) return lowest;
  while (high - low > tolerance * low) {
    const middle = (low + high) / 2;
    if (slope(middle) < 0) low = middle;
    else high = middle;
  }
  return 2 / (low + high);
}

/**
 * Fits the temperature on the validation split and describes it there and on the test set. Where the fitted temperature makes
 * the validation split's calibration error larger, the temperature stays 1.
 */
export function calibrate(validation: LabelledProbabilities, test: LabelledProbabilities): Calibration {
  const fitted = fitTemperature(validation);
  const worse = calibrationErrorAt(validation, fitted).after > calibrationErrorAt(validation, 1).after;
  const temperature = worse ? 1 : fitted;
  return {
    temperature,
    fittedTemperature: fitted,
    bins: calibrationBins,
    validation: calibrationErrorAt(validation, temperature),
    test: calibrationErrorAt(test, temperature),
  };
}

/** The calibration error and loss of a set, before and after a temperature is applied. */
export function calibrationErrorAt(set: LabelledProbabilities, temperature: number): CalibrationError {
  const classes = set.probabilities.length / set.labels.length;
  const after = { labels: set.labels, probabilities: atTemperature(set.probabilities, classes, temperature) };
  return {
    images: set.labels.length,
    before: expectedCalibrationError(set),
    after: expectedCalibrationError(after),
    lossBefore: negativeLogLikelihood(set),
    lossAfter: negativeLogLikelihood(set, temperature),
  };
}

function logarithms(probabilities: Float32Array): Float64Array {
  const logs = new Float64Array(probabilities.length);
  for (let i = 0; i < logs.length; i++) logs[i] = log(Math.max(probabilities[i]!, least));
  return logs;
}

/** softmax(beta · logs) of the row that starts at `start`, into `row`. */
function softmaxRow(logs: Float64Array, start: number, beta: number, row: Float64Array): void {
  let top = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < row.length; j++) top = Math.max(top, logs[start + j]!);
  let sum = 0;
  for (let j = 0; j < row.length; j++) {
    row[j] = exp(beta * (logs[start + j]! - top));
    sum += row[j]!;
  }
  for (let j = 0; j < row.length; j++) row[j]! /= sum;
}
