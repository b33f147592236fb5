import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createEnsemble, evaluate, loadDataset, loadModel, loadServableModel } from '../../src/node/index.ts';
import { expectOneSentence, photos, selvedge, short, subset, succeed, temporaryFolder, trained } from './selvedge.ts';

describe('selvedge ensemble', async () => {
  const folder = temporaryFolder(afterAll);
  const inFolder = (name: string) => join(folder, name);
  const [a, b, c] = ['a', 'b', 'c'].map(inFolder) as [string, string, string];
  const small = inFolder('small.json');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    small,
    JSON.stringify([
      { type: 'input', shape: [28, 28, 1] },
      { type: 'flatten' },
      { type: 'dense', units: 8, activation: 'relu' },
      { type: 'dense', units: 10, activation: 'softmax' },
    ]),
  );
  const validated = [...short, '--validation', '20'];
  await Promise.all([
    trained(a, [...validated, '--seed', '0']),
    trained(b, [...validated, '--seed', '0', '--network', small]),
    trained(c, [...validated, '--seed', '1', '--network', small]),
  ]);
  const ensemble = (...args: string[]) => selvedge(['ensemble', '--data', subset, ...args]);
  const both = inFolder('both');
  const { stdout } = await succeed(['ensemble', '--data', subset, a, b, '--out', both, '--json']);
  const written = JSON.parse(stdout);
  const parameters = 421_642 + 784 * 8 + 8 + 8 * 10 + 10;

  it('writes a model, reports its cost, and fits its temperature on the validation images of both', async () => {
    expect(written).toMatchObject({ file: join(both, 'model.safetensors'), passes: 2, parameters });
    const { reliability } = await loadServableModel(both);
    expect(reliability!.sets).toEqual({ fitted: 40, validation: 20, test: 200 });
    expect(written.calibration).toEqual(reliability!.calibration);
    expect(reliability!.familiarity!.layer).toBe('dropout_3');
  });

  it('is evaluated with its cost: the accuracy and loss of the mean, on 1 and 3 threads alike', async () => {
    const [one, three] = await Promise.all(
      ['1', '3'].map((threads) =>
        succeed(['evaluate', both, '--data', subset, '--json', '--threads', threads, '--out', inFolder(threads)]),
      ),
    );
    const [first, second] = [one!, three!].map(({ stdout: text }) => JSON.parse(text));
    const { files: _, ...scores } = first;
    expect({ ...second, files: 0 }).toEqual({ ...first, files: 0 });
    expect(scores.ensemble).toEqual({ passes: 2, parameters, multiplyAdds: 4_241_152 + 784 * 8 + 80 });
    expect(JSON.parse(readFileSync(join(inFolder('1'), 'evaluation.json'), 'utf8'))).toEqual(scores);
    const models = await Promise.all([a, b].map(async (name) => ({ name, model: await loadModel(name) })));
    const { accuracy, loss } = await evaluate(createEnsemble(models), (await loadDataset({ folder: subset })).test);
    expect(scores).toMatchObject({ accuracy, loss });
    const { stdout: words } = await succeed(['evaluate', both, '--data', subset]);
    expect(words).toMatch(/^ensemble of 2 models: 2 passes of each image, 428,012 parameters, 4\.25 M multiply-adds$/m);
  });

  it('predicts with calibrated probabilities', async () => {
    const { stdout: text } = await succeed(['predict', both, join(photos, '05-pullover-thumbnail.jpg'), '--json']);
    expect(JSON.parse(text).predictions[0]).toMatchObject({ calibrated: true, familiar: expect.any(Boolean) });
  });

  it('without common validation images says why it is not calibrated', async () => {
    const fits = (out: string, ...args: string[]) =>
      succeed(['ensemble', '--data', subset, ...args, '--out', inFolder(out)]);
    const different = await fits('different', a, c);
    expect(different.stdout).toMatch(
      /^calibration {8}none, .*a and .*c kept different images out of training; train them with one --validation-seed/m,
    );
    expect((await loadServableModel(inFolder('different'))).reliability).toBeUndefined();
    expect((await fits('again.safetensors', both, c)).stdout).toMatch(
      /no in-distribution score: there is no run\.json of .*both$/m,
    );
    const { stdout: text } = await succeed(['ensemble', a, b, '--no-data', '--out', inFolder('none')]);
    expect(text).toContain('the option --no-data was given');
  });

  it('refuses what does not fit, and to overwrite, each with one sentence', async () => {
    expectOneSentence(await ensemble(a, '--out', inFolder('x')), /An ensemble needs at least two models/);
    expectOneSentence(await ensemble(a, b, a, '--out', inFolder('x')), /a is given twice, and would count twice/);
    expectOneSentence(await ensemble(a, b, '--out', a), /model\.safetensors exists already; choose another/);
    expectOneSentence(await ensemble(a, subset, '--out', inFolder('x')), /There is no model at .*fashion-mnist-subset/);
    for (const command of ['inspect', 'summary']) {
      expectOneSentence(await selvedge([command, both]), /both.* is an ensemble of 2 models, but a single network/);
    }
  });
});
