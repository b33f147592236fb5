import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fashionMnistClassNames } from '../../dist/core/data/classNames.js';
import { preprocessingFor } from '../../dist/core/data/preprocessing.js';
import { writeModel } from '../../dist/core/formats/modelFile.js';
import { builtinNetwork } from '../../dist/core/graph/builtin.js';
import { initialParameters } from '../../dist/core/graph/initialise.js';
import { buildNetwork } from '../../dist/core/graph/network.js';
import { featureLayer } from '../../dist/core/model/embedding.js';

const program = fileURLToPath(new URL('../../dist/node/cli/main.js', import.meta.url));
const bare = fileURLToPath(new URL('bareRoute.mjs', import.meta.url));

/** Reliability metadata of the size that training with a validation split gives: 128 features, 10 classes, 5,000 distances. */
function reliabilityOf(network) {
  const { name: layer, outputShape } = featureLayer(network);
  const [D] = outputShape;
  const waves = (length) => Float32Array.from({ length }, (_, i) => Math.sin(i));
  const error = { images: 5000, before: 0.1, after: 0.01, lossBefore: 0.4, lossAfter: 0.3 };
  return {
    calibration: { temperature: 0.5, fittedTemperature: 0.5, bins: 15, validation: error, test: error },
    familiarity: {
      ...{ layer, leastScore: 0.05, validationKept: 0.95, testKept: 0.94, foreign: [] },
      whitening: waves(D * D).map((value, i) => (i % D >= Math.floor(i / D) ? value : 0)),
      means: waves(10 * D),
      reference: Float32Array.from({ length: 5000 }, (_, i) => i / 10),
    },
    sets: { fitted: 55_000, validation: 5000, test: 10_000 },
    selvedge: '0.1.0',
  };
}

/** Writes the reference network, untrained, with reliability metadata, as FOLDER/NAME/VERSION: its values do not change its speed. */
export function placeModel(folder, name, version, seed = 0) {
  const network = buildNetwork(builtinNetwork('reference'));
  const model = {
    network,
    parameters: initialParameters(network, seed),
    classNames: fashionMnistClassNames,
    preprocessing: preprocessingFor(network.inputShape),
    reliability: reliabilityOf(network),
  };
  mkdirSync(join(folder, name, version), { recursive: true });
  writeFileSync(join(folder, name, version, 'model.safetensors'), writeModel(model));
}

/** Starts a program that prints its address; `stop` sends SIGTERM and resolves with its exit and the log's last line. */
async function start(args) {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    log = (log + text).slice(-20_000);
  });
  const ended = new Promise((resolve) => child.on('close', (status, signal) => resolve({ status, signal })));
  const port = await new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text;
      const found = /Serving at http:\/\/[^:]+:(\d+)/.exec(out);
      if (found) resolve(Number(found[1]));
    });
    ended.then(() => reject(new Error(`it ended: ${out}${log}`)));
  });
  return {
    port,
    child,
    ended,
    async stop() {
      child.kill('SIGTERM');
      return { ...(await ended), last: log.trimEnd().split('\n').at(-1) };
    },
  };
}

export const startService = (path, ...options) => start([program, 'serve', path, '--port', '0', ...options]);
export const startBare = () => start([bare]);

/** The value of one of a service's metrics. */
export async function metric(port, name) {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `) || one.startsWith(`${name}{`));
  return Number(line?.split(' ').at(-1));
}
