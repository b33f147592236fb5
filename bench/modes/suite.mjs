import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { builtinNetwork } from '../../dist/core/graph/builtin.js';
import { runProcess } from '../lib/children.mjs';
import { median } from '../lib/figures.mjs';
import { describeMachine } from '../lib/machine.mjs';
import { publish } from '../lib/results.mjs';

const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const batches = { reference: 300, 'reference-no-dropout': 300, 'reference-bn': 300, 'efficientnet-lite0': 32 };
/** The networks of the suite, fixed before they were measured. */
export const suiteNetworks = [
  'reference',
  'reference-no-dropout',
  'reference-bn',
  'small',
  'air',
  'air-residual',
  'resnet-20-narrow',
  'resnet-20',
  'mobile',
  'efficientnet-lite0',
];

/** Images in a training step. */
export const batchOf = (name) => batches[name] ?? 128;

const sizes = [1, 128];
/** Modes of PyTorch that train, and all that answer. */
const trainModes = ['eager', 'channels_last', 'compiled'];
/** Compiling for each batch size takes minutes, and is not the fastest in inference. */
const inferModes = ['eager', 'channels_last', 'traced'];

/** Every built-in network beside PyTorch's best mode, and its inference beside ONNX Runtime: fresh processes in turn. */
export async function measureSuite({ pythons, threads: counts, runs, steps, seconds, networks, quick, ...options }) {
  const machine = describeMachine();
  const threads = Math.max(...counts);
  const names = networks ?? suiteNetworks;
  const torch = [pythons.at(-1), here('../suite/torch_suite.py')];
  const own = [process.execPath, here('../suite/selvedge.mjs')];
  const ask = async (command, name, request) => {
    const all = { spec: builtinNetwork(name), batch: batchOf(name), threads, seconds, ...request };
    return (await runProcess([...command, JSON.stringify(all)])).answer;
  };
  const results = [];
  for (const name of names) {
    console.log(`${name}: a trial of each mode of PyTorch`);
    const train = await bestMode(trainModes, async (mode) => (await ask(torch, name, { mode, steps: 3 })).train);
    const infer = {};
    for (const size of sizes) {
      const time = async (mode) => (await ask(torch, name, { mode, sizes: [size], seconds: seconds / 3 })).infer[size];
      infer[size] = await bestMode(inferModes, time);
    }
    const result = { name, batch: batchOf(name), modes: { train, infer }, runs: [] };
    for (let run = 0; run < runs; run++) {
      console.log(`${name}: round ${run + 1} of ${runs}`);
      const request = { steps: steps ?? (quick ? 2 : 12), sizes };
      const figures = { own: await ask(own, name, request) };
      figures.torch = await ask(torch, name, { mode: train.mode, steps: request.steps });
      figures.torchInfer = {};
      for (const size of sizes) {
        figures.torchInfer[size] = (await ask(torch, name, { mode: infer[size].mode, sizes: [size] })).infer[size];
      }
      figures.onnx = (await ask(torch, name, { mode: 'onnxruntime', sizes })).infer;
      result.runs.push(figures);
    }
    results.push(result);
  }
  const all = networks && options.save ? withSaved(results, machine) : results;
  publish('suite', { machine, text: table(all), figures: { threads, results: all } }, { quick, ...options });
}

/** The saved results with these in their place; the others must have been measured on the same machine with the same kernels. */
function withSaved(results, { engine, processor }) {
  const saved = JSON.parse(readFileSync(new URL('../results/suite.json', import.meta.url), 'utf8'));
  if (saved.machine.engine !== engine || saved.machine.processor !== processor) {
    throw new Error(
      'The saved figures of the other networks are of other kernels or another machine; measure the whole suite.',
    );
  }
  return saved.results.map((one) => results.find(({ name }) => name === one.name) ?? one);
}

/** The fastest mode and its time; a mode that fails is left out, with the reason. */
async function bestMode(modes, time) {
  const trials = {};
  const failed = {};
  for (const mode of modes) {
    try {
      trials[mode] = await time(mode);
    } catch (error) {
      failed[mode] = error.message;
    }
  }
  const [mode] = Object.entries(trials).sort((a, b) => a[1] - b[1])[0];
  return { mode, trials, failed };
}

function table(results) {
  const rows = results.map(({ name, batch, modes, runs }) => {
    const of = (pick) => median(runs.map(pick));
    const train = [of((run) => run.own.train), of((run) => run.torch.train)];
    const infer = sizes.map((size) => {
      const ours = of((run) => run.own.infer[size]);
      const torch = of((run) => run.torchInfer[size]);
      return { ours, torch, onnx: of((run) => run.onnx[size]) };
    });
    return { name, batch, mode: modes.train.mode, train, infer };
  });
  const number = (value) => value.toPrecision(3).replace(/\.0+$/, '');
  const ratio = (value) => value.toFixed(2);
  const lines = rows.map(({ name, batch, mode, train: [ours, theirs], infer }) =>
    [
      name,
      batch,
      number(ours),
      `${number(theirs)} (${mode})`,
      ratio(ours / theirs),
      ...infer.flatMap(({ ours: own, torch, onnx }) => [number(own), ratio(own / torch), ratio(own / onnx)]),
    ].join(' | '),
  );
  const mean = (values) => Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
  const plain = rows.filter(({ name }) => name !== 'reference');
  const summary = [
    `Geometric means without the first row's network: training ÷ PyTorch ${ratio(mean(plain.map(({ train: [a, b] }) => a / b)))}`,
    ...sizes.map(
      (size, i) =>
        `inference at ${size} ÷ ONNX Runtime ${ratio(mean(rows.map(({ infer }) => infer[i].ours / infer[i].onnx)))}`,
    ),
  ].join('; ');
  const head = [
    'network',
    'batch',
    'training, µs an image',
    'PyTorch (its best mode)',
    'ratio',
    ...sizes.flatMap((size) => [`inference at ${size}, µs`, '÷ PyTorch', '÷ ONNX Runtime']),
  ];
  return [head.join(' | '), head.map(() => '---').join(' | '), ...lines]
    .map((line) => `| ${line} |`)
    .concat('', `${summary}.`)
    .join('\n');
}
