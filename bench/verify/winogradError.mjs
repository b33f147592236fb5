import { createRecorder } from '../../dist/core/compile/recorder.js';
import { buildNetwork } from '../../dist/core/graph/network.js';
import { referenceLayer } from '../../dist/core/graph/reference.js';
import { train } from '../../dist/core/training/train.js';
import { loadDataset } from '../../dist/node/datasets/fashionMnist.js';
import { nodeEngine } from '../../dist/node/engine.js';
import { availableThreads } from '../../dist/node/workers/available.js';

const most = { forward: 3e-5, gradients: 5e-5 };
const channels = 128;
const batch = 128;

/** Convolutions of 128 channels to 128 filters at 14×14 and, after pooling, at 7×7, with batch normalisation before each. */
function networkWith(size) {
  const conv = (filters, name) => ({
    type: 'conv2d',
    filters,
    kernelSize: 3,
    padding: 'same',
    useBias: false,
    ...(name && { name }),
  });
  const normalizedRelu = [{ type: 'batchNormalization' }, { type: 'relu' }];
  const pool = { type: 'maxPooling2d' };
  return [
    { type: 'input', shape: [28, 28, 1] },
    conv(32),
    pool,
    ...normalizedRelu,
    ...(size === 7 ? [conv(64), pool, ...normalizedRelu] : []),
    conv(channels),
    { type: 'batchNormalization' },
    { type: 'relu', name: 'x' },
    conv(channels, 'measured'),
    ...normalizedRelu,
    { type: 'globalMaxPooling2d' },
    { type: 'dense', units: 10, name: 'logits' },
    { type: 'softmax' },
  ];
}

const relativeError = (is, should) => {
  let worst = 0;
  let largest = 0;
  for (let i = 0; i < should.length; i++) {
    worst = Math.max(worst, Math.abs(is[i] - should[i]));
    largest = Math.max(largest, Math.abs(should[i]));
  }
  return worst / largest;
};

/** The errors of the kernels' three passes through the layer `measured` of a trained network, on a batch of training images. */
async function errorsAt(size, images) {
  const data = await loadDataset({});
  const engine = await nodeEngine();
  const threads = availableThreads();
  const { model } = await train(data, engine, {
    network: networkWith(size),
    threads,
    clock: () => performance.now(),
    epochs: 1,
    limit: images,
    batchSize: batch,
    learningRate: 0.002,
  });
  const { network, parameters } = model;
  const pixels = new Uint8Array(batch * 28 * 28);
  const samples = Uint32Array.from({ length: batch }, (_, i) => i);
  data.train.read(samples, pixels);
  const whole = await createRecorder({
    network,
    parameters,
    engine,
    threads,
    images: batch,
    training: true,
    backwardFrom: 'logits',
  });
  await whole.forward(Float32Array.from(pixels, (byte) => byte / 255));
  const logits = whole.activation('logits');
  await whole.backward(lossGradient(logits, data.train.labels));
  const x = whole.activation('x');
  const dy = whole.gradient('measured');
  await whole.close();

  const layer = network.layers.find(({ name }) => name === 'measured');
  const [kernel] = layer.parameters;
  const own = parameters.subarray(kernel.offset, kernel.offset + kernel.size);
  const alone = buildNetwork([{ type: 'input', shape: [size, size, channels] }, layer.spec]);
  const recorder = await createRecorder({
    network: alone,
    parameters: own,
    engine,
    threads,
    images: batch,
    winograd: true,
    backwardFrom: 'measured',
  });
  await recorder.forward(x);
  await recorder.backward(dy);
  const pass = referenceLayer(alone.layers[1], [Float64Array.from(x)], [Float64Array.from(own)]);
  const errors = {
    forward: relativeError(recorder.activation('measured'), pass.forward()),
    input: relativeError(recorder.gradient('input'), pass.inputGradients(Float64Array.from(dy))[0]),
    kernel: relativeError(recorder.parameterGradients(), pass.parameterGradients(Float64Array.from(dy))[0]),
  };
  await recorder.close();
  return errors;
}

/** Of the mean cross-entropy by the logits, [N, 10]. */
function lossGradient(logits, labels) {
  const gradient = new Float32Array(logits.length);
  for (let n = 0; n < batch; n++) {
    const row = logits.subarray(10 * n, 10 * n + 10);
    const largest = Math.max(...row);
    const sum = row.reduce((total, value) => total + Math.exp(value - largest), 0);
    row.forEach((value, k) => {
      gradient[10 * n + k] = (Math.exp(value - largest) / sum - (labels[n] === k ? 1 : 0)) / batch;
    });
  }
  return gradient;
}

export const winogradError = {
  promise: `F(4×4, 3×3) at ${channels} channels, batch ${batch}, on trained activations: largest error ÷ largest value at most ${most.forward} forward, ${most.gradients} for gradients`,
  async measure({ quick }) {
    const results = [];
    for (const size of [14, 7]) results.push({ size, ...(await errorsAt(size, quick ? 1280 : 12_800)) });
    const show = (value) => value.toExponential(1);
    return {
      figure: results
        .map((r) => `${r.size}×${r.size}: forward ${show(r.forward)}, input ${show(r.input)}, kernel ${show(r.kernel)}`)
        .join('; '),
      passes: results.every(
        (r) => r.forward <= most.forward && r.input <= most.gradients && r.kernel <= most.gradients,
      ),
    };
  },
};
