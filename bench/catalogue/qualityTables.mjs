// The tables of docs/catalogue-quality.md: means over seeds with 95 % intervals by Student's t; without an interval, there is one value.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { meanInterval, pairedDifference } from '../../dist/core/statistics/meanTests.js';
import { table } from '../lib/figures.mjs';
import { inWords } from '../lib/machine.mjs';
import { fillIn } from '../lib/results.mjs';

export const embeddings = {
  pixels: 'pixels (784)',
  pca: 'principal components of pixels (64)',
  hog: 'HOG (1,296)',
  random: 'untrained reference network',
  backbone: 'EfficientNet-Lite0 on ImageNet',
  'reference features': 'reference network, features',
  'reference head': 'reference network, similarity head',
  'fast features': 'fast recipe, features',
  'fast head': 'fast recipe, similarity head',
  'fast features + HOG': 'fast recipe, features and HOG side by side',
  'fast features + backbone': 'fast recipe, features and EfficientNet-Lite0 side by side',
  'fast head + backbone': 'fast recipe, head and EfficientNet-Lite0 side by side',
  'predicted label': 'fast recipe, predicted label alone',
};
/** What all others are compared with. */
export const compared = 'fast features + backbone';

const percent = (share) => (100 * share).toFixed(1);

export function valuesOf(results, setting, embedding, measure) {
  return results
    .filter((one) => one.setting === setting && one.embedding === embedding && one[measure] !== undefined)
    .sort((a, b) => a.seed - b.seed)
    .map((one) => one[measure]);
}

function mean(results, setting, embedding, measure) {
  const all = valuesOf(results, setting, embedding, measure);
  if (all.length === 0) return '–';
  const interval = meanInterval(all);
  return interval ? `${percent(interval.value)} ± ${percent(interval.value - interval.low)}` : percent(all[0]);
}

export function meanOf(results, setting, embedding, measure) {
  const all = valuesOf(results, setting, embedding, measure);
  return all.reduce((sum, value) => sum + value, 0) / all.length;
}

/** How far an embedding is ahead of the compared one, seed by seed, in points. What does not depend on a seed is compared with each. */
function ahead(results, setting, embedding, measure) {
  if (embedding === compared) return '';
  const ofSeed = (name) =>
    new Map(
      results.filter((one) => one.setting === setting && one.embedding === name).map((one) => [one.seed, one[measure]]),
    );
  const [other, own] = [ofSeed(embedding), ofSeed(compared)];
  const valueAt = (seed) => (other.size === 1 ? [...other.values()][0] : other.get(seed));
  const common = [...own.keys()].filter((seed) => valueAt(seed) !== undefined);
  const difference = pairedDifference(
    common.map(valueAt),
    common.map((seed) => own.get(seed)),
  );
  if (!difference) return '–';
  const sign = (share) => `${share < 0 ? '−' : '+'}${percent(Math.abs(share))}`;
  return `${sign(difference.value)} (${sign(difference.low)} to ${sign(difference.high)})`;
}

function measured(results, setting, columns, differences = {}) {
  const rows = Object.entries(embeddings).filter(
    ([name]) => valuesOf(results, setting, name, Object.values(columns)[0]).length > 0,
  );
  return table(
    ['embedding', ...Object.keys(columns), ...Object.keys(differences)],
    rows.map(([name, title]) => [
      title,
      ...Object.values(columns).map((measure) => mean(results, setting, name, measure)),
      ...Object.values(differences).map((measure) => ahead(results, setting, name, measure)),
    ]),
  );
}

const retrieval = { 'precision@1': 'precision1', 'precision@10': 'precision10', 'mAP@R': 'mapAtR' };

export const tables = (results) => ({
  'catalogue-seen': measured(results, 'seen', retrieval, { 'mAP@R less the default’s': 'mapAtR' }),
  'catalogue-held-out': measured(
    results,
    'held',
    { 'precision@1 = recall@1': 'precision1', 'precision@10': 'precision10', 'mAP@R': 'mapAtR' },
    { 'precision@1 less the default’s': 'precision1', 'mAP@R less the default’s': 'mapAtR' },
  ),
  'catalogue-same-item': measured(results, 'seen', { moved: 'moved', mirrored: 'mirrored' }),
  'catalogue-diversity': measured(results, 'seen', {
    'ten nearest': 'plain',
    'ten by MMR': 'diverse',
    'precision@10 by MMR': 'diversePrecision',
  }),
});

/** What the other measurements of this folder saved, as tables. */
function savedTables() {
  const saved = (name) => {
    const file = new URL(`../results/catalogue-${name}.json`, import.meta.url);
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  };
  const [head, embedding, duplicates, search] = ['head', 'embedding', 'duplicates', 'search'].map(saved);
  return {
    ...(head && {
      'catalogue-head': table(
        ['temperature', 'dimensions', 'learning rate', 'epochs', 'seen', 'unseen'],
        head.results.map(({ settings, seen, unseen }) => [
          ...(settings
            ? [settings.temperature, settings.dimensions, settings.learningRate, settings.epochs]
            : ['plain features', '', '', '']),
          ...[seen.mapAtR, unseen.mapAtR].map(percent),
        ]),
      ),
    }),
    ...(embedding && {
      'catalogue-embedding': table(
        ['embedding', 'seen, mAP@R', 'unseen, mAP@R', 'moved', 'mean'],
        embedding.results.map((one) => [one.embedding, ...[one.seen, one.unseen, one.moved, one.mean].map(percent)]),
      ),
    }),
    ...(duplicates && {
      'catalogue-duplicates': table(
        ['kind', 'groups', 'pictures', 'largest group'],
        duplicates.groups.map(({ kind, groups, pictures, largest }) => [kind, groups, pictures, largest]),
      ),
      'catalogue-recognised': table(
        ['items with a false pair', 'threshold', 'view', 'found'],
        duplicates.recognised.map(({ share, threshold, view, found }) => [
          `${percent(share)} %`,
          threshold.toFixed(4),
          view,
          `${percent(found)} %`,
        ]),
      ),
    }),
    ...(search && {
      'catalogue-speed': table(
        ['query', 'processor time, ms', 'fastest by the clock, ms', 'median by the clock, ms'],
        Object.entries({ one: 'one', filtered: 'one, a filter that 1 in 10 pass', four: 'four together' }).map(
          ([key, title]) => {
            const { processorTime, least, median } = search.milliseconds[key];
            return [title, ...[processorTime, least, median].map((value) => value.toFixed(1))];
          },
        ),
      ),
    }),
  };
}

export function publish(results, { machine, settings, save }) {
  const texts = { ...tables(results), ...savedTables() };
  for (const [name, text] of Object.entries(texts)) console.log(`\n${name}\n${text}`);
  if (!save) return;
  const figures = { machine, settings, results };
  writeFileSync(new URL('../results/catalogue-quality.json', import.meta.url), `${JSON.stringify(figures, null, 2)}\n`);
  const page = new URL('../../docs/catalogue-quality.md', import.meta.url);
  for (const [name, text] of Object.entries(texts)) fillIn(page, name, text);
  fillIn(page, 'catalogue-machine', inWords(machine));
}
