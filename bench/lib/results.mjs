import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { inWords } from './machine.mjs';

const bench = new URL('../', import.meta.url);
const readme = new URL('README.md', bench);

/**
 * Shows a table, and writes its figures as JSON: to bench/results/local, which git ignores, or, to be kept, to
 * bench/results and into the README's place for it.
 *
 * @param {string} name of the file and of the place: `<!-- bench:name -->`
 * @param {{ machine: object, text: string, figures: object }} result `text` is Markdown
 * @param {{ save: boolean, quick: boolean }} options
 */
export function publish(name, { machine, text, figures }, { save, quick }) {
  console.log(`\n${text}\n`);
  const folder = new URL(save ? 'results/' : 'results/local/', bench);
  mkdirSync(folder, { recursive: true });
  const file = new URL(`${name}.json`, folder);
  writeFileSync(file, `${JSON.stringify({ name, quick, machine, ...figures }, null, 2)}\n`);
  if (save) fillIn(readme, name, `${text}\n\n${inWords(machine)}`);
  console.log(`Figures: bench/${folder.pathname.slice(bench.pathname.length)}${name}.json`);
}

/** Replaces what stands between `<!-- bench:name -->` and `<!-- /bench -->` in a page. */
export function fillIn(file, name, text) {
  const begin = `<!-- bench:${name} -->`;
  const end = '<!-- /bench -->';
  const page = readFileSync(file, 'utf8');
  const from = page.indexOf(begin);
  const to = page.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`${file} has no place for '${name}': ${begin} … ${end}`);
  writeFileSync(file, `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(to)}`);
}
