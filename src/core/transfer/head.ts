import { stratifiedFolds, stratifiedSplit } from '../data/split.ts';
import { randomSequence, streams } from '../engine/random.ts';
import type { Head } from './backbone.ts';
import type { ChosenBy } from './record.ts';
import {
  type FeatureRows,
  type Regression,
  scaled,
  scalingOf,
  scoreRows,
  softmaxRegression,
  unscaled,
} from './softmaxRegression.ts';

/** From strong to weak regularisation; each search begins where the one before ended. */
const strengths = [0.01, 0.03, 0.1, 0.3, 1, 3, 10] as const;
const folds = 5;
/** With fewer images of a class than folds nothing can be chosen by cross-validation. */
const leastOfClass = folds;
/** What these images are fitted with: it lies between the strengths that were best on other training images of Fashion-MNIST. */
const fixedStrength = 0.1;
/** More images for the choice would take longer and change it little. */
const mostForChoice = 2000;

export interface FittedHead {
  readonly head: Head;
  readonly strength: number;
  readonly chosenBy: ChosenBy;
}

export interface FitHeadOptions {
  readonly classes: number;
  readonly seed: number;
  /** Images kept out of training; none where it has no rows. */
  readonly validation: FeatureRows;
  /** Called with the completed share. */
  readonly onProgress?: (share: number) => void;
}

/**
 * Fits a softmax regression to scaled features. Images may be there in several views, which count as one image together. Its strength is the one with the smallest cross-entropy on the validation images; without
 * any, in 5-fold cross-validation of at most 2,000 training images; where a class has fewer than 5 of these, it is 0.1.
 */
export async function fitHead(
  views: readonly FeatureRows[],
  { classes, seed, validation, onProgress = () => {} }: FitHeadOptions,
): Promise<FittedHead> {
  const [rows] = views as [FeatureRows];
  const whole = joined(views);
  const scaling = scalingOf(whole);
  const all = { values: scaled(scaling, whole.values), labels: whole.labels };
  const given = validation.labels.length;
  const chosen =
    given > 0
      ? await chosenOn([{ fit: views, score: validation }], classes, (share) => onProgress(share / 2))
      : await crossValidated(views, classes, seed, (share) => onProgress(share / 2));
  const strength = chosen?.strength ?? fixedStrength;
  const images = Math.min(rows.labels.length, mostForChoice);
  const chosenBy: ChosenBy =
    given > 0
      ? { kind: 'validation', images: given }
      : chosen
        ? { kind: 'cross-validation', folds, images }
        : { kind: 'fixed' };
  const regression = unscaled(scaling, await softmaxRegression(all, classes, strength / views.length, chosen?.start));
  onProgress(1);
  const { weights, bias } = regression;
  return { head: { kernel: Float32Array.from(weights), bias: Float32Array.from(bias) }, strength, chosenBy };
}

async function crossValidated(
  views: readonly FeatureRows[],
  classes: number,
  seed: number,
  onProgress: (share: number) => void,
) {
  const [rows] = views as [FeatureRows];
  const counts = new Uint32Array(classes);
  for (let n = 0; n < rows.labels.length; n++) counts[rows.labels[n]!]! += 1;
  if (counts.some((count) => count < leastOfClass)) return undefined;
  const { below } = randomSequence(seed, streams.folds, 1);
  const sample = rows.labels.length > mostForChoice ? sampleOf(rows, below) : undefined;
  const used = sample ? views.map((view) => partOf(view, sample)) : views;
  const { labels } = used[0]!;
  const splits = stratifiedFolds(labels, folds, below).map((part) => {
    const kept = new Set(part);
    const others = Uint32Array.from({ length: labels.length }, (_, i) => i).filter((i) => !kept.has(i));
    return { fit: used.map((view) => partOf(view, others)), score: partOf(used[0]!, part) };
  });
  return chosenOn(splits, classes, onProgress);
}

const sampleOf = ({ labels }: FeatureRows, below: (n: number) => number) =>
  stratifiedSplit(labels, mostForChoice, below).validation;

function partOf({ values, labels }: FeatureRows, chosen: Uint32Array): FeatureRows {
  const D = values.length / labels.length;
  return {
    values: Float32Array.from(
      { length: chosen.length * D },
      (_, i) => values[chosen[Math.floor(i / D)]! * D + (i % D)]!,
    ),
    labels: chosen.map((n) => labels[n]!),
  };
}

function joined(views: readonly FeatureRows[]): FeatureRows {
  const [first] = views as [FeatureRows];
  if (views.length === 1) return first;
  const values = new Float32Array(first.values.length * views.length);
  for (const [i, view] of views.entries()) values.set(view.values, i * first.values.length);
  return { values, labels: views.flatMap(({ labels }) => Array.from(labels)) };
}

/** The strength with the smallest mean cross-entropy on the scored rows, and the regression with it that was fitted last. */
async function chosenOn(
  splits: readonly { readonly fit: readonly FeatureRows[]; readonly score: FeatureRows }[],
  classes: number,
  onProgress: (share: number) => void,
) {
  const losses = strengths.map(() => 0);
  let fitted: Regression[] = [];
  for (const [split, { fit, score }] of splits.entries()) {
    const rows = joined(fit);
    const scaling = scalingOf(rows);
    const x = { values: scaled(scaling, rows.values), labels: rows.labels };
    const held = { values: scaled(scaling, score.values), labels: score.labels };
    fitted = [];
    for (const [i, strength] of strengths.entries()) {
      fitted.push(await softmaxRegression(x, classes, strength / fit.length, fitted.at(-1)));
      losses[i]! += scoreRows(fitted[i]!, held).loss;
      onProgress((split + (i + 1) / strengths.length) / splits.length);
    }
  }
  const best = losses.indexOf(Math.min(...losses));
  return { strength: strengths[best]!, start: fitted[best]! };
}
