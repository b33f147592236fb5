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

/** A row for each n: means of ways, and differences of pairs of ways, by the columns' titles. */
function nShotTable(results, ways, differences) {
  const [first] = Object.values(ways);
  return table(
    ['images of each class', ...Object.keys(ways), ...Object.keys(differences)],
    counts
      .filter((n) => accuraciesOf(results, first, n).length > 0)
      .map((n) => [
        String(n),
        ...Object.values(ways).map((way) => mean(results, way, n)),
        ...Object.values(differences).map(([a, b]) => aheadBy(results, a, b, n)),
      ]),
  );
}

export const wholeTable = (results) =>
  nShotTable(
    results,
    { 'pretrained features': 'pretrained', 'and fine-tuned': 'fineTuned', 'from scratch': 'scratch' },
    {
      'features − scratch': ['pretrained', 'scratch'],
      'fine-tuned − features': ['fineTuned', 'pretrained'],
    },
  );

export const classSplitTable = (results) =>
  nShotTable(
    results,
    {
      'features of seven classes': 'ownFeatures',
      'pretrained features': 'pretrainedOthers',
      'from scratch': 'scratchOthers',
    },
    {
      'seven − scratch': ['ownFeatures', 'scratchOthers'],
      'seven − pretrained': ['ownFeatures', 'pretrainedOthers'],
    },
  );
