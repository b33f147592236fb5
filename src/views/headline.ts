import type { RunRecord } from '../core/formats/runRecord.ts';
import type { LayerSummary } from '../core/graph/summary.ts';
import { shareInterval } from '../core/statistics/shareInterval.ts';
import { isAugmenting } from '../core/training/augmentation.ts';
import { type Html, html } from './html.ts';
import { layerTypes } from './layerTypes.ts';
import { fixed, integer, percent, plural } from './numbers.ts';

/** The summary of a run, test accuracy first. */
export function headline(record: RunRecord, layers: readonly LayerSummary[]): Html {
  const { evaluation } = record;
  const crossValidation = record.transfer?.crossValidation;
  const dropout = (state: string) => (hasDropout(layers) ? `, dropout ${state}` : '');
  const right = evaluation.confusion.reduce((sum, row, label) => sum + row[label]!, 0);
  return html`${record.status === 'stopped' && stoppedNotice(record)}
<dl class="figures">
${figure('Test accuracy', percent(record.testAccuracy), `${integer(right)} of ${plural(evaluation.count, 'image')} correct${ofFew(right, evaluation.count)}`, 'first')}
${crossValidation !== undefined && figure('Cross-validated', percent(crossValidation.accuracy), `${integer(crossValidation.images)} images in ${crossValidation.folds} folds; 95 % interval ${percent(crossValidation.low, 1)} to ${percent(crossValidation.high, 1)}`)}
${figure('Test loss', fixed(record.testLoss, 4), 'nats per image, cross-entropy')}
${figure('Training accuracy', percent(record.trainAccuracyEvaluated), `final weights${dropout('off')}`)}
${
  isTrained(record) &&
  figure(
    'Accuracy in training',
    percent(record.trainAccuracy),
    record.trainAccuracy === null
      ? 'no epoch was completed'
      : `mean over the last epoch${dropout('on')}${isAugmenting(record.configuration) ? ', images augmented' : ''}`,
  )
}
${figure('Parameters', integer(record.parameters), `network “${record.network.name}”`)}
${
  isTrained(record) &&
  figure(
    'Seconds per epoch',
    fixed(record.secondsPerEpoch, 1),
    record.secondsPerEpoch === null
      ? 'no epoch was completed'
      : `median of ${plural(record.epochs, 'epoch')}, ${plural(record.engine.threads, 'thread')}`,
  )
}
${figure(
  'Weights',
  html`<code title="SHA-256 ${record.weightsSha256}">${record.weightsSha256.slice(0, 8)}…</code>`,
  'SHA-256: same seed, same bits',
)}
</dl>
<p class="note">Test metrics were computed once, after training; the program selected nothing by them. Whether the run’s settings
were selected by earlier test metrics is not recorded.</p>`;
}

/** With fewer test images an accuracy's interval is wide enough to be worth its words. */
const few = 2000;

/** The accuracy's interval, as the end of a sentence, where there are few test images. */
export function ofFew(right: number, count: number): string {
  if (count >= few) return '';
  const { low, high } = shareInterval(right, count);
  return `; 95 % interval ${percent(low, 1)} to ${percent(high, 1)}`;
}

/** Whether there was a training by steps: not where a last layer alone was fitted. */
export function isTrained({ transfer }: RunRecord): boolean {
  return !transfer || transfer.fineTuned !== undefined;
}

/** Whether training drops values at random. */
export function hasDropout(layers: readonly LayerSummary[]): boolean {
  return layers.some(({ type }) => layerTypes[type].block === 'drops');
}

function figure(term: string, value: string | Html, aside: string, kind = ''): Html {
  return html`<div class="${kind}"><dt>${term}</dt><dd class="value">${value}</dd><dd class="aside">${aside}</dd></div>`;
}

function stoppedNotice({ epochs, configuration }: RunRecord): Html {
  return html`<p class="notice"><strong>This run was stopped early</strong>, after ${integer(epochs)} of
${plural(configuration.epochs, 'epoch')}. All metrics are of the weights at that time.</p>`;
}
