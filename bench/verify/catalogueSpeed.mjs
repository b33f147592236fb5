import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execute, train, withFolder } from './selvedge.mjs';

const most = { seconds: 300, megabytes: 1500, p50: 10, p99: 50, ratio: 1.1 };
const leastRecall = 0.97;
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

export const catalogueSpeed = {
  promise:
    '70,000 products: imported to a folder in ≤ 5 min and 1.5 GB, on a server with two workers in ≤ 1.1 of that; similar items over HTTP p50 ≤ 10 ms, p99 ≤ 50 ms; approximate index recall@10 ≥ 0.97 at p50 ≤ 10 ms',
  async measure({ quick, model }) {
    return withFolder(async (folder) => {
      const run = model ?? join(folder, 'run');
      if (!model) {
        await train(['--out', run, '--validation', '5000', ...(quick ? ['--limit', '6000', '--epochs', '1'] : [])]);
      }
      const out = join(folder, 'speed.json');
      const database = process.env['SELVEDGE_TEST_DATABASE'];
      await execute(process.execPath, [
        'bench/catalogue/speed.mjs',
        ...['--model', run, '--out', out, '--products', quick ? '3000' : '70000'],
        ...(database ? ['--database', database] : []),
      ]);
      const { folder: imports, server, exact, recall } = JSON.parse(readFileSync(out, 'utf8'));
      const seconds = median(imports.map((one) => one.seconds));
      const peak = Math.max(...imports.map((one) => one.peak));
      const ratio = server.length > 0 ? median(server.map((one) => one.seconds)) / seconds : undefined;
      return {
        figure: `${seconds.toFixed(0)} s, ${peak.toFixed(0)} MB${ratio === undefined ? '' : `, server ${ratio.toFixed(2)} of it`}; exact ${exact.p50.toFixed(1)} and ${exact.p99.toFixed(1)} ms; index ${recall.recall.toFixed(4)} at ${recall.indexMs.p50.toFixed(1)} ms`,
        passes:
          seconds <= most.seconds &&
          peak <= most.megabytes &&
          (ratio === undefined || ratio <= most.ratio) &&
          exact.p50 <= most.p50 &&
          exact.p99 <= most.p99 &&
          recall.recall >= leastRecall &&
          recall.indexMs.p50 <= most.p50,
        ...(database ? {} : { unmeasured: 'a PostgreSQL server, which SELVEDGE_TEST_DATABASE names' }),
      };
    });
  },
};
