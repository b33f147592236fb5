// Accuracy with n images of each class: node bench/transfer/nShot.mjs [--counts 1,5] [--seeds 0,1] [--keep FILE] [--save]
// Every way is measured with the same images. What is in the kept file is not measured again. With --save the tables go to docs/transfer.md.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from '../lib/machine.mjs';
import { fillIn } from '../lib/results.mjs';
import { counts, openShots, seeds } from './shots.mjs';
import { classSplitTable, wholeTable } from './tables.mjs';

const numbers = (text) => text.split(',').map(Number);
const { values } = parseArgs({
  options: {
    counts: { type: 'string', default: counts.join() },
    seeds: { type: 'string', default: seeds.join() },
    keep: { type: 'string', default: 'runs/n-shot.json' },
    save: { type: 'boolean', default: false },
  },
});
const results = existsSync(values.keep) ? JSON.parse(readFileSync(values.keep, 'utf8')) : [];
mkdirSync(dirname(values.keep), { recursive: true });
const machine = describeMachine();
const ways = await openShots();
for (const seed of numbers(values.seeds)) {
  for (const n of numbers(values.counts)) {
    for (const [way, measure] of Object.entries(ways)) {
      if (results.some((one) => one.way === way && one.n === n && one.seed === seed)) continue;
      results.push({ way, n, seed, accuracy: await measure(n, seed) });
      writeFileSync(values.keep, `${JSON.stringify(results)}\n`);
      console.log(`seed ${seed}, ${n} of each class, ${way}: ${(100 * results.at(-1).accuracy).toFixed(2)} %`);
    }
  }
}
console.log(`\n${wholeTable(results)}\n\n${classSplitTable(results)}`);
if (values.save) {
  writeFileSync(
    new URL('../results/n-shot.json', import.meta.url),
    `${JSON.stringify({ machine, results }, null, 2)}\n`,
  );
  const page = new URL('../../docs/transfer.md', import.meta.url);
  fillIn(page, 'n-shot', wholeTable(results));
  fillIn(page, 'class-split', classSplitTable(results));
}
