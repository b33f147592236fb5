import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { execute, root, subset, withFolder } from './selvedge.mjs';

export const freshClone = {
  promise:
    'in a fresh clone, a clean home and an empty cache, `npm ci && npm start` succeeds with the published bits; its time is stated',
  measure: ({ quick }) =>
    withFolder(async (folder) => {
      const [clone, home] = [join(folder, 'clone'), join(folder, 'home')];
      mkdirSync(home);
      await execute('git', ['clone', '--quiet', '--no-local', root, clone]);
      // What npm run verify's npm says about itself, and where caches are, must not reach the newcomer's.
      const foreign = /^(npm_|XDG_|INIT_CWD$|NODE_OPTIONS$)/i;
      const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
      const options = { cwd: clone, env: { ...env, HOME: home } };
      const began = performance.now();
      await execute('npm', ['ci'], options);
      const installed = performance.now();
      const output = await execute(
        'npm',
        ['start', ...(quick ? ['--', '--data', subset, '--epochs', '1'] : [])],
        options,
      );
      const ended = performance.now();
      const page = /^report +(.*)$/.exec(output.trimEnd().split('\n').at(-1))?.[1];
      const details = [];
      if (page === undefined || !existsSync(page)) details.push('npm start did not end with the report that it wrote');
      if (!quick && !output.includes('identical to the published ones')) {
        details.push('npm start did not report that the weights are the published ones');
      }
      const seconds = (from, to) => `${((to - from) / 1000).toFixed(0)} s`;
      return {
        figure: `npm ci ${seconds(began, installed)}, npm start ${seconds(installed, ended)}, together ${seconds(began, ended)}`,
        passes: details.length === 0,
        details,
      };
    }),
};
