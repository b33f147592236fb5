// Memory that training takes beside what its plan says: node bench/suite/memory.mjs NETWORK [BATCH]. The process' resident memory
// grows from before the plan is placed to after the second step.
import { preprocessingFor } from '../../dist/core/data/preprocessing.js';
import { builtinNetwork } from '../../dist/core/graph/builtin.js';
import { initialParameters } from '../../dist/core/graph/initialise.js';
import { buildNetwork } from '../../dist/core/graph/network.js';
import { createTrainer, trainerPlan } from '../../dist/core/training/trainer.js';
import { nodeEngine } from '../../dist/node/engine.js';

const [name = 'resnet-20', batchText = '128'] = process.argv.slice(2);
const batchSize = Number(batchText);
const network = buildNetwork(builtinNetwork(name));
const preprocessing = preprocessingFor(network.inputShape);
const [height, width, channels] = network.inputShape;
const set = {
  count: batchSize,
  height,
  width,
  channels,
  labels: Uint8Array.from({ length: batchSize }, (_, i) => i % 10),
  read: (chosen, to) => void to.fill(100, 0, chosen.length * height * width * channels),
};
const plan = trainerPlan(network, preprocessing, batchSize).bytes;
const engine = await nodeEngine();
const before = process.memoryUsage.rss();
const trainer = await createTrainer({ network, preprocessing, batchSize, engine, threads: 2 });
await trainer.setParameters(initialParameters(network, 0));
const samples = Uint32Array.from({ length: batchSize }, (_, i) => i);
for (const step of [1, 2]) await trainer.train({ set, samples, seed: 0, step, learningRate: 0.001 });
const after = process.memoryUsage.rss();
await trainer.close();
const megabytes = (bytes) => Math.round(bytes / 1e6);
console.log(
  JSON.stringify({
    name,
    batchSize,
    planMB: megabytes(plan),
    growthMB: megabytes(after - before),
    ratio: Number(((after - before) / plan).toFixed(3)),
    residentMB: megabytes(after),
  }),
);
