import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const test = new URL('../../test/', import.meta.url);
const read = (path) => readFileSync(new URL(path, test));
const unzipped = (path) => gunzipSync(read(path));

/** The hash of test/golden/make_golden.py, where it is defined. */
function uniform(i, seed) {
  let x = (Math.imul(i, 0x9e3779b9) + seed) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return ((x ^ (x >>> 16)) >>> 8) * 2 ** -24;
}

/** The golden trace as far as benchmarks need it: given weights and pictures, and what comes out of them. */
export function loadGolden() {
  const { seed } = JSON.parse(read('golden/fixtures/golden.json').toString()).parts;
  const subset = 'fixtures/fashion-mnist-subset/train-';
  const binary = unzipped('golden/fixtures/golden.bin.gz');
  const { offset, shape } = seed.logits;
  const parameters = seed.parameters.flatMap(({ shape: sizes, seed: drawn, limit }) => {
    const count = sizes.reduce((product, size) => product * size, 1);
    return Array.from({ length: count }, (_, i) => (uniform(i, drawn) - 0.5) * 2 * limit);
  });
  return {
    batchSize: seed.batchSize,
    learningRate: seed.learningRate,
    parameters: Float32Array.from(parameters),
    images: new Uint8Array(unzipped(`${subset}images-idx3-ubyte.gz`).subarray(16)),
    labels: new Uint8Array(unzipped(`${subset}labels-idx1-ubyte.gz`).subarray(8)),
    logits: Array.from({ length: shape[0] * shape[1] }, (_, i) => binary.readFloatLE(offset + 4 * i)),
    losses: seed.losses,
  };
}

export const checkedSteps = 3;
/** Of the largest logit, and of each loss. The first loss is of given weights, the later ones of Adam's own form too. */
const tolerance = { logits: 1e-4, firstLoss: 1e-4, laterLosses: 1e-3 };

/** Logits may be off by a constant an image, as logarithms of probabilities are. */
function centred(logits, classes = 10) {
  return logits.map((value, i) => {
    const row = Math.floor(i / classes) * classes;
    return value - logits.slice(row, row + classes).reduce((sum, other) => sum + other, 0) / classes;
  });
}

/**
 * Compares what an implementation computed with the golden trace.
 *
 * @param {{ logits: number[], losses: number[] | null }} answer losses of three steps of training without dropout
 * @returns the errors, and what is wrong, if anything
 */
export function compareWithGolden(answer, golden) {
  const [got, expected] = [centred(answer.logits), centred(golden.logits)];
  const largest = Math.max(...expected.map(Math.abs));
  const logits = Math.max(...expected.map((value, i) => Math.abs(value - got[i]))) / largest;
  const losses = answer.losses?.map((loss, i) => Math.abs(loss / golden.losses[i] - 1)) ?? [];
  const wrong = [];
  if (got.length !== expected.length) wrong.push(`${got.length} logits instead of ${expected.length}`);
  if (answer.losses && losses.length !== checkedSteps) wrong.push(`${losses.length} losses instead of ${checkedSteps}`);
  if (!(logits <= tolerance.logits)) wrong.push(`logits differ by ${logits.toExponential(1)}`);
  for (const [i, error] of losses.entries()) {
    if (!(error <= (i === 0 ? tolerance.firstLoss : tolerance.laterLosses))) {
      wrong.push(`the loss of step ${i + 1} differs by ${error.toExponential(1)}`);
    }
  }
  return { logits, losses, wrong: wrong.join(', ') };
}
