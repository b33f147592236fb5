import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataCommand } from './data.ts';

const fixture = join(import.meta.dirname, '../../../../test/fixtures/fashion-mnist-subset');

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-cli-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function run(...words: string[]): Promise<string> {
  let output = '';
  const stdout = { write: (text: string) => (output += text) };
  const stderr = { write: () => true };
  await dataCommand({ stdout, stderr }).parseAsync(words, { from: 'user' });
  return output;
}

describe('selvedge data', () => {
  it('describes a data set in words', async () => {
    const output = await run('--data', fixture);
    expect(output).toContain('400 training and 200 test pictures, 28 × 28 pixels');
    expect(output).toMatch(/ {4}9 {2}Ankle boot +\d+ +\d+\n/);
    const { mean, standardDeviation } = JSON.parse(await run('--data', fixture, '--json')).trainPixels;
    const scaled = [mean, standardDeviation].map((value) => (value / 255).toFixed(4));
    expect(output).toContain(`(scaled to [0, 1]: ${scaled.join(', ')})`);
    expect(output).toMatch(/\nt10k-labels-idx1-ubyte +208 {2}917f3dc1/);
  });

  it('describes it as JSON in the last line', async () => {
    const description = JSON.parse((await run('--data', fixture, '--json')).trim().split('\n').at(-1)!);
    expect(description).toMatchObject({ name: 'fashion-mnist-subset', folder: fixture, trainImages: 400 });
    expect(description.files).toHaveLength(4);
    const counts = description.classes.map(({ train }: { train: number }) => train);
    expect(counts.reduce((a: number, b: number) => a + b)).toBe(400);
  });

  it('lets errors through', async () => {
    await expect(run('--data', join(folder, 'none'))).rejects.toMatchObject({ code: 'missing-file' });
  });
});

describe('selvedge data preview', () => {
  it.each([
    ['after', (out: string) => ['preview', '--data', fixture, '--out', out]],
    ['before', (out: string) => ['--data', fixture, 'preview', '--out', out]],
  ])('writes ten rows of sixteen pictures, the folder named %s the word', async (_, words) => {
    const path = join(folder, 'sheet.png');
    expect(await run(...words(path))).toBe(`${path}\n`);
    const { width, height, channels } = decode(await readFile(path));
    expect(channels).toBe(1);
    expect(height).toBe(8 + 10 * 58 - 2 + 8);
    expect(width).toBeGreaterThan(16 * 58);
  });

  it('says when the file cannot be written', async () => {
    const words = ['preview', '--data', fixture, '--out', join(folder, 'none', 'sheet.png')];
    await expect(run(...words)).rejects.toMatchObject({ code: 'cannot-write' });
  });
});
