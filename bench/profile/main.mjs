// A fresh process that profiles training or inference: request.json in, one line of JSON out.

import { preprocessingFor } from '../../dist/core/data/preprocessing.js';
import { openClassifier } from '../../dist/core/model/classifier.js';
import { createTrainer } from '../../dist/core/training/trainer.js';
import { nodeEngine } from '../../dist/node/engine.js';
import { readRequest, readTrainingSet, referenceNetwork } from '../peers/protocol.mjs';
import { labelCalls, summed } from './phases.mjs';
import { profiledTeam } from './teams.mjs';

const { folder, training, threads, steps, batch } = readRequest();
const warmUp = 10;
const { network, parameters } = referenceNetwork(folder);
const set = readTrainingSet(folder);
const profile = {};
const engine = { ...(await nodeEngine()), createTeam: profiledTeam(profile) };
const preprocessing = preprocessingFor(network.inputShape);
const trainer = training && (await createTrainer({ batchSize: 300, network, preprocessing, engine, threads }));
if (trainer) await trainer.setParameters(parameters);
const classifier = training || (await openClassifier({ network, parameters, preprocessing }, engine, threads));

let began = 0;
for (let step = 1; step <= warmUp + steps; step++) {
  if (step === warmUp + 1) {
    profile.clocks.reset();
    began = performance.now();
  }
  const samples = Uint32Array.from({ length: batch }, (_, i) => (step * batch + i) % set.count);
  if (trainer) await trainer.train({ set, samples, seed: 0, step, learningRate: 0.001 });
  else await classifier.score(set, samples);
}
const seconds = (performance.now() - began) / 1000;
await (trainer || classifier).close();

const images = steps * batch;
const times = profile.clocks.totals();
const all = labelCalls(network, profile.programs).map((call, i) => ({ ...call, ...times[i] }));
const busy = all.reduce((sum, step) => sum + step.busy, 0);
const waiting = all.reduce((sum, step) => sum + step.wait, 0);
const answer = {
  threads,
  microseconds: (seconds / images) * 1e6,
  // A thread's time that is neither work nor waiting for another thread goes to the caller: staging, messages, counting.
  betweenCalls: ((seconds * threads - busy - waiting) / images) * 1e6,
  waiting: (waiting / images) * 1e6,
  phases: summed(all, ({ phase }) => phase, images),
  kernels: summed(all, ({ owner, kernel }) => `${owner} ${kernel}`, images),
};
console.log(JSON.stringify(answer));
