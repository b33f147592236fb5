import { join } from 'node:path';
import { measureQuality } from '../catalogue/quality.mjs';
import { compared, meanOf } from '../catalogue/qualityTables.mjs';
import { root } from './selvedge.mjs';

const percent = (share) => `${(100 * share).toFixed(1)} %`;
/** What an embedding is served for: retrieval within classes that the network has not seen. */
const baselines = ['pixels', 'pca', 'hog', 'random', 'backbone', 'predicted label'];

export const retrieval = {
  promise:
    'on classes that the network was not trained on, five class splits: the served embedding’s mAP@R above that of pixels, PCA, HOG, random and ImageNet features and of the predicted label',
  async measure({ quick }) {
    const results = await measureQuality({ runs: join(root, 'runs/catalogue'), ...(quick && { seeds: [0] }) });
    const of = (embedding) => meanOf(results, 'held', embedding, 'mapAtR');
    const served = of(compared);
    return {
      figure: `${percent(served)}; ${baselines.map((name) => `${name} ${percent(of(name))}`).join(', ')}`,
      passes: baselines.every((name) => served > of(name)),
    };
  },
};
