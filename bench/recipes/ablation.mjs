// What each part of a recipe contributes: node bench/recipes/ablation.mjs --recipe NAME [--seeds 0,1,2] [--runs DIR] [--threads N] [--save]
// The recipe without one part at a time, on 55,000 images; the accuracy on the 5,000 validation images, less the whole recipe's with the
// same seed. Finished runs in DIR are not trained again. The figures go to bench/results/ablation-NAME.json and docs/recipes.md.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { meanInterval, pairedDifference } from '../../dist/core/statistics/meanTests.js';
import { readRecipe } from '../../dist/node/recipes.js';
import { runProcess } from '../lib/children.mjs';
import { table } from '../lib/figures.mjs';
import { describeMachine } from '../lib/machine.mjs';
import { fillIn } from '../lib/results.mjs';

const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const { values } = parseArgs({
  options: {
    recipe: { type: 'string' },
    seeds: { type: 'string', default: '0,1,2' },
    runs: { type: 'string', default: 'runs/ablation' },
    threads: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
});
if (values.recipe === undefined) throw new Error('Name a recipe: --recipe fast.');
const { settings, network } = await readRecipe(values.recipe);

/** What leaves a part out, by its name; parts that the recipe does not have are skipped. */
const parts = {
  'random shifts': { shift: 0 },
  'mirror images': { flip: 'none' },
  cutout: { cutout: 0 },
  'smaller images first': { imageSizes: {} },
  'label smoothing': { labelSmoothing: 0 },
  'averaged weights': { emaDecay: null },
  'weight decay': { weightDecay: 0 },
  'warm-up': { warmupEpochs: 0 },
  'falling rate': { schedule: 'constant' },
};
const has = (change) =>
  Object.entries(change).some(([name, off]) => settings[name] !== undefined && settings[name] !== off);
const variants = [['the whole recipe', {}], ...Object.entries(parts).filter(([, change]) => has(change))];

const results = [];
for (const [name, change] of variants) {
  const accuracies = [];
  for (const seed of values.seeds.split(',')) accuracies.push(await accuracyOf(name, change, seed));
  results.push({ name, change, accuracies });
  console.log(`${results.length > 1 ? `without ${name}` : name}: ${accuracies.map((one) => percent(one)).join(', ')}`);
}
const [{ accuracies: whole }] = results;
const rows = results.map(({ name, accuracies }, i) => {
  const mean = accuracies.reduce((sum, one) => sum + one, 0) / accuracies.length;
  if (i === 0) {
    const interval = meanInterval(accuracies);
    return [name, percent(mean), interval ? `${percent(interval.low)} to ${percent(interval.high)}` : '–'];
  }
  const difference = pairedDifference(accuracies, whole);
  return [
    `without ${name}`,
    percent(mean),
    difference ? `${points(difference.value)} (${points(difference.low)} to ${points(difference.high)})` : '–',
  ];
});
const text = table(['', 'validation accuracy', 'difference in points, 95 % interval'], rows);
console.log(`\n${text}`);
const folder = here(values.save ? '../results' : '../results/local');
mkdirSync(folder, { recursive: true });
const file = join(folder, `ablation-${values.recipe}.json`);
writeFileSync(file, `${JSON.stringify({ recipe: values.recipe, machine: describeMachine(), results }, null, 2)}\n`);
if (values.save) fillIn(here('../../docs/recipes.md'), `ablation-${values.recipe}`, text);

async function accuracyOf(name, change, seed) {
  const folder = join(values.runs, `${values.recipe} ${name} ${seed}`.replaceAll(' ', '-'));
  if (!existsSync(join(folder, 'run.json'))) {
    const options = configuration(folder, change);
    const threads = values.threads === undefined ? [] : ['--threads', values.threads];
    const command = [
      'train',
      ...options,
      '--seed',
      seed,
      '--validation',
      '5000',
      '--out',
      folder,
      '--json',
      ...threads,
    ];
    await runProcess([process.execPath, here('../../dist/node/cli/main.js'), ...command]);
  }
  return JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')).history.at(-1).validationAccuracy;
}

/** Always as a file: no option turns averaging off. */
function configuration(folder, change) {
  mkdirSync(values.runs, { recursive: true });
  const file = `${folder}.json`;
  writeFileSync(file, JSON.stringify({ network, ...settings, ...change }));
  return ['--config', file];
}

function percent(share) {
  return `${(share * 100).toFixed(2)} %`;
}

function points(share) {
  return `${share > 0 ? '+' : ''}${(share * 100).toFixed(2)}`;
}
