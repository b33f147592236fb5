// This program, measured as its peers are.
import { preprocessingFor } from '../../dist/core/data/preprocessing.js';
import { createInlineTeam } from '../../dist/core/engine/team.js';
import { openClassifier } from '../../dist/core/model/classifier.js';
import { trainLoop } from '../../dist/core/training/loop.js';
import { createTrainer } from '../../dist/core/training/trainer.js';
import { nodeEngine } from '../../dist/node/engine.js';
import { version } from '../../dist/node/version.js';
import { median } from '../lib/figures.mjs';
import {
  pixels,
  readCheckSet,
  readRequest,
  readTrainingSet,
  referenceNetwork,
  timeInference,
  warmUp,
} from './protocol.mjs';

const request = readRequest();
const { folder } = request;
const engine = await nodeEngine();

const tasks = {
  describe: () => ({ name: 'Selvedge', version, trainModes: ['wasm'], inferModes: ['worker threads', 'inline'] }),

  async check({ learningRate, batch, steps, threads = 1 }) {
    const { network, parameters } = referenceNetwork(folder, { dropout: false });
    const set = readCheckSet(folder);
    const trainer = await createTrainer({
      batchSize: 300,
      network,
      preprocessing: preprocessingFor(network.inputShape),
      engine,
      threads,
    });
    await trainer.setParameters(parameters);
    const samples = (step) => Uint32Array.from({ length: batch }, (_, i) => step * batch + i);
    const { probabilities } = await trainer.score(set, samples(0));
    const losses = [];
    for (let step = 0; step < steps; step++) {
      const result = await trainer.train({ set, samples: samples(step), seed: 0, step: step + 1, learningRate });
      losses.push(result.lossSum / batch);
    }
    await trainer.close();
    return { logits: [...probabilities].map(Math.log), losses };
  },

  /** The loop of `selvedge train`; warm-up is part of an epoch, as it is there. */
  async train({ threads, batch, epochs, steps }) {
    const { network, parameters } = referenceNetwork(folder);
    const set = readTrainingSet(folder);
    const trainer = await createTrainer({
      batchSize: 300,
      network,
      preprocessing: preprocessingFor(network.inputShape),
      engine,
      threads,
    });
    await trainer.setParameters(parameters);
    const full = Math.ceil(set.count / batch);
    const limit = (steps ?? full) * epochs;
    const signal = { aborted: false };
    const times = [];
    let previous = performance.now();
    const { history } = await trainLoop(trainer, set, {
      epochs,
      batchSize: batch,
      learningRate: 0.001,
      seed: 0,
      train: Uint32Array.from({ length: set.count }, (_, i) => i),
      clock: () => performance.now(),
      signal,
      onStep() {
        const now = performance.now();
        times.push((now - previous) / 1000);
        previous = now;
        signal.aborted = times.length >= limit && steps !== null;
      },
    });
    await trainer.close();
    const warm = times.slice(Math.min(warmUp, times.length - 1));
    const extrapolated = history.length === 0;
    const secondsPerEpoch = extrapolated
      ? (warm.reduce((sum, time) => sum + time, 0) / warm.length) * full
      : median(history.map(({ seconds: epoch }) => epoch));
    return { stepSeconds: median(warm), secondsPerEpoch, extrapolated, steps: times.length };
  },

  /** Bytes to probabilities. Inline is the caller's own thread, as a server's worker would have it. */
  async infer({ mode, threads, sizes, seconds }) {
    const { network, parameters } = referenceNetwork(folder);
    const set = readTrainingSet(folder);
    const model = {
      network,
      parameters,
      classNames: Array.from({ length: 10 }, (_, i) => `${i}`),
      preprocessing: preprocessingFor(network.inputShape),
    };
    const used = mode === 'inline' ? { ...engine, createTeam: createInlineTeam } : engine;
    const classifier = await openClassifier(model, used, mode === 'inline' ? 1 : threads);
    const timed = await timeInference({ sizes, seconds }, set.count, (row, size) =>
      classifier.probabilities(set.images.subarray(row * pixels, (row + size) * pixels)),
    );
    await classifier.close();
    return timed;
  },
};

console.log(JSON.stringify(await tasks[request.task](request)));
