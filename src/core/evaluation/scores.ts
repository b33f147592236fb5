import { everyIndex, type LabelledImages } from '../data/images.ts';
import { SelvedgeError } from '../errors.ts';
import type { Classifier } from '../model/classifier.ts';
import type { AverageScores, ClassScores, Evaluation, Mistake } from './evaluation.ts';

/** A classifier's outputs with the labels. */
export interface ScoringInput {
  /** [N, Y], row-major. */
  readonly probabilities: Float32Array;
  /** [N], nats. */
  readonly losses: ArrayLike<number>;
  /** [N], each below Y. */
  readonly labels: Uint32Array;
  /** [Y]. */
  readonly classNames: readonly string[];
  /** How many mistakes are returned; default 24. */
  readonly mostConfidentMistakes?: number;
}

/**
 * Scores a classifier as scikit-learn does (`accuracy_score`, `confusion_matrix` and
 * `precision_recall_fscore_support` over all Y classes with `zero_division=0`). The predicted class is the most
 * probable one; of equals, the first.
 *
 * @throws SelvedgeError `bad-data` when there is no image, the lengths disagree or a label names no class;
 *   `not-finite` when an image's probabilities or loss are not numbers.
 */
export function scoreProbabilities(input: ScoringInput): Evaluation {
  checkLengths(input);
  const { probabilities, losses, labels, classNames, mostConfidentMistakes = 24 } = input;
  const classes = classNames.length;
  const count = labels.length;
  const confusion = classNames.map(() => new Array<number>(classes).fill(0));
  const mistakes: Mistake[] = [];
  let correct = 0;
  let totalLoss = 0;

  for (let index = 0; index < count; index++) {
    const label = labels[index]!;
    const predicted = mostProbable(probabilities, index * classes, classes);
    const confidence = probabilities[index * classes + predicted]!;
    const loss = losses[index]!;
    if (!Number.isFinite(confidence) || !Number.isFinite(loss)) {
      throw new SelvedgeError('not-finite', `The network's output for image ${index} is not a number.`);
    }
    totalLoss += loss;
    confusion[label]![predicted]! += 1;
    if (predicted === label) correct += 1;
    else mistakes.push({ index, label, predicted, confidence });
  }

  const perClass = classNames.map((name, label) => scoreClass(name, label, confusion));
  mistakes.sort((a, b) => b.confidence - a.confidence || a.index - b.index);
  return {
    count,
    accuracy: correct / count,
    loss: totalLoss / count,
    confusion,
    perClass,
    macro: average(perClass, () => 1),
    weighted: average(perClass, ({ support }) => support),
    mistakes: mistakes.slice(0, mostConfidentMistakes),
  };
}

/** Evaluates a classifier on labelled images: all, or those in `samples`. Mistakes have their index in the set. */
export async function evaluateModel(
  classifier: Classifier,
  set: LabelledImages,
  samples: Uint32Array = everyIndex(set),
): Promise<Evaluation> {
  const labels = Uint32Array.from(samples, (i) => set.labels[i]!);
  const scored = await classifier.score(set, samples);
  const evaluation = scoreProbabilities({ ...scored, labels, classNames: classifier.model.classNames });
  return { ...evaluation, mistakes: evaluation.mistakes.map((m) => ({ ...m, index: samples[m.index]! })) };
}

function checkLengths({ probabilities, losses, labels, classNames }: ScoringInput): void {
  const count = labels.length;
  const classes = classNames.length;
  if (count === 0) throw new SelvedgeError('bad-data', 'There is no image to evaluate.');
  if (probabilities.length !== count * classes || losses.length !== count) {
    throw new SelvedgeError(
      'bad-data',
      `${count} labels and ${classes} classes need ${count * classes} probabilities and ${count} losses, ` +
        `not ${probabilities.length} and ${losses.length}.`,
    );
  }
  const stray = labels.findIndex((label) => label >= classes);
  if (stray >= 0) {
    throw new SelvedgeError('bad-data', `Image ${stray} has label ${labels[stray]}, but there are ${classes} classes.`);
  }
}

/** Index of the first greatest value; of the first NaN, if there is one, so that it is reported. */
function mostProbable(values: Float32Array, start: number, length: number): number {
  let best = 0;
  for (let i = 0; i < length; i++) {
    const value = values[start + i]!;
    if (Number.isNaN(value)) return i;
    if (value > values[start + best]!) best = i;
  }
  return best;
}

function scoreClass(name: string, label: number, confusion: readonly (readonly number[])[]): ClassScores {
  const support = sum(confusion[label]!);
  const predicted = sum(confusion.map((row) => row[label]!));
  const hits = confusion[label]![label]!;
  return {
    name,
    precision: ratio(hits, predicted),
    recall: ratio(hits, support),
    f1: ratio(2 * hits, predicted + support),
    support,
  };
}

function average(perClass: readonly ClassScores[], weigh: (scores: ClassScores) => number): AverageScores {
  const total = sum(perClass.map(weigh));
  const mean = (pick: (scores: ClassScores) => number) =>
    ratio(sum(perClass.map((scores) => pick(scores) * weigh(scores))), total);
  return {
    precision: mean((scores) => scores.precision),
    recall: mean((scores) => scores.recall),
    f1: mean((scores) => scores.f1),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
