import type { RunRecord } from '../../core/formats/runRecord.ts';
import type { ReliabilityMetadata } from '../../core/model/reliability.ts';
import type { EpochMetrics } from '../../core/training/history.ts';
import type { Progress as TrainingProgress } from '../../core/training/loop.ts';
import type { CrossValidation, SizeScore, TransferRecord } from '../../core/transfer/record.ts';
import type { TransferOptions } from '../../core/transfer/transfer.ts';
import { isTrained, ofFew } from '../../views/headline.ts';
import { fixed, integer, percent, plural } from '../../views/numbers.ts';
import { fashionMnist } from '../datasets/manifest.ts';
import { bestOf } from '../runs/imageSize.ts';
import type { Progress } from './progress.ts';

/** The test accuracy that the reference job's description reports. */
const reportedTestAccuracy = 0.8936;

/** Shows the progress of a training: a live line, and a permanent one for each epoch. */
export function trainingReporter(progress: Progress) {
  let evaluating = false;
  return {
    onStep(training: TrainingProgress) {
      const { epoch, epochs, step, stepsPerEpoch, loss, accuracy, imagesPerSecond } = training;
      progress.update(
        shareOf(training),
        `epoch ${epoch}/${epochs} step ${step}/${stepsPerEpoch}  loss ${fixed(loss, 3)}  accuracy ${percent(accuracy, 1)}`,
        () => `${integer(imagesPerSecond)} images/s`,
      );
    },
    onEpoch({ epoch, loss, accuracy, validationLoss, validationAccuracy, seconds }: EpochMetrics) {
      const validated =
        validationAccuracy === undefined || validationLoss === undefined
          ? ''
          : `  validation loss ${fixed(validationLoss, 4)}  accuracy ${percent(validationAccuracy, 2)}`;
      progress.log(
        `epoch ${epoch}: loss ${fixed(loss, 4)}  accuracy ${percent(accuracy, 2)}${validated}  (${fixed(seconds, 1)} s)`,
      );
    },
    onEvaluation() {
      evaluating = true;
      progress.done('Evaluating …');
    },
    onStop() {
      progress.log(
        evaluating
          ? 'Training is complete and the evaluation is running; Ctrl-C again quits without writing anything.'
          : 'Stopping after this step …',
      );
    },
  };
}

/** Shows the progress of the fit of a last layer, whose parts follow one another. */
export function transferReporter(progress: Progress): NonNullable<TransferOptions['onProgress']> {
  const doing = {
    features: 'computing features',
    head: 'fitting the last layer',
    'cross-validation': 'cross-validating the last layer',
  } as const;
  const parts = Object.keys(doing);
  return (what, share) => progress.update((parts.indexOf(what) + share) / parts.length, doing[what]);
}

/** The share of a training that is done, with epochs counted by what they cost. */
function shareOf({ epoch, epochs, step, stepsPerEpoch, epochCosts }: TrainingProgress): number {
  const cost = (from: number, to: number) => epochCosts.slice(from, to).reduce((sum, one) => sum + one, 0);
  return (cost(0, epoch - 1) + (epochCosts[epoch - 1]! * step) / stepsPerEpoch) / cost(0, epochs);
}

/** A run's metrics, the model's reliability, `comparison` (a line about its weights, or empty), and the paths of model and report. */
export function formatRun(
  record: RunRecord,
  reliability: ReliabilityMetadata | undefined,
  comparison: string,
  page: string,
): string {
  const { status, epochs, testAccuracy, testLoss, trainAccuracy, trainAccuracyEvaluated, secondsPerEpoch } = record;
  return [
    ...(status === 'stopped'
      ? [`Stopped after ${plural(epochs, 'complete epoch')}; the model so far was written.`]
      : []),
    '',
    `test accuracy      ${percent(testAccuracy, 2)}${
      isWholeFashionMnist(record)
        ? `   (the reference job reports ${percent(reportedTestAccuracy, 2)})`
        : ofFewTests(record)
    }`,
    ...(record.transfer?.crossValidation ? [formatCrossValidation(record.transfer.crossValidation)] : []),
    `test loss          ${fixed(testLoss, 4)}`,
    `training accuracy  ${percent(trainAccuracyEvaluated, 2)}${isTrained(record) ? ' with dropout off' : ''}${
      trainAccuracy === null ? '' : `, ${percent(trainAccuracy, 2)} while training`
    }`,
    ...(record.transfer?.triedSizes ? [`image size         ${formatSizes(record.transfer.triedSizes)}`] : []),
    ...(record.transfer ? [`last layer         ${formatChoice(record.transfer)}`] : []),
    ...(reliability ? formatReliability(reliability) : []),
    ...(secondsPerEpoch === null ? [] : [`seconds per epoch  ${fixed(secondsPerEpoch, 2)}`]),
    `weights SHA-256    ${record.weightsSha256}`,
    ...(comparison === '' ? [] : [`bits               ${comparison}`]),
    `model              ${record.model}`,
    `report             ${page}`,
    '',
  ].join('\n');
}

function ofFewTests({ testAccuracy, dataset }: RunRecord): string {
  const n = dataset.testImages;
  return `   (${integer(n)} images${ofFew(Math.round(testAccuracy * n), n)})`;
}

/** The side that was chosen and the accuracy of each. */
function formatSizes(scores: readonly SizeScore[]): string {
  const accuracies = scores.map(({ side, accuracy }) => `${side}: ${percent(accuracy, 2)}`).join(', ');
  return `${bestOf(scores).side} (accuracy on ${plural(scores[0]!.images, 'validation image')}: ${accuracies})`;
}

function formatCrossValidation({ accuracy, images, folds, low, high }: CrossValidation): string {
  return `cross-validated    ${percent(accuracy, 2)}   (${integer(images)} images in ${folds} folds; 95 % interval ${percent(low, 1)} to ${percent(high, 1)})`;
}

/** How the last layer of a network with other first layers was fitted. */
function formatChoice({ features, strength, chosenBy, head, fineTuned }: TransferRecord): string {
  const chosen = {
    validation: 'chosen on the validation images',
    'cross-validation': 'chosen by cross-validation',
    fixed: 'fixed: too few images of a class to choose it',
  }[chosenBy.kind];
  const kind =
    strength === null
      ? `hidden layer of ${head?.units} units and softmax on ${integer(features)} features${head?.accuracies ? ` (${chosen})` : ''}`
      : `softmax regression on ${integer(features)} features, C = ${strength} (${chosen})`;
  const compared = head?.accuracies
    ? `; accuracy ${percent(head.accuracies.hidden, 2)} with a hidden layer, ${percent(head.accuracies.linear, 2)} without`
    : '';
  return `${kind}${compared}${fineTuned ? `; then ${fineTuned.layers} layers fine-tuned` : ''}`;
}

/** Whether the figures are comparable with those reported for the reference job. */
function isWholeFashionMnist({ dataset, configuration, transfer }: RunRecord): boolean {
  return dataset.name === fashionMnist.name && !configuration.classes && !transfer;
}

/** How well the model is calibrated, and what its in-distribution score separates. */
export function formatReliability({
  calibration: { test, temperature },
  familiarity,
  from,
}: ReliabilityMetadata): string[] {
  const source = from ? `, of the run on ${integer(from.trainImages)} images` : '';
  const calibrated = `calibration error  ${percent(test.after, 2)} on the test images, ${percent(test.before, 2)} before (temperature ${fixed(temperature, 3)}${source})`;
  if (!familiarity) return [calibrated];
  const { testKept, foreign } = familiarity;
  const mistaken = Math.max(...foreign.map(({ kept }) => kept));
  const others =
    foreign.length > 0 ? `, and at most ${percent(mistaken, 1)} of each kind of out-of-distribution ones` : '';
  return [calibrated, `in-distribution    ${percent(testKept, 1)} of the test images${others}`];
}
