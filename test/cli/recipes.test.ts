import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadModel } from '../../src/node/models.ts';
import { recipeNames } from '../../src/node/recipes.ts';
import { expectOneSentence, root, selvedge, short, subset, succeed, temporaryFolder, trained } from './selvedge.ts';

const shared = temporaryFolder(afterAll);

describe('--recipe', () => {
  it('knows every file in recipes/', () => {
    const files = readdirSync(join(root, 'recipes')).map((file) => file.replace('.yaml', ''));
    expect(files.sort()).toEqual([...recipeNames].sort());
  });

  it('reference is what is trained without a recipe', async () => {
    const plain = await succeed(['train', '--print-config']);
    expect((await succeed(['train', '--recipe', 'reference', '--print-config'])).stdout).toBe(plain.stdout);
  });

  it.each(recipeNames.map((name) => [name]))('%s is printed as a file that gives the same training', async (name) => {
    const { stdout } = await succeed(['train', '--recipe', name, '--print-config']);
    const file = join(shared, `${name}.yaml`);
    writeFileSync(file, stdout);
    expect((await succeed(['train', '--config', file, '--print-config'])).stdout).toBe(stdout);
  });

  it('gives way to the command line', async () => {
    const { stdout } = await succeed(['train', '--recipe', 'reference', '--batch-size', '77', '--print-config']);
    expect(stdout).toMatch(/^batchSize: 77 /m);
    const other = await succeed(['train', '--recipe', 'fast', '--network', 'small', '--print-config']);
    expect(other.stdout).toMatch(/^network: "small" /m);
  });
});

describe('--reliability-from', async () => {
  const network = join(shared, 'network.json');
  writeFileSync(
    network,
    JSON.stringify([
      { type: 'input', shape: [28, 28, 1] },
      { type: 'flatten' },
      { type: 'dense', units: 12, activation: 'relu' },
      { type: 'dense', units: 10, activation: 'softmax' },
    ]),
  );
  const options = [...short, '--network', network];
  const measured = join(shared, 'measured');
  const { weightsSha256 } = await trained(measured, [...options, '--validation', '20']);

  it('gives a model on all images the temperature and threshold of the run with validation images', async () => {
    const folder = join(shared, 'all');
    const { stdout } = await succeed(['train', ...options, '--out', folder, '--reliability-from', measured]);
    expect(stdout).toMatch(/calibration error .* \(temperature \d\.\d+, of the run on 40 images\)/);
    const [own, its] = [await loadModel(folder), await loadModel(measured)];
    expect(own.reliability!.calibration.temperature).toBe(its.reliability!.calibration.temperature);
    expect(own.reliability!.from).toEqual({ trainImages: 40, weightsSha256 });
    expect(its.reliability!.from).toBeUndefined();
  });

  it.each<[string, () => readonly string[], RegExp]>([
    [
      'another setting',
      () => ['--seed', '3', '--reliability-from', measured],
      /cannot come from .*measured: that run differs in seed\./,
    ],
    [
      'another network',
      () => ['--network', 'small', '--reliability-from', measured],
      /that run differs in the network\./,
    ],
    [
      'validation images of its own',
      () => ['--validation', '10', '--reliability-from', measured],
      /this training has validation images of its own; leave one of the two out/,
    ],
    ['no run', () => ['--reliability-from', shared], /There is no run in /],
  ])('is refused with %s', async (_, more, sentence) => {
    expectOneSentence(await selvedge(['train', ...options, ...more()]), sentence);
  });

  it('is refused with a run that has no validation images', async () => {
    const none = join(shared, 'none');
    await trained(none, options);
    expectOneSentence(
      await selvedge(['train', ...options, '--reliability-from', none]),
      /it is no finished run with validation images; train one with --validation 5000\./,
    );
  });
});

it.each<[string, readonly string[], RegExp]>([
  [
    'an unknown recipe',
    ['--recipe', 'fest'],
    /There is no recipe 'fest' \(did you mean fast\?\); the recipes are refer/,
  ],
  [
    'a recipe and a file',
    ['--recipe', 'reference', '--config', 'mine.yaml'],
    /--recipe reference and --config mine\.yaml are both given; to change a recipe, write it to a file/,
  ],
])('%s is refused', async (_, options, sentence) => {
  expectOneSentence(await selvedge(['train', '--data', subset, ...options]), sentence);
});
