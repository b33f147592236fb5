// The tables of n-shot accuracies: means over seeds, and differences of the same seeds with their 95 % intervals.
import { meanInterval, pairedDifference } from '../../dist/core/statistics/meanTests.js';
import { table } from '../lib/figures.mjs';
import { counts } from './shots.mjs';

const percent = (share) => (100 * share).toFixed(1);

/** Accuracies of a way at n, seed by seed. */
export function accuraciesOf(results, way, n) {
  return results
    .filter((one) => one.way === way && one.n === n)
    .sort((a, b) => a.seed - b.seed)
    .map(({ accuracy }) => accuracy);
}

export function meanOf(results, way, n) {
  const all = accuraciesOf(results, way, n);
  return all.reduce((sum, one) => sum + one, 0) / all.length;
}

function mean(results, way, n) {
  const all = accuraciesOf(results, way, n);
  const interval = meanInterval(all);
  return interval ? `${percent(interval.value)} ± ${percent(interval.value - interval.low)}` : percent(all[0]);
}

/** How far `a` is ahead of `b`, in points. */
export function aheadBy(results, a, b, n) {
  const difference = pairedDifference(accuraciesOf(results, a, n), accuraciesOf(results, b, n));
  if (!difference) return 'one seed';
  const sign = (share) => `${share < 0 ? '−' : '+'}${percent(Math.abs(share))}`;
  return `${sign(difference.value)} (${sign(difference.low)} to ${sign(difference.high)})`;
}

const measured = (results, way) => counts.filter((n) => accuraciesOf(results, way, n).length > 0);

export function wholeTable(results) {
  return table(
    [
      'images of each class',
      'pretrained features',
      'and fine-tuned',
      'from scratch',
      'features − scratch',
      'fine-tuned − features',
    ],
    measured(results, 'pretrained').map((n) => [
      String(n),
      mean(results, 'pretrained', n),
      mean(results, 'fineTuned', n),
      mean(results, 'scratch', n),
      aheadBy(results, 'pretrained', 'scratch', n),
      aheadBy(results, 'fineTuned', 'pretrained', n),
    ]),
  );
}

export function classSplitTable(results) {
  return table(
    [
      'images of each class',
      'features of seven classes',
      'pretrained features',
      'from scratch',
      'seven − scratch',
      'seven − pretrained',
    ],
    measured(results, 'ownFeatures').map((n) => [
      String(n),
      mean(results, 'ownFeatures', n),
      mean(results, 'pretrainedOthers', n),
      mean(results, 'scratchOthers', n),
      aheadBy(results, 'ownFeatures', 'scratchOthers', n),
      aheadBy(results, 'ownFeatures', 'pretrainedOthers', n),
    ]),
  );
}
