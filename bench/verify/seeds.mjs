import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mean, percent, root, subset, train, withFolder } from './selvedge.mjs';

const five = [0, 1, 2, 3, 4];
const leastMean = 0.89;
const farthest = 0.004;

/** Seeds fixed beforehand, all defaults; scored on the test set at the end of each training. */
export const seeds = {
  promise: `mean test accuracy over seeds 0 to 4 is at least ${percent(leastMean, 1)}, and within ${farthest * 100} points of an independent framework's`,
  measure: ({ quick }) =>
    withFolder(async (folder) => {
      const runs = [];
      for (const seed of quick ? five.slice(0, 2) : five) {
        const options = ['--seed', String(seed), '--out', join(folder, String(seed))];
        runs.push(await train(quick ? [...options, '--data', subset, '--epochs', '1'] : options));
      }
      const torch = JSON.parse(readFileSync(join(root, 'bench/seeds/torch.json'), 'utf8'));
      const ours = mean(runs.map(({ testAccuracy }) => testAccuracy));
      const theirs = mean(torch.runs.map(({ testAccuracy }) => testAccuracy));
      const table = asTable(runs);
      const record = `${JSON.stringify(asRecord(runs), null, 2)}\n`;
      const target = quick ? folder : join(root, 'bench/seeds');
      writeFileSync(join(target, 'selvedge.json'), record);
      writeFileSync(join(target, 'selvedge.md'), table);
      return {
        figure: `mean ${percent(ours)}; ${torch.framework}'s over ${torch.runs.length} seeds ${percent(theirs)}, ${(Math.abs(ours - theirs) * 100).toFixed(2)} points apart`,
        passes: ours >= leastMean && Math.abs(ours - theirs) <= farthest && torch.runs.length >= runs.length,
        details: table.trimEnd().split('\n'),
      };
    }),
};

function asRecord(runs) {
  const [{ engine, configuration, network, machine }] = runs;
  const { seed: _, ...settings } = configuration;
  return {
    framework: 'selvedge',
    version: engine.selvedge,
    wasmSha256: engine.wasmSha256,
    threads: engine.threads,
    machine,
    settings: { network: network.name, ...settings },
    runs: runs.map((run) => ({
      seed: run.configuration.seed,
      testAccuracy: run.testAccuracy,
      testLoss: run.testLoss,
      trainAccuracy: run.trainAccuracy,
      trainAccuracyEvaluated: run.trainAccuracyEvaluated,
      secondsPerEpoch: run.secondsPerEpoch,
      weightsSha256: run.weightsSha256,
      epochs: run.history.map(({ accuracy, loss }) => ({ accuracy, loss })),
    })),
  };
}

function asTable(runs) {
  const [{ engine, configuration, network }] = runs;
  const columns = [
    ['test accuracy', (run) => percent(run.testAccuracy)],
    ['test loss', (run) => run.testLoss.toFixed(4)],
    ['training accuracy, dropout on', (run) => percent(run.trainAccuracy)],
    ['training accuracy, dropout off', (run) => percent(run.trainAccuracyEvaluated)],
  ];
  const average = Object.fromEntries(
    ['testAccuracy', 'testLoss', 'trainAccuracy', 'trainAccuracyEvaluated'].map((name) => [
      name,
      mean(runs.map((run) => run[name])),
    ]),
  );
  const rows = [
    ['seed', ...columns.map(([title]) => title)],
    ['----', ...columns.map(([title]) => '-'.repeat(title.length))],
    ...runs.map((run) => [String(run.configuration.seed), ...columns.map(([, cell]) => cell(run))]),
    ['mean', ...columns.map(([, cell]) => cell(average))],
  ];
  const widths = rows[0].map((title) => title.length);
  const lines = rows.map((row) => `| ${row.map((cell, i) => cell.padEnd(Math.max(4, widths[i]))).join(' | ')} |`);
  return `Selvedge ${engine.selvedge}, ${network.name} network, ${configuration.epochs} epochs, batches of ${configuration.batchSize}, all defaults; ${engine.threads} threads; kernels ${engine.wasmSha256.slice(0, 12)}.
Scored on the test set after the last epoch.

${lines.join('\n')}
`;
}
