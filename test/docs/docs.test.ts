import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { builtinNetwork } from '../../src/core/graph/builtin.ts';
import { buildNetwork } from '../../src/core/graph/graph.ts';
import { parseNetwork } from '../../src/core/graph/parse.ts';
import { publishedWeights } from '../../src/node/runs/publishedWeights.ts';
import { root } from '../cli/selvedge.ts';

const text = (file: string) => readFileSync(join(root, file), 'utf8');
const jsonBlocks = (file: string) =>
  [...text(file).matchAll(/^```json\n(.*?)^```$/gms)].map((block) => JSON.parse(block[1]!) as unknown);

it('docs/networks.md writes the reference network out as it is built in', () => {
  expect(jsonBlocks('docs/networks.md').at(-1)).toEqual(builtinNetwork('reference'));
});

it("the README's network of one's own is one that can be built", () => {
  const [network] = jsonBlocks('README.md');
  expect(buildNetwork(parseNetwork(network)).outputShape).toEqual([10]);
});

it('the README prints the SHA-256 that npm start compares with', () => {
  expect(text('README.md')).toContain(publishedWeights.weightsSha256);
  expect(publishedWeights.weightsSha256).toMatch(/^[0-9a-f]{64}$/);
});

it('docs/determinism.md speaks of the committed small run', () => {
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
