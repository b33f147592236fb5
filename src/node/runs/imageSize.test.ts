import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { transfer } from '../../core/transfer/transfer.ts';
import { backboneForData, findBackbone } from '../backbones.ts';
import { loadDataset } from '../datasets/fashionMnist.ts';
import { nodeEngine } from '../engine.ts';
import { bestOf, chooseImageSize, type ImageSizeOptions } from './imageSize.ts';

const folder = mkdtempSync(join(tmpdir(), 'selvedge-sizes-'));
afterAll(() => rmSync(folder, { recursive: true }));

const data = await loadDataset({ folder: 'test/fixtures/fashion-mnist-subset' });
const found = await findBackbone('efficientnet-lite0');
const settings = { classes: ['0-2'], validation: 24, seed: 0 };
const options: ImageSizeOptions = {
  ...{ found, threads: 1, featureCache: join(folder, 'features') },
  load: async () => data,
  settings: () => settings,
  onWarning: () => {},
};

test('the most accurate size is chosen; of equals that with the smaller loss, then the smaller size', () => {
  const score = (side: number, accuracy: number, loss: number) => ({ side, accuracy, loss, images: 50 });
  expect(bestOf([score(64, 0.8, 0.1), score(96, 0.9, 0.5), score(128, 0.85, 0.2)]).side).toBe(96);
  expect(bestOf([score(64, 0.9, 0.3), score(96, 0.9, 0.2), score(128, 0.9, 0.2)]).side).toBe(96);
  expect(bestOf([score(64, 0.9, 0.2), score(96, 0.9, 0.2)]).side).toBe(64);
});

test('each size is scored on the validation images by the head that a run would fit', { timeout: 60_000 }, async () => {
  const shares: [number, number][] = [];
  const { scores, side } = await chooseImageSize({
    ...options,
    onProgress: (side, share) => shares.push([side, share]),
  });
  expect(scores.map(({ side, images }) => [side, images])).toEqual([
    [32, 24],
    [64, 24],
    [96, 24],
  ]);
  expect(side).toBe(bestOf(scores).side);
  expect(shares.at(-1)).toEqual([96, 1]);
  for (const [i, side] of [32, 64].entries()) {
    const source = backboneForData(found, data, side);
    const { validation } = await transfer(data, await nodeEngine(), { ...settings, ...source, threads: 1 });
    expect(scores[i]).toMatchObject(validation!);
  }
  expect(scores[1]!.loss).not.toBe(scores[0]!.loss);
});

test('without validation images, or with a model that takes one size, there is nothing to choose', async () => {
  await expect(chooseImageSize({ ...options, settings: () => ({ validation: 0 }) })).rejects.toThrow(
    /^--image-size auto chooses on validation images, and there are none; add --validation 1000, or name a size\.$/,
  );
  const model = { ...found, model: { pictures: undefined } };
  await expect(chooseImageSize({ ...options, found: model })).rejects.toThrow('--image-size cannot be given with it');
});
