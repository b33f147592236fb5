import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { categoriesOf, categoryMappingSchema } from '../../src/core/catalogue/tags/categories.ts';
import { colourNames } from '../../src/core/catalogue/tags/palette.ts';
import { fashionMnistClassNames } from '../../src/core/data/classNames.ts';
import { parsePictureManifest } from '../../src/core/data/pictures/manifest.ts';
import { operatorNames } from '../../src/core/formats/onnx/importOperators.ts';
import { builtinNetwork } from '../../src/core/graph/builtin.ts';
import { buildNetwork } from '../../src/core/graph/network.ts';
import { parseNetwork } from '../../src/core/graph/parse.ts';
import { completeConfiguration, settingNames } from '../../src/core/training/configuration.ts';
import { sweepFileSchema } from '../../src/core/tuning/file.ts';
import { requireUsable } from '../../src/core/tuning/networks.ts';
import { parseSweep } from '../../src/core/tuning/spec.ts';
import { parseConfig } from '../../src/node/configFile.ts';
import { publishedWeights } from '../../src/node/runs/publishedWeights.ts';
import { root, succeed } from '../cli/selvedge.ts';

const text = (file: string) => readFileSync(join(root, file), 'utf8');
const jsonBlocks = (file: string) =>
  [...text(file).matchAll(/^```json\n(.*?)^```$/gms)].map((block) => JSON.parse(block[1]!) as unknown);

it('docs/networks.md has the built-in reference network', () => {
  expect(jsonBlocks('docs/networks.md').at(-1)).toEqual(builtinNetwork('reference'));
});

it('docs/training.md has a configuration file that is read, and every setting of optimizers, schedules and loss', () => {
  const [block] = [...text('docs/training.md').matchAll(/^```yaml\n(.*?)^```$/gms)];
  const { settings } = parseConfig(block![1]!, 'x', parseDocument);
  expect(completeConfiguration(settings)).toMatchObject({ optimizer: 'adamW', emaDecay: 0.99 });
  const common = ['epochs', 'batchSize', 'seed', 'limit', 'validation'];
  const missing = settingNames.filter(
    (name) => !common.includes(name) && !text('docs/training.md').includes(`\`${name}`),
  );
  expect(missing).toEqual([]);
});

it('docs/catalogue-tags.md has all names of colours, the ids of the 10 classes, and a mapping that is read', () => {
  const page = text('docs/catalogue-tags.md');
  const named = [...page.matchAll(/^\| ([a-z, ]+) \|/gm)].flatMap(([, names]) => names!.split(', '));
  expect(colourNames.filter((name) => !named.includes(name))).toEqual([]);
  for (const name of fashionMnistClassNames) {
    const { google, shopify, productType } = categoriesOf(name);
    expect(page).toContain(`| ${name} | ${google!.id} | ${shopify!.id.split('/').at(-1)} | ${productType} |`);
  }
  expect(Object.keys(categoryMappingSchema.parse(jsonBlocks('docs/catalogue-tags.md')[0]))).toEqual(['Dress', 'cup']);
});

it('docs/tuning.md has a file of a sweep that is read, and every key of one', () => {
  const [block] = [...text('docs/tuning.md').matchAll(/^```yaml\n(.*?)^```$/gms)];
  const spec = parseSweep(parseDocument(block![1]!).toJS(), 'x');
  requireUsable(spec, {}, 'x');
  expect(spec.dimensions.map(({ target }) => target)).toContain('placeholder');
  const missing = Object.keys(sweepFileSchema.shape).filter(
    (key) => !text('docs/tuning.md').includes(`| \`${key}\` |`),
  );
  expect(missing).toEqual([]);
});

it('docs/tuning.md has the medians of bench/results/tpe.json', () => {
  const { seeds, results } = JSON.parse(text('bench/results/tpe.json')) as {
    readonly seeds: number;
    readonly results: readonly {
      readonly label: string;
      readonly trials: number;
      readonly samplers: Readonly<Record<string, { readonly median: number; readonly againstRandom: string | null }>>;
    }[];
  };
  expect([seeds, results.length]).toEqual([20, 12]);
  for (const { label, trials, samplers } of results) {
    const row = text('docs/tuning.md')
      .split('\n')
      .find((line) => line.startsWith(`| ${label} | ${trials} |`));
    const cells = row!.split(' | ').slice(2);
    Object.values(samplers).forEach(({ median, againstRandom }, i) => {
      expect(Number(cells[i]!.split(' ')[0]) / median).toBeCloseTo(1, 1);
      expect(cells[i]).toMatch(againstRandom === null ? /\)$/ : new RegExp(`\\), ${againstRandom}( \\|)?$`));
    });
  }
});

it('docs/exchange.md names every operator that is imported', () => {
  const [, list] = /of these operators: ([\w,\s]+)\./.exec(text('docs/exchange.md'))!;
  expect(list!.split(/,\s+/)).toEqual([...operatorNames, 'Constant'].sort());
});

it('docs/pictures.md has a CSV and a JSON Lines list that are read', () => {
  const listIn = (format: 'csv' | 'jsonl') => {
    const [, block] = new RegExp(`^\`\`\`${format}\\n(.*?)^\`\`\`$`, 'ms').exec(text('docs/pictures.md'))!;
    return parsePictureManifest(block!, format, format);
  };
  expect(listIn('csv')).toHaveLength(3);
  expect(listIn('jsonl')[1]).toMatchObject({ path: 'front/18.jpg', label: 'coat', split: 'test' });
});

it("the README's example of a network can be built", () => {
  const [network] = jsonBlocks('README.md');
  expect(buildNetwork(parseNetwork(network)).outputShape).toEqual([10]);
});

it('the README prints the SHA-256 that npm start compares with', () => {
  expect(text('README.md')).toContain(publishedWeights.weightsSha256);
  expect(publishedWeights.weightsSha256).toMatch(/^[0-9a-f]{64}$/);
});

it('docs/determinism.md has the weights of the committed small run', () => {
  const { weightsSha256 } = JSON.parse(text('test/golden/weights.json')) as { weightsSha256: string };
  expect(text('docs/determinism.md')).toContain(weightsSha256.slice(0, 8));
});

it("the README's table of seeds is the one that was measured", () => {
  const rowsOf = (file: string) =>
    text(file)
      .split('\n')
      .filter((line) => /^\| (\d|mean)\s/.test(line))
      .map((line) => line.split('|').map((cell) => cell.trim()));
  const rows = rowsOf('bench/seeds/selvedge.md');
  expect(rows).toHaveLength(6);
  for (const row of rows) expect(rowsOf('README.md')).toContainEqual(row);
});

it('every measured row of docs/determinism.md names its kernels and its month', () => {
  const rows = text('docs/determinism.md')
    .split('\n')
    .filter((line) => /^\| (Node|Chromium|Firefox)/.test(line));
  expect(rows.length).toBeGreaterThanOrEqual(7);
  for (const row of rows) expect(row).toMatch(/\| `[0-9a-f]{8}…` \| [A-Z][a-z]+ \d{4} \|$/);
});

/** Lines of shell blocks that run the program, without comments, as words. */
const commands = ['README.md', 'docs/catalogue.md']
  .flatMap((page) => [...text(page).matchAll(/^```sh\n(.*?)^```$/gms)])
  .flatMap((block) => block[1]!.split('\n'))
  .map((line) => line.replace(/\s+#.*/, '').trim())
  .filter((line) => line.includes('selvedge'));

it('every command of the README and of docs/catalogue.md starts with npx selvedge', () => {
  expect(commands.length).toBeGreaterThan(10);
  expect(commands.filter((line) => !line.startsWith('npx selvedge '))).toEqual([]);
});

it.each(commands)('%s has a command and options that exist', async (line) => {
  const words = line.split(' ').slice(2);
  const options = words.filter((word) => word.startsWith('--') && word !== '--help');
  const isGroup = ['data', 'keys', 'catalogue'].includes(words[0]!) && /^[a-z]/.test(words[1] ?? '');
  const names = words.slice(0, isGroup ? 2 : 1);
  const { stdout } = await succeed([...names, '--help']);
  expect(stdout).toContain(`Usage: selvedge ${names.join(' ')}`);
  for (const option of options) expect(stdout).toContain(`  ${option} `);
});
