// Writes test/golden/weights.json: what a small training run has to give on every machine. For when the arithmetic was
// meant to change: the weights of earlier runs can then not be reproduced any more.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { littleEndianBytes, sha256 } from '../dist/core/bytes.js';
import { nodeEngine } from '../dist/node/engine.js';
import { loadDataset, train } from '../dist/node/index.js';

const folder = fileURLToPath(new URL('../test/fixtures/fashion-mnist-subset', import.meta.url));
const data = await loadDataset({ folder });
const { model, configuration } = await train(data, { epochs: 2, batchSize: 50, seed: 0 });
const golden = {
  dataset: data.name,
  network: 'reference',
  configuration,
  weightsSha256: await sha256(littleEndianBytes(model.parameters)),
  wasmSha256: (await nodeEngine()).wasmSha256,
};
writeFileSync(new URL('../test/golden/weights.json', import.meta.url), `${JSON.stringify(golden, null, 2)}\n`);
console.log(`weights ${golden.weightsSha256}\nkernels ${golden.wasmSha256}`);
