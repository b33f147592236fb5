import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { builtinNetwork } from '../../src/core/graph/builtin.ts';
import { loadDataset } from '../../src/node/datasets/fashionMnist.ts';
import { readRecipe, recipeNames } from '../../src/node/recipes.ts';
import { ask, chromium, needsBrowser } from '../browser/browsers.ts';
import { type PageSums, type Run, sumsInNode } from '../browser/weights.ts';

const seconds = 900;
const steps = 200;
let data: Awaited<ReturnType<typeof loadDataset>>;
beforeAll(async () => {
  data = await loadDataset();
});

describe.each(recipeNames)(`the first ${steps} steps of the recipe %s`, (name) => {
  test('give the same weights on 1, 2, 3 and 4 threads, in Node and in Chromium', {
    timeout: 2 * seconds * 1000,
  }, async (context) => {
    needsBrowser(context, chromium);
    const { settings, network } = await readRecipe(name);
    const { batchSize = 300, epochs = 5 } = settings;
    const runs = [1, 2, 3, 4].map(
      (threads): Run => ({
        ...settings,
        network: builtinNetwork(network ?? 'reference'),
        threads,
        batchSize,
        epochs,
        seed: 0,
        stopAfter: steps,
      }),
    );
    const { weights } = await sumsInNode(data, runs);
    expect(weights).toEqual(runs.map(() => weights[0]));
    const folder = pathToFileURL(`${data.folder}/`);
    const page = await ask<PageSums>(chromium, { name: 'weights', runs }, { isolated: true, data: folder, seconds });
    expect(page.error).toBeUndefined();
    expect(page.weights).toEqual(weights);
  });
});
