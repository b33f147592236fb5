import type { RunRecord } from '../../core/formats/runRecord.ts';
import type { ModelCard } from '../../core/model/reliability.ts';
import type { EpochFigures } from '../../core/training/history.ts';
import type { Progress as TrainingProgress } from '../../core/training/loop.ts';
import { fixed, integer, percent, plural } from '../../views/numbers.ts';
import type { Progress } from './progress.ts';

/** What the reference job's description reports for its test accuracy. */
const reportedTestAccuracy = 0.8936;

/** Shows how a training goes: a live line, and a lasting one for each epoch. */
export function trainingReporter(progress: Progress) {
  let scoring = false;
  return {
    onStep({ epoch, epochs, step, stepsPerEpoch, loss, accuracy, imagesPerSecond }: TrainingProgress) {
      progress.update(
        (epoch - 1 + step / stepsPerEpoch) / epochs,
        `epoch ${epoch}/${epochs} step ${step}/${stepsPerEpoch}  loss ${fixed(loss, 3)}  accuracy ${percent(accuracy, 1)}`,
        () => `${integer(imagesPerSecond)} images/s`,
      );
    },
    onEpoch({ epoch, loss, accuracy, validationLoss, validationAccuracy, seconds }: EpochFigures) {
      const validated =
        validationAccuracy === undefined || validationLoss === undefined
          ? ''
          : `  validation loss ${fixed(validationLoss, 4)}  accuracy ${percent(validationAccuracy, 2)}`;
      progress.log(
        `epoch ${epoch}: loss ${fixed(loss, 4)}  accuracy ${percent(accuracy, 2)}${validated}  (${fixed(seconds, 1)} s)`,
      );
    },
    onEvaluation() {
      scoring = true;
      progress.done('Scoring …');
    },
    onStop() {
      progress.log(
        scoring
          ? 'Training is over and the scores are being taken; Ctrl-C again quits without writing anything.'
          : 'Stopping after this step …',
      );
    },
  };
}

/** A run's figures, what the model's card says, `bits` (a line about its weights, or nothing), and where to look at them. */
export function inWords(record: RunRecord, card: ModelCard | undefined, bits: string, page: string): string {
  const { status, epochs, testAccuracy, testLoss, trainAccuracy, trainAccuracyEvaluated, secondsPerEpoch } = record;
  return [
    ...(status === 'stopped' ? [`Stopped after ${plural(epochs, 'whole epoch')}; what was learnt is kept.`] : []),
    '',
    `test accuracy      ${percent(testAccuracy, 2)}   (the reference job reports ${percent(reportedTestAccuracy, 2)})`,
    `test loss          ${fixed(testLoss, 4)}`,
    `training accuracy  ${percent(trainAccuracyEvaluated, 2)} with dropout off${
      trainAccuracy === null ? '' : `, ${percent(trainAccuracy, 2)} while training`
    }`,
    ...(card ? trustInWords(card) : []),
    ...(secondsPerEpoch === null ? [] : [`seconds per epoch  ${fixed(secondsPerEpoch, 2)}`]),
    `weights SHA-256    ${record.weightsSha256}`,
    ...(bits === '' ? [] : [`bits               ${bits}`]),
    `model              ${record.model}`,
    `look at            ${page}`,
    '',
  ].join('\n');
}

/** How far the model's answers can be trusted, which its validation split taught. */
function trustInWords({ calibration: { test, temperature }, familiarity }: ModelCard): string[] {
  const calibrated = `calibration error  ${percent(test.after, 2)} on the test images, ${percent(test.before, 2)} before (temperature ${fixed(temperature, 3)})`;
  if (!familiarity) return [calibrated];
  const { testKept, foreign } = familiarity;
  const mistaken = Math.max(...foreign.map(({ kept }) => kept));
  const others = foreign.length > 0 ? `, and at most ${percent(mistaken, 1)} of each kind of foreign ones` : '';
  return [calibrated, `familiar           ${percent(testKept, 1)} of the test images${others}`];
}
