import type { RunRecord } from '../core/formats/runRecord.ts';
import { type Html, html } from './html.ts';
import { fixed, integer, percent, plural } from './numbers.ts';

/** The summary of a run, test accuracy first. */
export function headline(record: RunRecord): Html {
  const { evaluation } = record;
  const right = evaluation.confusion.reduce((sum, row, label) => sum + row[label]!, 0);
  return html`${record.status === 'stopped' && stoppedNotice(record)}
<dl class="figures">
${figure('Test accuracy', percent(record.testAccuracy), `${integer(right)} of ${plural(evaluation.count, 'image')} correct`, 'first')}
${figure('Test loss', fixed(record.testLoss, 4), 'nats per image, cross-entropy')}
${figure('Training accuracy', percent(record.trainAccuracyEvaluated), 'final weights, dropout off')}
${figure(
  'Accuracy in training',
  percent(record.trainAccuracy),
  record.trainAccuracy === null ? 'no epoch was completed' : 'mean over the last epoch, dropout on',
)}
${figure('Parameters', integer(record.parameters), `network “${record.network.name}”`)}
${figure(
  'Seconds per epoch',
  fixed(record.secondsPerEpoch, 1),
  record.secondsPerEpoch === null
    ? 'no epoch was completed'
    : `median of ${plural(record.epochs, 'epoch')}, ${plural(record.engine.threads, 'thread')}`,
)}
${figure(
  'Weights',
  html`<code title="SHA-256 ${record.weightsSha256}">${record.weightsSha256.slice(0, 8)}…</code>`,
  'SHA-256: same seed, same bits',
)}
</dl>
<p class="note">The test set describes the finished model: its figures were computed after training, and the program chose
nothing on it. Whether somebody chose this run’s settings by earlier test figures is not recorded.</p>`;
}

function figure(term: string, value: string | Html, aside: string, kind = ''): Html {
  return html`<div class="${kind}"><dt>${term}</dt><dd class="value">${value}</dd><dd class="aside">${aside}</dd></div>`;
}

function stoppedNotice({ epochs, configuration }: RunRecord): Html {
  return html`<p class="notice"><strong>This run was stopped early</strong>, after ${integer(epochs)} of
${plural(configuration.epochs, 'epoch')}. All metrics are of the weights at that time.</p>`;
}
