// Sweeps of a small network on Fashion-MNIST: npm run build && node bench/tuning/real.mjs [--save] [--quick] [--data DIR] [--keep DIR].
// Over five seeds of the sweep: TPE against random search, and successive halving against random search of whole trials, all on
// validation images. It takes hours. With --keep it goes on where it was interrupted, as its sweeps do. Figures go to
// bench/results/tuning.json with --save.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { digits, median, table } from '../lib/figures.mjs';
import { describeMachine } from '../lib/machine.mjs';
import { execute } from '../verify/selvedge.mjs';
import { medianWithInterval, verdict } from './statistics.mjs';

const { values } = parseArgs({
  options: {
    ...{ save: { type: 'boolean' }, quick: { type: 'boolean' } },
    ...{ data: { type: 'string' }, keep: { type: 'string' } },
  },
});
const seeds = values.quick ? [0] : [0, 1, 2, 3, 4];
const network = [
  { type: 'input', shape: [28, 28, 1] },
  { type: 'conv2d', filters: '$width', kernelSize: 3, strides: 2, useBias: false },
  { type: 'batchNormalization' },
  { type: 'relu' },
  { type: 'conv2d', filters: '$width * 2', kernelSize: 3, strides: 2, useBias: false },
  { type: 'batchNormalization' },
  { type: 'relu' },
  { type: 'flatten' },
  { type: 'dropout', rate: '$dropout' },
  { type: 'dense', units: 10, activation: 'softmax' },
];
const common = {
  network,
  settings: values.quick ? { limit: 2000, validation: 500, epochs: 9 } : { limit: 12000, validation: 2000, epochs: 9 },
  parameters: {
    learningRate: { low: 0.0001, high: 0.1, log: true },
    batchSize: { low: 32, high: 512, step: 32 },
    optimizer: ['adam', 'adamW', 'sgd'],
    momentum: { low: 0, high: 0.95 },
    schedule: ['constant', 'linear', 'cosine'],
    labelSmoothing: { low: 0, high: 0.2 },
    width: { low: 4, high: 24, step: 4 },
    dropout: { low: 0, high: 0.5 },
  },
};
const halving = { firstEpochs: 1, factor: 3 };
const trials = values.quick ? 9 : 40;
/**
 * What takes half the epochs of whole trials at the most. Of n trials each is trained for 1 epoch, a third for 2 more, a ninth for 6 more;
 * early promotions, from few results, make that up to 3 epochs a trial.
 */
const halved = Math.floor((trials * 9) / 2 / 3);
const sweeps = {
  random: { sampler: 'random', trials },
  tpe: { sampler: 'tpe', trials },
  'random, halving': { sampler: 'random', trials: halved, halving },
  'tpe, halving': { sampler: 'tpe', trials: halved, halving },
};

/** The best whole trial, with the epochs that all trials took, and the median seconds of a whole trial. */
async function search(name, seed, folder) {
  const place = join(folder, `${name.replace(/\W+/g, '-')}-${seed}`);
  mkdirSync(place, { recursive: true });
  const file = join(place, 'space.yaml');
  writeFileSync(file, JSON.stringify({ ...common, ...sweeps[name], seed }));
  const data = values.data === undefined ? [] : ['--data', values.data];
  const out = join(place, 'sweep');
  await execute(process.execPath, ['dist/node/cli/main.js', 'sweep', file, '--out', out, ...data]);
  const result = JSON.parse(readFileSync(join(out, 'sweep.json'), 'utf8'));
  const whole = result.trials.filter(({ status }) => status === 'complete');
  return {
    ...{ name, seed },
    accuracy: result.trials[result.best].value,
    epochs: result.trials.reduce((sum, { curve }) => sum + curve.length, 0),
    secondsOfWholeTrial: median(whole.map(({ seconds }) => seconds)),
  };
}

const machine = describeMachine();
const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'selvedge-tuning-'));
const runs = [];
for (const seed of seeds) for (const name of Object.keys(sweeps)) runs.push(await search(name, seed, folder));
if (values.keep === undefined) rmSync(folder, { recursive: true });

const of = (name) => runs.filter((run) => run.name === name);
const errors = (name) => of(name).map(({ accuracy }) => 1 - accuracy);
const rows = Object.keys(sweeps).map((name) => {
  const { median: middle, low, high } = medianWithInterval(errors(name));
  return {
    ...{ name, error: middle, low, high, epochs: median(of(name).map(({ epochs }) => epochs)) },
    againstRandom: name === 'random' ? null : verdict(errors(name), errors('random')),
    reached: of(name).filter(({ accuracy, seed }) => accuracy >= of('random').find((one) => one.seed === seed).accuracy)
      .length,
  };
});
console.log(
  table(
    ['sweep', 'epochs', 'validation error, %', 'against random', 'reaches its accuracy'],
    rows.map(({ name, epochs, error, low, high, againstRandom, reached }) => [
      name,
      epochs,
      `${digits(error * 100)} (${digits(low * 100)} to ${digits(high * 100)})`,
      againstRandom ?? '',
      `${reached} of ${seeds.length}`,
    ]),
  ),
);
if (values.save) {
  const file = { name: 'tuning', quick: values.quick ?? false, machine, common, sweeps, rows, runs };
  writeFileSync(new URL('../results/tuning.json', import.meta.url), `${JSON.stringify(file, null, 1)}\n`);
}
