import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { littleEndianBytes, sha256 } from '../../src/core/bytes.ts';
import { readCheckpoint, writeCheckpoint } from '../../src/core/formats/checkpointFile.ts';
import { readModel, writeModel } from '../../src/core/formats/modelFile.ts';
import { lastLine, recordIn, root, stepsIn, subset, succeed, temporaryFolder } from './selvedge.ts';

const old = join(root, 'test/fixtures/old');
const finished = recordIn(join(old, 'finished'));
const data = ['--data', subset];

it('a model file is read, and written again with the same bytes', async () => {
  const bytes = new Uint8Array(readFileSync(join(old, 'finished/model.safetensors')));
  const model = readModel(bytes, 'model.safetensors');
  expect(await sha256(littleEndianBytes(model.parameters))).toBe(finished.weightsSha256);
  expect(writeModel(model)).toEqual(bytes);
});

it('a checkpoint is read, and written again with the same contents and the settings that it lacks', async () => {
  const bytes = new Uint8Array(readFileSync(join(old, 'stopped/checkpoint.safetensors')));
  const checkpoint = await readCheckpoint(bytes, 'checkpoint.safetensors');
  expect(checkpoint.state.step).toBe(3);
  expect(checkpoint.identity.configuration).toMatchObject({ optimizer: 'adam', emaDecay: null });
  expect(Object.keys(checkpoint.state.optimizer)).toEqual(['m', 'v']);
  expect(await readCheckpoint(await writeCheckpoint(checkpoint), 'checkpoint.safetensors')).toEqual(checkpoint);
});

it('a model is evaluated to the same scores', async () => {
  const model = join(old, 'finished/model.safetensors');
  const { stdout } = await succeed(['evaluate', model, ...data, '--json', '--out', temporaryFolder()]);
  const { files, ...evaluation } = JSON.parse(stdout);
  expect(evaluation).toEqual(finished.evaluation);
});

it('a model predicts with calibrated probabilities', async () => {
  const photo = join(root, 'test/fixtures/photos/05-pullover-thumbnail.jpg');
  const { stdout } = await succeed(['predict', join(old, 'finished/model.safetensors'), photo, '--json']);
  expect(JSON.parse(stdout).predictions[0]).toMatchObject({ calibrated: true, familiar: true });
});

it.each(['finished', 'seed'])("the run '%s' is reproduced with the same bits", async (name) => {
  const { weightsSha256 } = recordIn(join(old, name));
  const { stdout } = await succeed(['reproduce', join(old, name), ...data, '--json']);
  expect(JSON.parse(stdout)).toEqual({ same: true, epochs: 2, weightsSha256 });
});

it('a stopped run is resumed to the same bits, scores and steps', async () => {
  const folder = join(temporaryFolder(), 'run');
  cpSync(join(old, 'stopped'), folder, { recursive: true });
  const { stdout } = await succeed(['train', '--resume', folder, '--allow-different-engine', ...data, '--json']);
  const record = JSON.parse(lastLine(stdout));
  const { weightsSha256, evaluation, configuration, network } = finished;
  expect(record).toMatchObject({ status: 'finished', weightsSha256, evaluation, configuration, network });
  expect(stepsIn(folder)).toHaveLength(18);
});
