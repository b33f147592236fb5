import { join } from 'node:path';
import { drawPhotos } from '../transfer/drawnPhotos.mjs';
import { execute, train, withFolder } from './selvedge.mjs';

const mostMinutes = 5;

export const photoReport = {
  promise: `selvedge inspect of a model with pictures of 96 × 96 × 3, efficientnet-lite0 with a head of ten classes: at most ${mostMinutes} minutes`,
  measure: ({ quick }) =>
    withFolder(async (folder) => {
      const source = join(folder, 'photos');
      await drawPhotos(source, quick ? 12 : 100);
      process.env['XDG_CACHE_HOME'] = join(folder, 'cache');
      const { run } = await train(['--data', source, '--from', 'efficientnet-lite0', '--out', join(folder, 'run')]);
      const began = performance.now();
      const options = ['--data', source, '--json', ...(quick ? ['--quick'] : [])];
      await execute(process.execPath, ['dist/node/cli/main.js', 'inspect', run, ...options]);
      const seconds = (performance.now() - began) / 1000;
      return { figure: `${seconds.toFixed(0)} s`, passes: seconds <= mostMinutes * 60 };
    }),
};
