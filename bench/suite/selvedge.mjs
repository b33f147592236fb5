// Times one network of this program: a request in JSON as the argument, one line of JSON out. See torch_suite.py.
import { preprocessingFor } from '../../dist/core/data/preprocessing.js';
import { initialParameters } from '../../dist/core/graph/initialise.js';
import { buildNetwork } from '../../dist/core/graph/network.js';
import { openClassifier } from '../../dist/core/model/classifier.js';
import { createTrainer } from '../../dist/core/training/trainer.js';
import { nodeEngine } from '../../dist/node/engine.js';
import { labelCalls, summed } from '../profile/phases.mjs';
import { profiledTeam } from '../profile/teams.mjs';

const { spec, batch, threads, steps, sizes, seconds, profiled } = JSON.parse(process.argv[2]);
const warmUp = 4;
const network = buildNetwork(spec);
const preprocessing = preprocessingFor(network.inputShape);
const parameters = initialParameters(network, 0);
const profile = {};
const engine = profiled ? { ...(await nodeEngine()), createTeam: profiledTeam(profile) } : await nodeEngine();
const answer = {};

/** Random bytes, half of them zero. */
function images(count) {
  const [height, width, channels] = network.inputShape;
  const size = height * width * channels;
  const pixels = new Uint8Array(count * size);
  let state = 1;
  for (let i = 0; i < pixels.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    pixels[i] = Math.max(0, (state >>> 23) - 256);
  }
  const labels = Uint8Array.from({ length: count }, (_, i) => (i * 7) % 10);
  const read = (chosen, to) => {
    for (const [slot, i] of chosen.entries()) to.set(pixels.subarray(i * size, (i + 1) * size), slot * size);
  };
  return { count, height, width, channels, labels, pixels, size, read };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

if (steps) {
  const set = images(4 * batch);
  const trainer = await createTrainer({ network, preprocessing, batchSize: batch, engine, threads });
  await trainer.setParameters(parameters);
  const times = [];
  for (let step = 1; step <= warmUp + steps; step++) {
    if (step === warmUp + 1) profile.clocks?.reset();
    const samples = Uint32Array.from({ length: batch }, (_, i) => (((i * 37) % batch) + step * batch) % set.count);
    const began = performance.now();
    const { lossSum } = await trainer.train({ set, samples, seed: 0, step, learningRate: 0.001 });
    times.push(performance.now() - began);
    if (!Number.isFinite(lossSum)) throw new Error('the loss is not finite');
  }
  await trainer.close();
  answer.train = (median(times.slice(warmUp)) / batch) * 1000;
  if (profiled) {
    const totals = profile.clocks.totals();
    const calls = labelCalls(network, profile.programs).map((call, i) => ({ ...call, ...totals[i] }));
    answer.kernels = summed(calls, ({ kernel }) => kernel, steps * batch);
  }
}
if (sizes) {
  answer.infer = {};
  for (const size of sizes) {
    // A single image has nothing to share out, and a thread costs a message.
    const classifier = await openClassifier({ network, parameters, preprocessing }, engine, size === 1 ? 1 : threads);
    const { pixels, size: bytes, count } = images(4 * size);
    const times = [];
    const started = performance.now();
    for (let row = 0; times.length < warmUp + 3 || performance.now() - started < seconds * 1000; row += size) {
      const from = row % count;
      const began = performance.now();
      await classifier.probabilities(pixels.subarray(from * bytes, (from + size) * bytes));
      times.push(performance.now() - began);
    }
    await classifier.close();
    answer.infer[size] = (median(times.slice(warmUp)) / size) * 1000;
  }
}
console.log(JSON.stringify(answer));
