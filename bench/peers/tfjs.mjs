// TensorFlow.js as a peer, on its plain and on its WebAssembly backend. The latter lacks the convolution's gradient: it only answers.
import {
  gather,
  importPeer,
  readCheckSet,
  readRequest,
  readTrainingSet,
  referenceNetwork,
  timeInference,
  timeTraining,
} from './protocol.mjs';

const request = readRequest();
const { folder, mode } = request;
const { module: tf, version } = await importPeer('@tensorflow/tfjs');
const wasm = await importPeer('@tensorflow/tfjs-backend-wasm').catch(() => undefined);
if (mode === 'wasm') wasm.module.setWasmPaths(wasm.folder);
if (mode) await tf.setBackend(mode);

function build(rate) {
  const { zeroPadding2d, conv2d, dropout, maxPooling2d, flatten, dense } = tf.layers;
  const block = (filters, inputShape) => [
    zeroPadding2d({ padding: 1, ...(inputShape ? { inputShape } : {}) }),
    conv2d({ filters, kernelSize: 3, activation: 'relu' }),
    dropout({ rate }),
    maxPooling2d({ poolSize: 2 }),
  ];
  const layers = [
    ...block(32, [28, 28, 1]),
    ...block(64),
    flatten(),
    dense({ units: 128, activation: 'relu' }),
    dropout({ rate }),
    dense({ units: 10 }),
  ];
  const model = tf.sequential({ layers });
  const { byName } = referenceNetwork(folder);
  model.setWeights(Object.values(byName).map(({ shape, values }) => tf.tensor(values, shape)));
  const loss = (truth, logits) => tf.losses.softmaxCrossEntropy(truth, logits);
  model.compile({ optimizer: tf.train.adam(0.001, 0.9, 0.999, 1e-7), loss });
  return model;
}

const range = (from, count) => Uint32Array.from({ length: count }, (_, i) => from + i);
const pictures = (set, chosen) => tf.tensor(gather(set, chosen), [chosen.length, 28, 28, 1]);

async function answer(model, set, chosen) {
  const y = tf.tidy(() => model.predict(pictures(set, chosen), { batchSize: chosen.length }));
  const logits = await y.data();
  y.dispose();
  return logits;
}

async function trainOn(model, set, chosen) {
  const x = pictures(set, chosen);
  const y = tf.tidy(() =>
    tf
      .oneHot(
        tf.tensor1d(
          Uint8Array.from(chosen, (i) => set.labels[i]),
          'int32',
        ),
        10,
      )
      .toFloat(),
  );
  const loss = await model.trainOnBatch(x, y);
  tf.dispose([x, y]);
  return loss;
}

const tasks = {
  describe: () => ({
    name: 'TensorFlow.js',
    version,
    trainModes: ['cpu'],
    inferModes: wasm ? ['cpu', 'wasm'] : ['cpu'],
  }),
  async check({ batch, steps }) {
    const set = readCheckSet(folder);
    const model = build(0);
    const logits = [...(await answer(model, set, range(0, batch)))];
    if (mode === 'wasm') return { logits, losses: null };
    const losses = [];
    for (let step = 0; step < steps; step++) losses.push(await trainOn(model, set, range(step * batch, batch)));
    return { logits, losses };
  },
  async train(limits) {
    const set = readTrainingSet(folder);
    const model = build(0.5);
    return timeTraining({ set, ...limits }, (chosen) => trainOn(model, set, chosen));
  },
  async infer({ sizes, seconds }) {
    const set = readTrainingSet(folder);
    const model = build(0.5);
    return timeInference({ sizes, seconds }, set.count, (row, size) => answer(model, set, range(row, size)));
  },
};

console.log(JSON.stringify(await tasks[request.task](request)));
