import { statSync } from 'node:fs';
import { join } from 'node:path';
import { execute, subset, train, withFolder } from './selvedge.mjs';

const bars = { whole: 90, quick: 15, megabytes: 8 };

/** `--model MODEL` spares the training. */
export const report = {
  promise: `the report of an inspection takes at most ${bars.whole} s, with --quick ${bars.quick} s, and its page has at most ${bars.megabytes} MB; of the trained reference network`,
  measure: ({ model, quick }) =>
    withFolder(async (folder) => {
      const small = quick ? ['--limit', '200', '--epochs', '1', '--data', subset] : [];
      const path = model ?? (await train([...small, '--out', join(folder, 'run')])).model;
      const inspect = async (...options) => {
        const began = performance.now();
        const out = join(folder, `report${options.join('')}`);
        const data = quick ? ['--data', subset] : [];
        const args = ['inspect', path, '--out', out, ...data, ...options];
        await execute(process.execPath, ['dist/node/cli/main.js', ...args]);
        return { seconds: (performance.now() - began) / 1000, bytes: statSync(join(out, 'index.html')).size };
      };
      const short = await inspect('--quick');
      const quickly = `with --quick ${short.seconds.toFixed(1)} s`;
      if (quick) return { figure: quickly, passes: short.seconds <= bars.quick, unmeasured: 'the whole report' };
      const whole = await inspect();
      const megabytes = whole.bytes / 1e6;
      return {
        figure: `${whole.seconds.toFixed(1)} s, ${quickly}, ${megabytes.toFixed(1)} MB (whole process)`,
        passes: whole.seconds <= bars.whole && short.seconds <= bars.quick && megabytes <= bars.megabytes,
      };
    }),
};
