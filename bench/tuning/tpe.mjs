// TPE against random search on functions of known minima: npm run build && node bench/tuning/tpe.mjs [--save] [--quick].
// Figures go to bench/results/tpe.json with --save, and their table is printed for docs/tuning.md.
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { suggest } from '../../dist/core/tuning/samplers.js';
import { digits, table } from '../lib/figures.mjs';
import { describeMachine } from '../lib/machine.mjs';
import { functions } from './functions.mjs';
import { medianWithInterval, verdict } from './statistics.mjs';

const { values } = parseArgs({ options: { save: { type: 'boolean' }, quick: { type: 'boolean' } } });
const seeds = values.quick ? 3 : 20;
const budgets = [30, 60, 100];
/** Trials of a round get their suggestions at once, as in a sweep. */
const round = 4;
const tpe = { kind: 'tpe', startupTrials: 10, candidates: 24 };
const samplers = {
  random: { kind: 'random' },
  'tpe, multivariate': { ...tpe, multivariate: true },
  'tpe, independent': { ...tpe, multivariate: false },
};

/** The least value after a number of trials. */
function search(sampler, { parameters, of }, seed) {
  const known = [];
  const best = {};
  const trials = Math.max(...budgets);
  while (known.length < trials) {
    const pending = [];
    while (pending.length < round && known.length + pending.length < trials) {
      const observations = [...known, ...pending];
      const number = observations.length;
      const point = suggest(sampler, { seed, number, trials, parameters, observations });
      pending.push({ parameters: point, loss: null, isComplete: false, epochs: 0 });
    }
    known.push(...pending.map((one) => ({ ...one, loss: of(one.parameters), isComplete: true, epochs: 1 })));
    for (const budget of budgets) {
      best[budget] ??= known.length >= budget ? Math.min(...known.slice(0, budget).map(({ loss }) => loss)) : undefined;
    }
  }
  return best;
}

const machine = describeMachine();
const results = [];
for (const [name, one] of Object.entries(functions)) {
  const runs = Object.fromEntries(
    Object.entries(samplers).map(([sampler, its]) => [
      sampler,
      Array.from({ length: seeds }, (_, seed) => search(its, one, seed)),
    ]),
  );
  for (const budget of budgets) {
    const of = (sampler) => runs[sampler].map((best) => best[budget]);
    results.push({
      ...{ function: name, label: one.label, trials: budget },
      samplers: Object.fromEntries(
        Object.keys(samplers).map((sampler) => [
          sampler,
          {
            ...medianWithInterval(of(sampler)),
            againstRandom: sampler === 'random' ? null : verdict(of(sampler), of('random')),
            values: of(sampler),
          },
        ]),
      ),
    });
  }
}
const cell = ({ median, low, high, againstRandom }) =>
  `${digits(median)} (${digits(low)} to ${digits(high)})${againstRandom === null ? '' : `, ${againstRandom}`}`;
console.log(
  table(
    ['function', 'trials', ...Object.keys(samplers)],
    results.map((row) => [row.label, row.trials, ...Object.keys(samplers).map((name) => cell(row.samplers[name]))]),
  ),
);
if (values.save) {
  const folder = new URL('../results/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  const file = { name: 'tpe', quick: values.quick ?? false, machine, seeds, round, results };
  writeFileSync(new URL('tpe.json', folder), `${JSON.stringify(file, null, 1)}\n`);
}
