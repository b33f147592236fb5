import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execute, percent, root, subset, train, withFolder } from './selvedge.mjs';

/** `--model MODEL` spares the training. */
export const roundTrip = {
  promise:
    "1,000 test pictures sent back through the conversion as product photos: their accuracy stands in the README beside the direct one's",
  measure: ({ quick, model }) =>
    withFolder(async (folder) => {
      const data = quick ? ['--data', subset] : [];
      const out = join(folder, 'run');
      const path = model ?? (await train([...data, ...(quick ? ['--epochs', '1'] : []), '--out', out])).model;
      const words = ['bench/photoRoundTrip/run.mjs', ...data, '--count', quick ? '100' : '1000', '--model', path];
      const { pictures, refused, directAccuracy, returnedAccuracy } = JSON.parse(
        await execute(process.execPath, words),
      );
      const [direct, returned] = [percent(directAccuracy, 1), percent(returnedAccuracy, 1)];
      const readme = existsSync(join(root, 'README.md')) ? readFileSync(join(root, 'README.md'), 'utf8') : '';
      // Spaces may be of any kind, and the accuracies must be those of this sentence.
      const sentence = `are classified with an accuracy of ${returned}; unchanged, with ${direct}`;
      const stated = readme.replaceAll(/\s+/g, ' ').includes(sentence);
      return {
        figure: `${returned} of ${pictures} pictures right, ${direct} directly, ${refused} refused`,
        passes: stated,
        details: stated ? [] : [`README.md does not say "${sentence}"`],
      };
    }),
};
