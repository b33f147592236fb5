import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomSequence, streams } from '../../dist/core/engine/random.js';
import { execute, root, withFolder } from './selvedge.mjs';

const kills = 3;
export const space = {
  trials: 20,
  round: 4,
  halving: { firstEpochs: 1, factor: 3 },
  settings: { epochs: 4, validation: 2000, limit: 8000 },
  network: [
    { type: 'input', shape: [28, 28, 1] },
    { type: 'conv2d', filters: '$width', kernelSize: 3, strides: 2, activation: 'relu' },
    { type: 'conv2d', filters: '$width * 2', kernelSize: 3, strides: 2, activation: 'relu' },
    { type: 'flatten' },
    { type: 'dropout', rate: 0.3 },
    { type: 'dense', units: 10, activation: 'softmax' },
  ],
  parameters: {
    learningRate: { low: 0.0003, high: 0.1, log: true },
    batchSize: { low: 16, high: 128, step: 16 },
    optimizer: ['adam', 'adamW', 'sgd'],
    width: { low: 4, high: 16, step: 4 },
  },
};

/** A sweep of 20 short trials on Fashion-MNIST: with one trial at once, with two, and with two and SIGKILLs at random moments. */
export const sweepKills = {
  promise: `a sweep of 20 trials gives the same table with 1 and 2 trials at once, and after ${kills} SIGKILLs at random moments`,
  measure: ({ quick }) =>
    withFolder(async (folder) => {
      const file = join(folder, 'space.yaml');
      const settings = { ...space.settings, ...(quick && { limit: 3000, validation: 500 }) };
      writeFileSync(file, JSON.stringify({ ...space, settings, trials: quick ? 6 : space.trials }));
      const sweep = (out, parallel) => [
        ...['dist/node/cli/main.js', 'sweep', file, '--out', join(folder, out)],
        ...['--parallel', String(parallel), '--checkpoint-seconds', '1'],
      ];
      const began = performance.now();
      await execute(process.execPath, sweep('one', 1));
      const duration = performance.now() - began;
      await execute(process.execPath, sweep('two', 2));

      const random = randomSequence(1, streams.inspection, 0);
      const details = [];
      for (let kill = 1; kill <= kills; kill++) {
        const child = spawn(process.execPath, sweep('killed', 2), { cwd: root, stdio: 'ignore' });
        const ended = new Promise((resolve) => child.on('close', (_, signal) => resolve(signal)));
        // Each life does about a quarter of the work of two trials at once, at the most.
        const life = Math.round(1000 + random.float() * (duration / 8));
        await sleep(life);
        child.kill('SIGKILL');
        if ((await ended) !== 'SIGKILL') throw new Error(`the sweep was over before kill ${kill}`);
        const lines = readFileSync(join(folder, 'killed', 'journal.jsonl'), 'utf8').split('\n').length - 1;
        details.push(`kill ${kill} after ${life} ms: ${lines} lines in the journal`);
      }
      await execute(process.execPath, sweep('killed', 2));
      const [one, two, killed] = ['one', 'two', 'killed'].map((name) => tableIn(join(folder, name)));
      const { trials, best } = JSON.parse(one);
      details.push(`${trials.length} trials, the best is trial ${best} with ${trials[best].value}`);
      const same = [two, killed].map((table) => table === one);
      return {
        figure: `two trials at once: ${same[0] ? 'the same table' : 'ANOTHER TABLE'}; killed ${kills} times: ${same[1] ? 'the same table' : 'ANOTHER TABLE'}`,
        passes: same.every(Boolean),
        details,
      };
    }),
};

/** A sweep's result without times and places, with the weights of the runs that were trained to their end. */
export function tableIn(folder) {
  const { trials, ...rest } = JSON.parse(readFileSync(join(folder, 'sweep.json'), 'utf8'));
  const table = trials.map(({ seconds, command, ...trial }) => ({
    ...trial,
    weights:
      trial.status === 'complete' &&
      JSON.parse(readFileSync(join(folder, trial.folder, 'run.json'), 'utf8')).weightsSha256,
  }));
  return JSON.stringify({ ...rest, trials: table });
}
