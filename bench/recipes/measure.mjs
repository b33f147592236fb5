// Measures the recipes: node bench/recipes/measure.mjs [--recipes A,B] [--seeds 0,1,2] [--runs DIR] [--threads N] [--save]
// Each recipe is trained on 55,000 images, which gives its validation accuracy and temperature, and then on all 60,000. What is finished
// in DIR is not trained again, and what was interrupted is resumed. The figures go to bench/results/recipes.json, docs/recipes.md and docs/images/recipes.svg.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  atTemperature,
  equalMassCalibrationError,
  negativeLogLikelihood,
} from '../../dist/core/evaluation/calibration.js';
import { argmax } from '../../dist/core/training/metrics.js';
import { loadDataset, loadModel, openClassifier } from '../../dist/node/index.js';
import { recipeNames } from '../../dist/node/recipes.js';
import { runProcess } from '../lib/children.mjs';
import { median, table } from '../lib/figures.mjs';
import { describeMachine, inWords } from '../lib/machine.mjs';
import { fillIn } from '../lib/results.mjs';
import { curvesPicture } from './curves.mjs';

const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const { values } = parseArgs({
  options: {
    recipes: { type: 'string', default: recipeNames.join(',') },
    seeds: { type: 'string', default: '0,1,2' },
    runs: { type: 'string', default: 'runs/recipes' },
    threads: { type: 'string' },
    data: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
});
const held = 5000;
const data = values.data === undefined ? {} : { folder: values.data };
const { test } = await loadDataset(data);

const results = [];
// Seed by seed, so that the recipes' times alternate.
for (const seed of values.seeds.split(',')) {
  for (const recipe of values.recipes.split(',')) {
    const base = join(values.runs, `${recipe}-${seed}`);
    const validated = await trained(`${base}-validation`, recipe, seed, ['--validation', String(held)]);
    const record = await trained(base, recipe, seed, ['--reliability-from', `${base}-validation`]);
    results.push({ recipe, seed: Number(seed), ...(await described(base, validated, record)) });
    console.log(JSON.stringify(results.at(-1)));
  }
}
publish();

/** The record of a run, which is trained where it is not there yet. */
async function trained(folder, recipe, seed, options) {
  if (!existsSync(join(folder, 'run.json'))) {
    console.log(`${folder}: training`);
    const threads = values.threads === undefined ? [] : ['--threads', values.threads];
    const source = values.data === undefined ? [] : ['--data', values.data];
    const target = existsSync(join(folder, 'checkpoint.safetensors')) ? '--resume' : '--out';
    const start = ['--recipe', recipe, '--seed', seed, target, folder, ...options, '--json'];
    await runProcess([process.execPath, here('../../dist/node/cli/main.js'), 'train', ...start, ...threads, ...source]);
  }
  return JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
}

/** What the test set says of a run, with and without averaging over mirror images. */
async function described(folder, validated, record) {
  const model = await loadModel(folder);
  const classes = model.classNames.length;
  const { temperature } = model.reliability.calibration;
  const probabilitiesWith = async (options) => {
    const classifier = await openClassifier(model, options);
    const { probabilities } = await classifier.answersOf(test);
    await classifier.close();
    return probabilities;
  };
  const probabilities = await probabilitiesWith({});
  const averaged = await probabilitiesWith({ testTimeAugmentation: ['flip'] });
  const calibrated = { probabilities: atTemperature(probabilities, classes, temperature), labels: test.labels };
  const accuracy = (all) => {
    let right = 0;
    for (let n = 0; n < test.count; n++) {
      if (argmax(all, n * classes, (n + 1) * classes) === test.labels[n]) right++;
    }
    return right / test.count;
  };
  if (accuracy(probabilities) !== record.testAccuracy)
    throw new Error(`${folder}: its accuracy is not that of run.json`);
  return {
    validationAccuracy: validated.history.at(-1).validationAccuracy,
    testAccuracy: record.testAccuracy,
    testAccuracyFlip: accuracy(averaged),
    temperature,
    calibrationError: equalMassCalibrationError(calibrated),
    loss: negativeLogLikelihood(calibrated),
    lossUncalibrated: record.testLoss,
    parameters: record.parameters,
    epochs: record.epochs,
    secondsPerEpoch: record.secondsPerEpoch,
    threads: record.engine.threads,
    curve: validated.history.map(({ validationAccuracy }) => validationAccuracy),
    weightsSha256: record.weightsSha256,
  };
}

function publish() {
  const machine = describeMachine();
  const names = [...new Set(results.map(({ recipe }) => recipe))];
  const rows = names.map((name) => {
    const own = results.filter(({ recipe }) => recipe === name);
    const mean = (key) => own.reduce((sum, one) => sum + one[key], 0) / own.length;
    const range = (key) => {
      const all = own.map((one) => one[key]);
      return own.length > 1 ? ` (${percent2(Math.min(...all))} to ${percent2(Math.max(...all))})` : '';
    };
    return [
      name,
      own[0].parameters.toLocaleString('en-US'),
      own[0].epochs,
      (secondsPerEpoch(own) * own[0].epochs).toFixed(1),
      own.length,
      percent2(mean('validationAccuracy')),
      percent2(mean('testAccuracy')) + range('testAccuracy'),
      percent2(mean('testAccuracyFlip')),
      percent2(mean('calibrationError')),
      mean('loss').toFixed(4),
    ];
  });
  const head = [
    'recipe',
    'parameters',
    'epochs',
    'training, s',
    'seeds',
    'validation',
    'test',
    'test, mirror images averaged',
    'calibration error',
    'loss',
  ];
  const text = `${table(head, rows)}\n\n${inWords(machine)}`;
  console.log(`\n${text}`);
  const folder = here(values.save ? '../results' : '../results/local');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'recipes.json'), `${JSON.stringify({ machine, results }, null, 2)}\n`);
  if (!values.save) return;
  fillIn(here('../../docs/recipes.md'), 'recipes', text);
  writeFileSync(here('../../docs/images/recipes.svg'), curvesPicture(results));
}

/** The median of the runs with the most threads: trainings that ran beside each other, on one thread each, tell no time. */
function secondsPerEpoch(runs) {
  const most = Math.max(...runs.map(({ threads }) => threads));
  return median(runs.filter(({ threads }) => threads === most).map((run) => run.secondsPerEpoch));
}

function percent2(share) {
  return `${(share * 100).toFixed(2)} %`;
}
