import { randomSequence } from '../../dist/core/engine/random.js';
import { findLabelErrors } from '../../dist/core/evaluation/labelErrors/labelErrors.js';
import { outOfFold } from '../../dist/core/evaluation/labelErrors/outOfFold.js';
import { builtinNetwork } from '../../dist/core/graph/builtin.js';
import { loadDataset } from '../../dist/node/datasets/fashionMnist.js';
import { nodeEngine } from '../../dist/node/engine.js';
import { readRecipe } from '../../dist/node/recipes.js';
import { availableThreads } from '../../dist/node/workers/available.js';

const least = 0.7;
const share = 0.02;
/** Of no stream that the program draws from. */
const stream = 0xf000_0000;
const percent = (value) => `${(value * 100).toFixed(1)} %`;

/** Labels of which `share` are replaced by another class, and which ones were. */
function withWrongLabels(labels, classes, seed) {
  const random = randomSequence(seed, stream, 0);
  const wrong = new Set();
  const changed = Uint32Array.from(labels);
  while (wrong.size < Math.round(labels.length * share)) {
    const index = random.below(labels.length);
    if (wrong.has(index)) continue;
    wrong.add(index);
    changed[index] = (labels[index] + 1 + random.below(classes - 1)) % classes;
  }
  return { changed, wrong };
}

export const labelErrors = {
  promise: `2 % of the training labels replaced: precision and recall of the list of label errors at its top 2 %, seeds 0 to 2, each at least ${least}`,
  async measure({ quick }) {
    const data = await loadDataset({});
    const engine = await nodeEngine();
    const { settings, network } = await readRecipe('fast');
    const limit = quick ? 6000 : null;
    const images = limit ?? data.train.count;
    const details = [];
    const all = [];
    for (const seed of quick ? [0] : [0, 1, 2]) {
      const labels = data.train.labels.subarray(0, images);
      const { changed, wrong } = withWrongLabels(labels, data.classNames.length, seed);
      const known = new Uint32Array(data.train.count);
      known.set(changed);
      const { probabilities } = await outOfFold({ ...data, train: { ...data.train, labels: known } }, engine, {
        ...settings,
        network: builtinNetwork(network),
        seed,
        limit,
        folds: 5,
        threads: availableThreads(),
        clock: () => performance.now(),
      });
      const { errors } = findLabelErrors({ probabilities, labels: changed, classes: data.classNames.length });
      const top = errors.slice(0, wrong.size);
      const found = top.filter(({ index }) => wrong.has(index));
      const right = found.filter(({ index, suggested }) => suggested === labels[index]).length;
      const precision = found.length / top.length;
      const recall = found.length / wrong.size;
      all.push(precision, recall);
      details.push(
        `seed ${seed}: precision ${percent(precision)}, recall ${percent(recall)}; ${percent(right / found.length)} of those found have their true class as the suggestion; ${errors.length} labels listed`,
      );
    }
    return { figure: `at least ${percent(Math.min(...all))}`, passes: Math.min(...all) >= least, details };
  },
};
