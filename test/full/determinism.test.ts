import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { loadDataset } from '../../src/node/datasets/fashionMnist.ts';
import { ask, chromium, needsBrowser } from '../browser/browsers.ts';
import { type PageSums, type Run, sumsInNode } from '../browser/weights.ts';

const seconds = 600;

test('one epoch of all 60,000 images gives the same weights on 1, 2, 3 and 4 threads, in Node and in Chromium', {
  timeout: 2 * seconds * 1000,
}, async (context) => {
  needsBrowser(context, chromium);
  const data = await loadDataset();
  const runs = [1, 2, 3, 4].map((threads): Run => ({ threads, batchSize: 300, epochs: 1, seed: 0 }));
  const node = await sumsInNode(data, runs);
  const [weights] = node.weights;
  const same = [weights, weights, weights, weights];
  expect(node.weights).toEqual(same);
  const stated = readFileSync(new URL('../../docs/determinism.md', import.meta.url), 'utf8');
  expect(stated).toContain(`1 epoch in batches of 300, seed 0; in every row\n\`${weights}\``);
  const folder = pathToFileURL(`${data.folder}/`);
  const page = await ask<PageSums>(chromium, { name: 'weights', runs }, { isolated: true, data: folder, seconds });
  expect(page.error).toBeUndefined();
  expect(page.weights).toEqual(same);
  expect(page.probabilities).toBe(node.probabilities);
});
