import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createExplainer } from '../../dist/core/inspection/attribution/explainer.js';
import { loadDataset } from '../../dist/node/datasets/fashionMnist.js';
import { nodeEngine } from '../../dist/node/engine.js';
import { loadModel } from '../../dist/node/models.js';
import { execute, root, subset, train, withFolder } from './selvedge.mjs';
import { heldBy } from './testFiles.mjs';

const pictures = 20;
const completenessPictures = 100;
const python = process.env['PYTHON'] ?? 'python3';
const comparison = 'src/core/inspection/attribution/captum.test.ts';
const oracles = 'src/core/inspection/attribution/oracles.test.ts';

/** The worst completeness error, as a share of what is allowed: 1 % of F(x) − F(black) or 0.01, whichever is larger. */
async function completeness(path, { images, labels }) {
  const { network, parameters } = await loadModel(path);
  const explainer = await createExplainer({ network, parameters, engine: await nodeEngine(), threads: 2, seed: 0 });
  const size = images.length / labels.length;
  const x = Float32Array.from(images.subarray(0, completenessPictures * size), (pixel) => pixel / 255);
  let worst = 0;
  for (let n = 0; n < completenessPictures; n++) {
    const place = { method: 'integratedGradients', layer: null };
    const [map] = await explainer.attribute(place, x.subarray(n * size, (n + 1) * size), [labels[n]]);
    const { error, difference } = map.completeness;
    worst = Math.max(worst, error / Math.max(0.01 * Math.abs(difference), 0.01));
  }
  await explainer.close();
  return worst;
}

/**
 * The committed fixture is of a small network. Where Captum is at hand (PYTHON names an interpreter that has it), the network
 * `seed` is compared as well. `--model MODEL` spares the training.
 */
export const attribution = {
  promise: `maps within 0.001 of each one's maximum of Captum's on ${pictures} test images, worked examples to 1e-4; integrated gradients complete to 1 % or 0.01 on ${completenessPictures}`,
  measure: ({ quick, model }) =>
    withFolder(async (folder) => {
      const data = quick ? ['--data', subset] : [];
      const out = join(folder, 'run');
      const path = model ?? (await train([...data, ...(quick ? ['--epochs', '1'] : []), '--out', out])).model;
      const { test } = await loadDataset(quick ? { folder: subset } : {});
      const worst = await completeness(path, test);

      const parts = [await heldBy('', [comparison, oracles]).measure()];
      const captum = await execute(python, ['-c', 'import captum.attr'], { stdio: ['ignore', 'pipe', 'ignore'] }).then(
        () => true,
        () => false,
      );
      if (captum) {
        copyFileSync(path, join(folder, 'model.safetensors'));
        writeFileSync(join(folder, 'images.u8'), test.images.subarray(0, (pictures * test.images.length) / test.count));
        await execute(python, [join(root, 'test/fixtures/inspection/make_attributions.py'), folder]);
        process.env['SELVEDGE_ATTRIBUTIONS'] = folder;
        parts.push(await heldBy('', [comparison]).measure());
        delete process.env['SELVEDGE_ATTRIBUTIONS'];
      }
      const compared = captum ? `on this model ${parts[1].figure}; ` : '';
      return {
        figure: `${parts[0].figure}; ${compared}worst completeness error ${(worst * 100).toFixed(0)} % of what is allowed`,
        passes: parts.every(({ passes }) => passes) && worst <= 1,
        unmeasured: captum ? undefined : `this model against Captum, since ${python} has no captum`,
        details: parts.flatMap(({ details }) => details),
      };
    }),
};
