import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { expect, it } from 'vitest';
import { lastLine, succeed, temporaryFolder } from '../cli/selvedge.ts';

const published: Readonly<Record<string, readonly [number, string]>> = {
  'train-images-idx3-ubyte': [47_040_016, 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888'],
  'train-labels-idx1-ubyte': [60_008, 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9'],
  't10k-images-idx3-ubyte': [7_840_016, '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b'],
  't10k-labels-idx1-ubyte': [10_008, '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34'],
};

it('the whole data set is found, verified, and has 6,000 and 1,000 images of each class', async () => {
  const { stdout } = await succeed(['data', '--json']);
  const { trainImages, testImages, files, classes, trainPixels } = JSON.parse(lastLine(stdout));
  expect({ trainImages, testImages }).toEqual({ trainImages: 60_000, testImages: 10_000 });
  for (const { file, bytes, sha256 } of files) expect([bytes, sha256]).toEqual(published[file]);
  expect(files).toHaveLength(4);
  for (const { train, test } of classes) expect([train, test]).toEqual([6000, 1000]);
  expect(trainPixels.mean / 255).toBeCloseTo(0.286, 4);
  expect(trainPixels.standardDeviation / 255).toBeCloseTo(0.353, 4);
});

it('once found it comes from this machine, without a word', async () => {
  const { stderr, stdout } = await succeed(['data', '--json']);
  expect(stderr).toBe('');
  expect(['the cache', 'an installed package']).toContain(JSON.parse(stdout).source);
});

it('its contact sheet has ten rows of sixteen pictures', async () => {
  const sheet = join(temporaryFolder(), 'sheet.png');
  await succeed(['data', 'preview', '--out', sheet]);
  const { width, height } = decode(readFileSync(sheet));
  expect(width).toBeGreaterThan(16 * 56);
  expect(height).toBeGreaterThan(10 * 56);
});
