// Writes the table of layers in docs/networks.md from the layers' definitions. With --check it only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { definitionOf, layerTypes } from '../dist/core/graph/layers/index.js';

const file = new URL('../docs/networks.md', import.meta.url);
const [begin, end] = ['<!-- layers: npm run layers -->', '<!-- end of layers -->'];

const rows = layerTypes.map((type) => {
  const { options, shape } = definitionOf({ type }).help;
  return `| \`${type}\` | ${options}${options && ' '}| ${shape} |`;
});
const table = ['| type | options (optional ones in brackets) | shape |', '|---|---|---|', ...rows].join('\n');
const text = readFileSync(file, 'utf8');
const [before, rest] = text.split(begin);
const written = `${before}${begin}\n${table}\n${end}${rest.split(end)[1]}`;
if (!process.argv.includes('--check')) writeFileSync(file, written);
else if (text !== written) {
  console.error('The table in docs/networks.md is stale; run: npm run layers');
  process.exitCode = 1;
}
