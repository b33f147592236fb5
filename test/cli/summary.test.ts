import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { expectOneSentence, selvedge, short, succeed, temporaryFolder } from './selvedge.ts';

function networkFile(layers: readonly object[]): string {
  const file = join(temporaryFolder(), 'network.json');
  writeFileSync(file, JSON.stringify([{ type: 'input', shape: [28, 28, 1] }, ...layers]));
  return file;
}

it('selvedge summary prints layers, parameters, multiply-adds and memory of the reference network', async () => {
  const { stdout } = await succeed(['summary']);
  expect(stdout).toMatch(/^conv2d_2 \(conv2d\) +\[14, 14, 64\] +18,496 +3,612,672$/m);
  expect(stdout).toMatch(/^total +421,642 +4,241,152$/m);
  expect(stdout).toMatch(
    /^memory to train at batch size 300: \d+\.\d MB \(60 images run at once; larger batches take no more\)$/m,
  );
  expect(stdout).toMatch(/^memory to classify: \d+\.\d MB$/m);
});

it('names what each layer reads where the network is no chain', async () => {
  const file = networkFile([
    { type: 'flatten', name: 'pixels' },
    { type: 'dense', units: 784, activation: 'relu' },
    { type: 'add', inputs: ['pixels', 'dense_1'] },
    { type: 'dense', units: 10, activation: 'softmax' },
  ]);
  const { stdout } = await succeed(['summary', file]);
  expect(stdout).toMatch(/^add_1 \(add\) +\[784\] +pixels, relu_1 +0 +0$/m);
});

it('gives the same as JSON, and knows a run’s model', async () => {
  const out = join(temporaryFolder(), 'run');
  await succeed(['train', ...short, '--out', out]);
  const { stdout } = await succeed(['summary', out, '--batch-size', '32', '--json']);
  const { layers, parameters, memory } = JSON.parse(stdout);
  expect([layers.length, parameters, memory.batchSize]).toEqual([17, 421_642, 32]);
  expect(memory.train).toBeGreaterThan(memory.classify);
  expect(memory.classify).toBeGreaterThan(421_642 * 4);
});

it('refuses a network that WebAssembly cannot address, naming the layer that needs most', async () => {
  const wide = networkFile([
    { type: 'flatten' },
    { type: 'dense', name: 'wide', units: 10_000_000 },
    { type: 'dense', units: 2, activation: 'softmax' },
  ]);
  expectOneSentence(
    await selvedge(['summary', wide]),
    /The network needs \d+\.\d GiB of memory, \d+\.\d GiB of it for wide alone, but an engine can have 4 GiB; make its layers smaller\.$/,
  );
});

it('refuses a graph with a cycle, naming the layers', async () => {
  const file = networkFile([
    { type: 'relu', name: 'a', inputs: ['b'] },
    { type: 'relu', name: 'b' },
  ]);
  expectOneSentence(await selvedge(['summary', file]), /The layers a, b read each other in a cycle\.$/);
});
