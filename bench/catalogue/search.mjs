// Exact search over vectors in memory: node bench/catalogue/search.mjs [--rows 70000] [--dimensions 128] [--save]
// Prints the median and the 99th percentile of single queries for ten neighbours, on one thread, and checks a few against plain sums.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createVectorIndex } from '../../dist/core/catalogue/similarity/vectorIndex.js';
import { normalised } from '../../dist/core/catalogue/similarity/vectors.js';
import { randomSequence } from '../../dist/core/engine/random.js';
import { nodeEngine } from '../../dist/node/engine.js';
import { describeMachine } from '../lib/machine.mjs';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '70000' },
    dimensions: { type: 'string', default: '128' },
    save: { type: 'boolean', default: false },
  },
});
const [N, D, queries, limit] = [Number(values.rows), Number(values.dimensions), 200, 10];
const machine = describeMachine();
const random = randomSequence(0, 0, 0);
const vectors = normalised(
  Float32Array.from({ length: N * D }, () => random.float() - 0.5),
  D,
);
const index = createVectorIndex(await nodeEngine(), D);
index.addAll(vectors);
const query = (i) => vectors.subarray(i * D, (i + 1) * D);

for (let q = 0; q < 3; q++) {
  const scores = Array.from({ length: N }, (_, row) => {
    let sum = 0;
    for (let d = 0; d < D; d++) sum += vectors[q * D + d] * vectors[row * D + d];
    return { row, sum };
  }).sort((a, b) => b.sum - a.sum);
  const found = index.search(query(q), limit).map(({ row }) => row);
  if (
    found.join() !==
    scores
      .slice(0, limit)
      .map(({ row }) => row)
      .join()
  )
    throw new Error('the search is not exact');
}

function timed(run, times) {
  for (let i = 0; i < 20; i++) run(i);
  const before = process.cpuUsage().user;
  const took = Array.from({ length: times }, (_, i) => {
    const began = performance.now();
    run(i);
    return performance.now() - began;
  }).sort((a, b) => a - b);
  // Of a machine that does other work too, the clock tells how long a query waited; this tells how long it took.
  const processorTime = (process.cpuUsage().user - before) / 1000 / times;
  return { median: took[times >> 1], p99: took[Math.floor(times * 0.99)], least: took[0], processorTime };
}
const one = timed((i) => index.search(query(i), limit), queries);
const filtered = timed((i) => index.search(query(i), limit, { allowed: (row) => row % 10 === 0 }), queries);
const four = timed((i) => index.searchMany(vectors.subarray(i * 4 * D, (i + 1) * 4 * D), limit), queries / 4);
const result = { machine, rows: N, dimensions: D, limit, milliseconds: { one, filtered, four } };
console.log(JSON.stringify(result, null, 2));
if (values.save)
  writeFileSync(new URL('../results/catalogue-search.json', import.meta.url), `${JSON.stringify(result, null, 2)}\n`);
