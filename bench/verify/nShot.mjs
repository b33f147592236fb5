import { counts, openShots, seeds } from '../transfer/shots.mjs';
import { accuraciesOf, aheadBy, meanOf } from '../transfer/tables.mjs';

/** What others measured with the same backbone (112 features, pictures of 64 × 64) and logistic regression, in percent. */
const expected = { 1: 52.5, 5: 70.0, 10: 74.8, 100: 83.1 };
const tolerance = 1.5;
const aheadAt = [1, 5, 10];

export const nShot = {
  promise: `${counts.join(', ')} images of each class, ${seeds.length} seeds, whole test set: pretrained features at most ${tolerance} points below ${Object.values(expected).join(', ')} %, and ahead of training from scratch at ${aheadAt.join(', ')}`,
  async measure({ quick }) {
    const ways = await openShots();
    const results = [];
    for (const seed of quick ? [0] : seeds) {
      for (const n of quick ? [1, 5] : counts) {
        for (const way of ['pretrained', 'scratch', 'fineTuned']) {
          results.push({ way, n, seed, accuracy: await ways[way](n, seed) });
        }
      }
    }
    const measured = counts.filter((n) => accuraciesOf(results, 'pretrained', n).length > 0);
    const percent = (way, n) => 100 * meanOf(results, way, n);
    return {
      figure: measured.map((n) => `${percent('pretrained', n).toFixed(1)} %`).join(', '),
      passes:
        measured.every((n) => percent('pretrained', n) >= expected[n] - tolerance) &&
        aheadAt.every((n) => !measured.includes(n) || percent('pretrained', n) > percent('scratch', n)),
      details: measured.map(
        (n) =>
          `${n}: features − scratch ${aheadBy(results, 'pretrained', 'scratch', n)}, fine-tuned − features ${aheadBy(results, 'fineTuned', 'pretrained', n)} points`,
      ),
    };
  },
};
