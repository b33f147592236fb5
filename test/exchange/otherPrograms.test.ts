import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readOnnx } from '../../src/core/formats/onnx/importModel.ts';
import { openClassifier } from '../../src/core/model/classifier.ts';
import { root } from '../cli/selvedge.ts';
import { inlineEngine } from '../engine/engines.ts';

const folder = join(root, 'test/fixtures/onnx');

interface Answered {
  readonly shape: readonly number[];
  readonly pictures: readonly number[];
  readonly probabilities: readonly number[];
}

test.each([
  'torch-residual-dynamo',
  'torch-residual-older',
  'torch-sequential-dynamo',
  'torch-sequential-older',
  'keras-functional',
  'keras-sequential',
])('%s: probabilities within 1e-6 of those of the framework that made it', async (name) => {
  const { model } = readOnnx(readFileSync(join(folder, `${name}.onnx`)), name);
  const { shape, pictures, probabilities }: Answered = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
  expect(model.network.inputShape).toEqual(shape);
  const classifier = await openClassifier(model, inlineEngine, 1);
  const answers = await classifier.probabilities(Uint8Array.from(pictures));
  await classifier.close();
  expect(answers).toHaveLength(probabilities.length);
  const worst = probabilities.reduce((most, p, i) => Math.max(most, Math.abs(p - answers[i]!)), 0);
  expect(worst).toBeLessThan(1e-6);
});
