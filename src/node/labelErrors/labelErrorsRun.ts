import { imageAt } from '../../core/data/images.ts';
import { findLabelErrors, type LabelError } from '../../core/evaluation/labelErrors/labelErrors.ts';
import { type OutOfFoldOptions, outOfFold } from '../../core/evaluation/labelErrors/outOfFold.ts';
import { scoreProbabilities } from '../../core/evaluation/scores.ts';
import { writeCsv } from '../../core/formats/csv.ts';
import { chosenData, configurationFor } from '../../core/training/configuration.ts';
import { argmax } from '../../core/training/metrics.ts';
import { type JudgedImage, labelErrorsPage } from '../../views/labelErrors/labelErrorsPage.ts';
import type { LoadedDataset } from '../datasets/fashionMnist.ts';
import type { LoadedPictures } from '../datasets/pictures/loadPictureFolder.ts';
import { nodeEngine } from '../engine.ts';
import { writeTogether } from '../runs/writeTogether.ts';
import { version } from '../version.ts';

/** How many images the page shows. */
const shown = { errors: 96, losses: 48, cell: 16 };

export interface LabelErrorsOptions extends Omit<OutOfFoldOptions, 'clock'> {
  readonly data: LoadedDataset;
  readonly networkName: string;
  readonly folder: string;
}

export interface LabelErrorsSummary {
  readonly images: number;
  readonly folds: number;
  /** Out of fold. */
  readonly accuracy: number;
  readonly loss: number;
  readonly thresholds: readonly number[];
  readonly joint: readonly (readonly number[])[];
  readonly errors: readonly LabelError[];
}

/**
 * Trains out-of-fold models, lists the labels that are probably wrong, and writes `label-errors.csv`, `label-errors.json` and
 * `index.html` into the folder, together or not at all.
 * @throws SelvedgeError as `outOfFold` does, and 'cannot-write'
 */
export async function labelErrorsRun({
  data: whole,
  folder,
  networkName,
  ...options
}: LabelErrorsOptions): Promise<LabelErrorsSummary> {
  const configuration = { ...configurationFor(whole, options), validation: 0 };
  const data = chosenData(whole, configuration);
  // With all classes the photos' indices are those of their paths.
  const paths = data === whole && 'paths' in whole ? (whole as LoadedPictures).paths.train : undefined;
  const { classNames } = data;
  const classes = classNames.length;
  const engine = await nodeEngine();
  const judged = await outOfFold(whole, engine, { ...options, clock: () => performance.now() });
  const { probabilities, losses, foldOf } = judged;
  const labels = data.train.labels.subarray(0, losses.length);
  const { errors, thresholds, joint } = findLabelErrors({ probabilities, labels, classes });
  const evaluation = scoreProbabilities({
    probabilities,
    losses,
    labels,
    classNames,
    mostConfidentMistakes: labels.length,
  });
  const pictured = async (index: number, other: number): Promise<JudgedImage> => ({
    index,
    image: await imageAt(data.train, index),
    given: labels[index]!,
    other,
    givenProbability: probabilities[index * classes + labels[index]!]!,
    otherProbability: probabilities[index * classes + other]!,
  });
  const cells = new Map<string, { index: number; predicted: number }[]>();
  for (const { index, label, predicted } of evaluation.mistakes) {
    const key = `${label}-${predicted}`;
    const cell = cells.get(key) ?? [];
    if (cell.length < shown.cell) cell.push({ index, predicted });
    cells.set(key, cell);
  }
  const byLoss = Array.from(losses.keys()).sort((a, b) => losses[b]! - losses[a]! || a - b);
  const predictedOf = (index: number) => argmax(probabilities, index * classes, (index + 1) * classes);
  const summary: LabelErrorsSummary = {
    images: labels.length,
    folds: options.folds,
    accuracy: evaluation.accuracy,
    loss: evaluation.loss,
    thresholds,
    joint,
    errors,
  };
  const name = (label: number) => classNames[label]!;
  const csv = writeCsv([
    [...(paths ? ['path'] : []), 'index', 'given', 'suggested', 'given_probability', 'suggested_probability', 'fold'],
    ...errors.map(({ index, given, suggested, givenProbability, suggestedProbability }) => [
      ...(paths ? [paths[index]!] : []),
      index,
      name(given),
      name(suggested),
      givenProbability,
      suggestedProbability,
      foldOf[index]!,
    ]),
  ]);
  const page = labelErrorsPage({
    selvedge: version,
    dataset: data.name,
    classNames,
    network: networkName,
    folds: options.folds,
    evaluation,
    errorCount: errors.length,
    errors: await Promise.all(errors.slice(0, shown.errors).map(({ index, suggested }) => pictured(index, suggested))),
    largestLosses: await Promise.all(byLoss.slice(0, shown.losses).map((index) => pictured(index, predictedOf(index)))),
    confusions: await Promise.all(
      [...cells.values()].map((cell) => Promise.all(cell.map(({ index, predicted }) => pictured(index, predicted)))),
    ),
    csv: 'label-errors.csv',
  });
  const record = {
    format: 'selvedge-label-errors',
    version: 1,
    selvedge: version,
    wasmSha256: engine.wasmSha256,
    dataset: { name: data.name, classNames, files: data.files },
    network: { name: networkName, spec: options.network },
    configuration,
    ...summary,
  };
  await writeTogether(folder, {
    'label-errors.csv': csv,
    'label-errors.json': `${JSON.stringify(record, null, 2)}\n`,
    'index.html': page,
  });
  return summary;
}
