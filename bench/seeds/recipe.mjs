// Trains reference-bn with a recipe of batch normalisation, AdamW and augmentation over three seeds, here and in PyTorch on the same split:
// node bench/seeds/recipe.mjs [--python PATH] [--data DIR]. The last line is the validation accuracies as JSON.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { stratifiedSplit } from '../../dist/core/data/split.js';
import { randomSequence, streams } from '../../dist/core/engine/random.js';
import { builtinNetwork } from '../../dist/core/graph/builtin.js';
import { loadDataset } from '../../dist/node/datasets/fashionMnist.js';
import { runProcess } from '../lib/children.mjs';
import { makeWorkload } from '../lib/workload.mjs';

const { values } = parseArgs({ options: { python: { type: 'string' }, data: { type: 'string' } } });
const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const held = 5000;
const recipe = [
  ['network', 'reference-bn'],
  ['optimizer', 'adamW'],
  ['learning-rate', 0.004],
  ['weight-decay', 0.02],
  ['schedule', 'linear'],
  ['warmup-epochs', 1],
  ['batch-size', 128],
  ['shift', 1],
  ['flip', 'random'],
  ['label-smoothing', 0.1],
  ['validation', held],
].flatMap(([name, value]) => [`--${name}`, String(value)]);

const { train } = await loadDataset(values.data === undefined ? {} : { folder: values.data });
const workload = await makeWorkload(values.data);
const folder = mkdtempSync(join(tmpdir(), 'selvedge-recipe-'));
const accuracies = { selvedge: [], torch: [] };
try {
  for (const seed of [0, 1, 2]) {
    const out = join(folder, String(seed));
    const data = values.data === undefined ? [] : ['--data', values.data];
    const command = [
      here('../../dist/node/cli/main.js'),
      'train',
      ...recipe,
      '--seed',
      String(seed),
      '--out',
      out,
      ...data,
      '--json',
    ];
    await runProcess([process.execPath, ...command]);
    const { history } = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'));
    accuracies.selvedge.push(history.at(-1).validationAccuracy);
    if (values.python) {
      const split = stratifiedSplit(train.labels, held, randomSequence(seed, streams.split, 0).below);
      const request = {
        spec: builtinNetwork('reference-bn'),
        data: workload.folder,
        seed,
        validation: [...split.validation],
        threads: 2,
      };
      const { answer } = await runProcess([values.python, here('torch_recipe.py'), JSON.stringify(request)]);
      accuracies.torch.push(answer.validationAccuracy);
    }
    console.log(
      `seed ${seed}: ${JSON.stringify(Object.fromEntries(Object.entries(accuracies).map(([name, all]) => [name, all.at(-1)])))}`,
    );
  }
  console.log(JSON.stringify(accuracies));
} finally {
  rmSync(folder, { recursive: true, force: true });
  workload.remove();
}
