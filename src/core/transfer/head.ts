import { stratifiedFolds, stratifiedSplit } from '../data/split.ts';
import { randomSequence, streams } from '../engine/random.ts';
import type { Head } from './backbone.ts';
import { type HiddenRegression, hiddenRegression, hiddenRows, hiddenUnits } from './hiddenHead.ts';
import type { ChosenBy, HeadRecord } from './record.ts';
import { countsOf, joined, partOf } from './rows.ts';
import {
  type FeatureRows,
  type Regression,
  type Scaling,
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

export const headKinds = ['linear', 'hidden', 'auto'] as const;
/** A softmax regression, a hidden layer before it, or the one of both that is more accurate on images kept out of its training. */
export type HeadKind = (typeof headKinds)[number];

export interface FittedHead {
  readonly head: Head;
  /** Of a softmax regression. */
  readonly strength: number | null;
  readonly chosenBy: ChosenBy;
  /** Where another head than a softmax regression was asked for. */
  readonly record?: HeadRecord;
  /** On the validation images; undefined without any. */
  readonly validation: Score | undefined;
}

export interface Score {
  readonly accuracy: number;
  /** Mean cross-entropy, nats. */
  readonly loss: number;
}

export interface FitHeadOptions {
  readonly classes: number;
  readonly seed: number;
  /** Images kept out of training; none where it has no rows. */
  readonly validation: FeatureRows;
  /** Default: 'linear'. */
  readonly kind?: HeadKind | undefined;
  /** Called with the completed share. */
  readonly onProgress?: (share: number) => void;
}

/** Rows that are fitted, in each view, and the rows that score the fit. */
interface Split {
  readonly fit: readonly FeatureRows[];
  readonly score: FeatureRows;
}

/**
 * Fits a head to scaled features. Images may be there in several views, which count as one image together. A softmax regression's strength is the one with the
 * smallest cross-entropy on the validation images; without any, in 5-fold cross-validation of at most 2,000 training images; where a class has fewer than 5
 * of these, it is 0.1. With 'auto' the same images choose between it and a hidden layer, by accuracy: the hidden layer must be better, and each class must
 * have 5 training images or more.
 */
export async function fitHead(views: readonly FeatureRows[], options: FitHeadOptions): Promise<FittedHead> {
  const { classes, seed, validation, kind = 'linear', onProgress = () => {} } = options;
  const [rows] = views as [FeatureRows];
  const given = validation.labels.length;
  const hasFew = countsOf(rows, classes).some((count) => count < leastOfClass);
  const splits = given > 0 ? [{ fit: views, score: validation }] : hasFew ? [] : foldsOf(views, seed);
  const images = Math.min(rows.labels.length, mostForChoice);
  const chosenBy: ChosenBy =
    given > 0
      ? { kind: 'validation', images: given }
      : hasFew
        ? { kind: 'fixed' }
        : { kind: 'cross-validation', folds, images };
  const whole = joined(views);
  const scaling = scalingOf(whole);
  const all = { values: scaled(scaling, whole.values), labels: whole.labels };
  const scoreOf = (score: (held: FeatureRows) => Score) =>
    given > 0 ? score({ values: scaled(scaling, validation.values), labels: validation.labels }) : undefined;
  // Shares of the work: either kind's choice, and the last fit.
  const share = kind === 'auto' ? 0.4 : 0.5;

  const linear = kind === 'hidden' ? undefined : await strengthOn(splits, classes, (done) => onProgress(done * share));
  const compares = kind === 'auto' && !hasFew;
  const hidden = compares ? hiddenOn(splits, classes, seed, (done) => onProgress(share * (1 + done))) : undefined;
  const accuracies = linear && hidden ? { linear: linear.accuracy, hidden: hidden.accuracy } : null;
  const isHidden = kind === 'hidden' || (accuracies !== null && accuracies.hidden > accuracies.linear);
  const asked = kind === 'linear' ? undefined : kind;
  const record = asked && {
    asked,
    kind: isHidden ? 'hidden' : 'linear',
    accuracies,
    units: isHidden ? hiddenUnits : 0,
  };
  if (isHidden) {
    // On validation images it was fitted to all training images already.
    const reused = given > 0 ? hidden?.fitted : undefined;
    const fitted =
      reused ?? hiddenRegression(all, classes, seed, (done) => onProgress(1 - (1 - done) * (1 - 2 * share)));
    onProgress(1);
    return {
      head: headOf(fitted.output, unscaled(scaling, fitted.hidden)),
      strength: null,
      chosenBy: kind === 'hidden' ? { kind: 'fixed' } : chosenBy,
      record: record as HeadRecord,
      validation: scoreOf((held) => scoreRows(fitted.output, hiddenRows(fitted.hidden, held))),
    };
  }
  const strength = linear?.strength ?? fixedStrength;
  const regression = await softmaxRegression(all, classes, strength / views.length, linear?.start);
  onProgress(1);
  return {
    head: headOf(unscaled(scaling, regression)),
    strength,
    chosenBy,
    ...(record && { record: record as HeadRecord }),
    validation: scoreOf((held) => scoreRows(regression, held)),
  };
}

function headOf({ weights, bias }: Regression, hidden?: Regression): Head {
  const layer = (one: Pick<Regression, 'weights' | 'bias'>) => ({
    kernel: Float32Array.from(one.weights),
    bias: Float32Array.from(one.bias),
  });
  return { ...layer({ weights, bias }), ...(hidden && { hidden: layer(hidden) }) };
}

function foldsOf(views: readonly FeatureRows[], seed: number): Split[] {
  const [rows] = views as [FeatureRows];
  const { below } = randomSequence(seed, streams.folds, 1);
  const sample =
    rows.labels.length > mostForChoice ? stratifiedSplit(rows.labels, mostForChoice, below).validation : undefined;
  const used = sample ? views.map((view) => partOf(view, sample)) : views;
  const { labels } = used[0]!;
  return stratifiedFolds(labels, folds, below).map((part) => {
    const kept = new Set(part);
    const others = Uint32Array.from({ length: labels.length }, (_, i) => i).filter((i) => !kept.has(i));
    return { fit: used.map((view) => partOf(view, others)), score: partOf(used[0]!, part) };
  });
}

function scaledSplit({ fit, score }: Split): { x: FeatureRows; held: FeatureRows; scaling: Scaling } {
  const rows = joined(fit);
  const scaling = scalingOf(rows);
  return {
    x: { values: scaled(scaling, rows.values), labels: rows.labels },
    held: { values: scaled(scaling, score.values), labels: score.labels },
    scaling,
  };
}

/** The strength with the smallest mean cross-entropy on the scored rows, its accuracy, and the regression with it that was fitted last. */
async function strengthOn(splits: readonly Split[], classes: number, onProgress: (share: number) => void) {
  if (splits.length === 0) return undefined;
  const losses = strengths.map(() => 0);
  const right = strengths.map(() => 0);
  let fitted: Regression[] = [];
  for (const [number, split] of splits.entries()) {
    const { x, held } = scaledSplit(split);
    fitted = [];
    for (const [i, strength] of strengths.entries()) {
      fitted.push(await softmaxRegression(x, classes, strength / split.fit.length, fitted.at(-1)));
      const { loss, accuracy } = scoreRows(fitted[i]!, held);
      losses[i]! += loss;
      right[i]! += Math.round(accuracy * held.labels.length);
      onProgress((number + (i + 1) / strengths.length) / splits.length);
    }
  }
  const best = losses.indexOf(Math.min(...losses));
  return { strength: strengths[best]!, start: fitted[best]!, accuracy: right[best]! / scoredIn(splits) };
}

/** The accuracy of hidden layers on the scored rows, and the one that was fitted last. */
function hiddenOn(splits: readonly Split[], classes: number, seed: number, onProgress: (share: number) => void) {
  let right = 0;
  let fitted: HiddenRegression | undefined;
  for (const [number, split] of splits.entries()) {
    const { x, held } = scaledSplit(split);
    fitted = hiddenRegression(x, classes, seed, (done) => onProgress((number + done) / splits.length));
    right += Math.round(scoreRows(fitted.output, hiddenRows(fitted.hidden, held)).accuracy * held.labels.length);
  }
  return { accuracy: right / scoredIn(splits), fitted };
}

const scoredIn = (splits: readonly Split[]) => splits.reduce((sum, { score }) => sum + score.labels.length, 0);
