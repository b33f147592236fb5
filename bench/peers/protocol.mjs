/**
 * How the bench talks with the processes it measures. Each is started with the path of a request, a JSON file, and ends
 * with one line of JSON:
 *
 *     { task: 'describe' }                                   { name, version, trainModes, inferModes }
 *     { task: 'check', mode, learningRate, batch, steps }    { logits, losses }, losses null where it cannot train
 *     { task: 'train', mode, threads, batch, epochs, steps, seconds }
 *                                                            { stepSeconds, secondsPerEpoch, extrapolated, steps }
 *     { task: 'infer', mode, threads, sizes, seconds }       { microsecondsPerImage: { [size]: number } }
 *
 * `folder`, in every request, is what lib/workload.mjs made. `steps` null is a whole epoch; no more steps are begun
 * once `seconds` have passed.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { imagesInMemory } from '../../dist/core/data/images.js';
import { builtinNetwork } from '../../dist/core/graph/builtin.js';
import { buildNetwork } from '../../dist/core/graph/network.js';
import { median } from '../lib/figures.mjs';

export const pixels = 28 * 28;
/** Steps, or calls, that are not counted. */
export const warmUp = 3;

/** A package of the folder that --peers names, which is no dependency of this project. */
export async function importPeer(name) {
  const folder = join(process.env.SELVEDGE_PEERS, 'node_modules', name);
  const require = createRequire(join(folder, 'package.json'));
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const module = await import(pathToFileURL(require.resolve(name)).href);
  return { module: module.default ?? module, version, folder: join(folder, 'dist/') };
}

export const readRequest = () => JSON.parse(readFileSync(process.argv[2], 'utf8'));

export function readFloats(folder, name) {
  const bytes = readFileSync(join(folder, name));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function labelled(images, labels) {
  return imagesInMemory(new Uint8Array(images), new Uint8Array(labels), { height: 28, width: 28, channels: 1 });
}

/** The training set: bytes, [N, 28, 28, 1]. */
export function readTrainingSet(folder) {
  const read = (name) => readFileSync(join(folder, `train-${name}`));
  return labelled(read('images-idx3-ubyte').subarray(16), read('labels-idx1-ubyte').subarray(8));
}

export function readCheckSet(folder) {
  return labelled(readFileSync(join(folder, 'check-images')), readFileSync(join(folder, 'check-labels')));
}

/** The reference network with the golden weights; each parameter's part of them by name. */
export function referenceNetwork(folder, { dropout = true } = {}) {
  const spec = builtinNetwork('reference').filter(({ type }) => dropout || type !== 'dropout');
  const network = buildNetwork(spec);
  const parameters = readFloats(folder, 'weights');
  const byName = Object.fromEntries(
    network.parameters.map(({ name, offset, size, shape }) => [
      name,
      { shape: [...shape], values: parameters.subarray(offset, offset + size) },
    ]),
  );
  return { network, parameters, byName };
}

/** A batch in which no image is twice, as an epoch's order gives it. */
export function shuffledOrder(count) {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** Normalised pixels of the chosen images, [N, 28, 28, 1]. */
export function gather(set, chosen) {
  const x = new Float32Array(chosen.length * pixels);
  for (const [slot, sample] of chosen.entries()) {
    const from = sample * pixels;
    for (let i = 0; i < pixels; i++) x[slot * pixels + i] = set.images[from + i] / 255;
  }
  return x;
}

/** Times steps of training: three to warm up, then `steps`; a step that is slower than all of `seconds` is run once. */
export async function timeTraining({ set, batch, epochs = 1, steps, seconds = Number.POSITIVE_INFINITY }, train) {
  const full = Math.ceil(set.count / batch);
  const limit = (steps ?? full) * epochs;
  const times = [];
  const began = performance.now();
  const late = () => performance.now() - began > seconds * 1000;
  let order = shuffledOrder(set.count);
  let previous = performance.now();
  for (let step = 1; step <= warmUp + limit; step++) {
    const at = ((step - 1) % full) * batch;
    if (at === 0) order = shuffledOrder(set.count);
    await train(order.subarray(at, at + batch), step);
    const now = performance.now();
    times.push((now - previous) / 1000);
    previous = now;
    if (late()) break;
  }
  const measured = times.length > warmUp ? times.slice(warmUp) : times.slice(-1);
  const mean = measured.reduce((sum, time) => sum + time, 0) / measured.length;
  return {
    stepSeconds: median(measured),
    secondsPerEpoch: mean * full,
    extrapolated: measured.length < full,
    steps: measured.length,
  };
}

/** Median microseconds an image at each batch size; `infer` takes consecutive images from `row` on. */
export async function timeInference({ sizes, seconds }, count, infer) {
  const microsecondsPerImage = {};
  for (const size of sizes) {
    const times = [];
    const began = performance.now();
    for (let row = 0; times.length < warmUp + 3 || performance.now() - began < seconds * 1000; row += size) {
      if (row + size > count) row = 0;
      const start = performance.now();
      await infer(row, size);
      times.push(performance.now() - start);
    }
    microsecondsPerImage[size] = (median(times.slice(warmUp)) / size) * 1000;
  }
  return { microsecondsPerImage };
}
