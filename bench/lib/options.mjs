import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export const usage = `npm run bench -- [what] [options]

what
  (nothing)              training, inference and the kernels of this program
  epoch-time             compares secondsPerEpoch, as a run claims it, with whole processes timed from outside
  memory                 peak memory of a training run, and its growth after the second epoch
  suite                  every built-in network beside PyTorch and ONNX Runtime (needs --python)
  suite-kernels          each kernel's share of a training step, and of the machine's peak, in every built-in network
  --versus DIR           this build beside another one of this program, built in DIR: new ÷ old
  --against A,B          this program beside torch, keras, jax, tfjs, onnxruntime, jax-js

options
  --only A,B             of training, inference, kernels (default: all)
  --figures A,B          of --versus: training, memory, inference-1, inference-32, inference-300, report, serving,
                         help, serve-ready (default: all)
  --networks A,B         of suite and suite-kernels (default: all)
  --threads A,B          numbers of threads (default: 1,2)
  --runs N               fresh processes for each figure (default: 3)
  --epochs N             epochs a training process runs (default: 1)
  --steps N              cut an epoch short after N steps; the epoch's time is then extrapolated
  --seconds X            time spent on each batch size of inference (default: 3)
  --python PATH          a Python with torch, keras or jax; may be given several times (default: python3)
  --peers DIR            a folder where npm installed tfjs, onnxruntime-node or jax-js
  --data DIR             the folder of the data set (default: found as the program finds it)
  --quick                a few steps of everything: shows that it works, its figures mean nothing
  --save                 keep the figures: bench/results/*.json and the tables of bench/README.md`;

const parts = ['training', 'inference', 'kernels'];

/** The command line, parsed; throws a sentence where it does not fit. */
export function parseOptions(args = process.argv.slice(2)) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      against: { type: 'string' },
      versus: { type: 'string' },
      figures: { type: 'string' },
      networks: { type: 'string' },
      only: { type: 'string', default: parts.join(',') },
      threads: { type: 'string', default: '1,2' },
      runs: { type: 'string' },
      epochs: { type: 'string', default: '1' },
      steps: { type: 'string' },
      seconds: { type: 'string' },
      python: { type: 'string', multiple: true, default: ['python3'] },
      peers: { type: 'string' },
      data: { type: 'string' },
      quick: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { quick, save } = values;
  if (quick && save) throw new Error('--quick measures nothing worth saving; leave --save away.');
  if (positionals.length > 1) throw new Error(`One thing at a time: ${positionals.join(', ')}.`);
  const only = values.only.split(',');
  const stranger = only.find((part) => !parts.includes(part));
  if (stranger !== undefined) throw new Error(`--only knows ${parts.join(', ')}, not '${stranger}'.`);
  return {
    what: values.versus ? 'versus' : values.against === undefined ? (positionals[0] ?? 'own') : 'against',
    versus: values.versus,
    figures: values.figures?.split(','),
    networks: values.networks?.split(','),
    against: values.against?.split(',') ?? [],
    only,
    threads: values.threads.split(',').map((text) => positive('threads', text)),
    runs: positive('runs', values.runs ?? (quick ? '1' : '3')),
    epochs: positive('epochs', values.epochs),
    steps: values.steps || quick ? positive('steps', values.steps ?? '4') : null,
    seconds: positive('seconds', values.seconds ?? (quick ? '0.3' : '3'), false),
    pythons: values.python,
    peers: values.peers === undefined ? undefined : resolve(values.peers),
    data: values.data === undefined ? undefined : resolve(values.data),
    quick,
    save,
    help: values.help,
  };
}

function positive(name, text, whole = true) {
  const value = Number(text);
  if (value > 0 && (!whole || Number.isInteger(value))) return value;
  throw new Error(`--${name} should be a ${whole ? 'whole ' : ''}number above 0, not '${text}'.`);
}
