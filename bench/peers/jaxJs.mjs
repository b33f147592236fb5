// jax-js as a peer, on its WebAssembly backend: each call on its own, or the whole step under jit. Arrays are used up by the
// functions they are given to; `.ref` keeps one for another use.
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
const { module: jax, version } = await importPeer('@jax-js/jax');
const { numpy: np, lax, nn, random } = jax;
await jax.init('wasm');
jax.defaultDevice('wasm');

const maybeJit = (f) => (mode === 'jit' ? jax.jit(f) : f);
const values = (array, shape) => np.array(array).reshape(shape);

/** The golden weights; convolution kernels [K, C, R, S], the rest as they are. */
function weights() {
  const { byName } = referenceNetwork(folder);
  return Object.fromEntries(
    Object.entries(byName).map(([name, { shape, values: given }]) => {
      const array = values(given.slice(), shape);
      return [name, shape.length === 4 ? np.transpose(array, [3, 2, 0, 1]) : array];
    }),
  );
}

function dropout(x, key, rate) {
  const mask = random.bernoulli(key, 1 - rate, x.shape);
  return np.where(mask, x.mul(1 / (1 - rate)), 0);
}

/** x [N, 1, 28, 28] to logits [N, 10]; without keys dropout is off. */
function forward(p, x, keys = []) {
  const drop = (y, i) => (keys.length > 0 ? dropout(y, keys[i], 0.5) : y);
  let y = x;
  for (const [i, layer] of ['conv2d_1', 'conv2d_2'].entries()) {
    y = lax.convGeneralDilated(
      y,
      p[`${layer}/kernel`],
      [1, 1],
      [
        [1, 1],
        [1, 1],
      ],
    );
    y = drop(nn.relu(y.add(p[`${layer}/bias`].reshape([1, -1, 1, 1]))), i);
    const [N, C, H, W] = y.shape;
    y = np.max(y.reshape([N, C, H / 2, 2, W / 2, 2]), [3, 5]);
  }
  y = np.transpose(y, [0, 2, 3, 1]).reshape([y.shape[0], -1]);
  y = drop(nn.relu(np.matmul(y, p['dense_1/kernel']).add(p['dense_1/bias'])), 2);
  return np.matmul(y, p['dense_2/kernel']).add(p['dense_2/bias']);
}

function lossOf(p, x, truth, keys) {
  const count = x.shape[0];
  return np.sum(nn.logSoftmax(forward(p, x, keys)).mul(truth)).mul(-1 / count);
}

/** Adam in Keras' form. */
function update({ p, m, v, alpha, x, truth, keys }) {
  const [loss, g] = jax.valueAndGrad(lossOf)(kept(p), x, truth, keys);
  const next = { p: {}, m: {}, v: {} };
  for (const name of Object.keys(p)) {
    next.m[name] = m[name].mul(0.9).add(g[name].ref.mul(0.1));
    next.v[name] = v[name].mul(0.999).add(np.square(g[name]).mul(0.001));
    const change = next.m[name].ref.div(np.sqrt(next.v[name].ref).add(1e-7)).mul(alpha.ref);
    next.p[name] = p[name].sub(change);
  }
  alpha.dispose();
  return { ...next, loss };
}
/** The parameters, for one more use. */
const kept = (p) => Object.fromEntries(Object.entries(p).map(([name, array]) => [name, array.ref]));

function trainer(drops) {
  const p = weights();
  const zeros = () => Object.fromEntries(Object.entries(p).map(([name, { shape }]) => [name, np.zeros(shape)]));
  let state = { p, m: zeros(), v: zeros() };
  const run = maybeJit(update);
  return async (set, chosen, step) => {
    const x = values(gather(set, chosen), [chosen.length, 1, 28, 28]);
    const truth = nn.oneHot(
      values(
        Int32Array.from(chosen, (i) => set.labels[i]),
        [chosen.length],
      ),
      10,
    );
    const alpha = np.array([(0.001 * Math.sqrt(1 - 0.999 ** step)) / (1 - 0.9 ** step)]);
    const keys = drops ? [0, 1, 2].map((i) => random.key(3 * step + i)) : [];
    const { loss, ...next } = run({ ...state, alpha, x, truth, keys });
    state = next;
    return (await loss.data())[0];
  };
}

function answerer() {
  const p = weights();
  const run = maybeJit((q, x) => forward(q, x));
  return async (set, chosen) => await run(kept(p), values(gather(set, chosen), [chosen.length, 1, 28, 28])).data();
}

const range = (from, count) => Uint32Array.from({ length: count }, (_, i) => from + i);
const modes = ['jit', 'eager'];

const tasks = {
  describe: () => ({ name: 'jax-js', version, trainModes: modes, inferModes: modes }),
  async check({ batch, steps }) {
    const set = readCheckSet(folder);
    const logits = [...(await answerer()(set, range(0, batch)))];
    const train = trainer(false);
    const losses = [];
    for (let step = 0; step < steps; step++) losses.push(await train(set, range(step * batch, batch), step + 1));
    return { logits, losses };
  },
  async train(limits) {
    const set = readTrainingSet(folder);
    const train = trainer(true);
    return timeTraining({ set, ...limits }, (chosen, step) => train(set, chosen, step));
  },
  async infer({ sizes, seconds }) {
    const set = readTrainingSet(folder);
    const run = answerer();
    return timeInference({ sizes, seconds }, set.count, (row, size) => run(set, range(row, size)));
  },
};

console.log(JSON.stringify(await tasks[request.task](request)));
process.exit(0);
