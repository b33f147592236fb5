import { join } from 'node:path';
import { subset, train, withFolder } from './selvedge.mjs';

const bar = 60;

export const epochOneCore = {
  promise: `one epoch of the reference network on 60,000 images takes at most ${bar} s on one core`,
  measure: ({ quick }) =>
    withFolder(async (folder) => {
      const options = ['--epochs', '1', '--threads', '1', '--out', join(folder, 'run')];
      const { secondsPerEpoch, dataset } = await train(quick ? [...options, '--data', subset] : options);
      return {
        figure: `${secondsPerEpoch.toFixed(1)} s for ${dataset.trainImages} images`,
        passes: secondsPerEpoch <= bar,
      };
    }),
};
