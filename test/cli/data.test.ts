import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { expect, it } from 'vitest';
import { lastLine, subset, succeed, temporaryFolder } from './selvedge.ts';

it('selvedge data describes a data set that it verified', async () => {
  const { stdout, stderr } = await succeed(['data', '--data', subset, '--json']);
  expect(stderr).toBe('');
  const { folder, trainImages, testImages, files, classes } = JSON.parse(lastLine(stdout));
  expect({ folder, trainImages, testImages }).toEqual({ folder: subset, trainImages: 400, testImages: 200 });
  const { files: expected } = JSON.parse(readFileSync(join(subset, 'dataset.json'), 'utf8'));
  for (const { file, bytes, sha256, verified } of files) {
    expect({ bytes, sha256 }).toEqual(expected[file]);
    expect(verified).toBe(true);
  }
  expect(classes.map(({ name }: { name: string }) => name)).toEqual(expect.arrayContaining(['Trouser', 'Ankle boot']));
});

it('selvedge data says in words what --json gives', async () => {
  const [json, words] = await Promise.all(
    [['--json'], []].map(async (more) => (await succeed(['data', '--data', subset, ...more])).stdout),
  );
  const { mean, standardDeviation } = JSON.parse(lastLine(json!)).trainPixels;
  const scaled = [mean, standardDeviation].map((value: number) => (value / 255).toFixed(4));
  expect(words).toContain(`mean ${mean.toFixed(2)}, standard deviation ${standardDeviation.toFixed(2)}`);
  expect(words).toContain(`(scaled to [0, 1]: ${scaled.join(', ')})`);
  expect(words).toContain('400 training and 200 test pictures, 28 × 28 pixels');
});

it('selvedge data preview writes a contact sheet and names it', async () => {
  const cwd = temporaryFolder();
  const { stdout } = await succeed(['data', 'preview', '--data', subset], { cwd });
  expect(stdout).toBe(`${join(cwd, 'fashion-mnist.png')}\n`);
  const { width, height } = decode(readFileSync(stdout.trim()));
  expect(height).toBeGreaterThan(10 * 28);
  expect(width).toBeGreaterThan(16 * 28);
});
