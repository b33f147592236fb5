import { expect, it } from 'vitest';
import { imagesInMemory } from '../../src/core/data/images.ts';
import { outOfFold } from '../../src/core/evaluation/labelErrors/outOfFold.ts';
import type { LayerSpec } from '../../src/core/graph/spec.ts';
import { nodeEngine } from '../../src/node/engine.ts';

/** Noise, whose labels can only be learnt by heart. */
const images = 60;
const size = 8;
const noise = Uint8Array.from({ length: images * size * size }, (_, i) => Math.imul(i + 1, 2_654_435_761) >>> 24);
const labels = Uint32Array.from({ length: images }, (_, n) => (Math.imul(n + 7, 40_503) >>> 5) & 1);
const set = imagesInMemory(noise, labels, { height: size, width: size, channels: 1 });
const data = { name: 'noise', classNames: ['zero', 'one'], train: set, test: set };
const network: LayerSpec[] = [
  { type: 'input', shape: [size, size, 1] },
  { type: 'flatten' },
  { type: 'dense', units: 64, activation: 'relu' },
  { type: 'dense', units: 2, activation: 'softmax' },
];

it('no image is judged by a model that was trained on it: noise labels are guessed, less than 75 % of them right', async () => {
  const settings = { network, epochs: 60, batchSize: 10, learningRate: 0.01, seed: 0, threads: 1 };
  const started: number[] = [];
  const { probabilities, losses, foldOf } = await outOfFold(data, await nodeEngine(), {
    ...settings,
    folds: 4,
    clock: () => performance.now(),
    onFold: (fold) => started.push(fold),
  });
  expect(started).toEqual([1, 2, 3, 4]);
  expect([0, 1, 2, 3].map((fold) => foldOf.filter((one) => one === fold).length)).toEqual([15, 15, 15, 15]);
  const given = Array.from(labels, (label, n) => probabilities[n * 2 + label]!);
  expect(given.filter((probability) => probability > 0.5).length / images).toBeLessThan(0.75);
  for (const [n, probability] of given.entries()) expect(losses[n]).toBeCloseTo(-Math.log(probability), 3);
});

it('images that the data set keeps out of trainings are trained on and judged like the others', async () => {
  const options = { network, epochs: 1, batchSize: 10, seed: 0, threads: 1, folds: 4, clock: () => 0 };
  const kept = { ...data, validation: Uint32Array.of(0, 1, 2, 40) };
  expect(await outOfFold(kept, await nodeEngine(), options)).toEqual(
    await outOfFold(data, await nodeEngine(), options),
  );
});
