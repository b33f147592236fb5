import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Checkpoint, TrainingIdentity } from '../../core/formats/checkpointFile.ts';
import { parseNetwork } from '../../core/graph/parse.ts';
import { completeConfiguration } from '../../core/training/configuration.ts';
import { loadDataset } from '../datasets/fashionMnist.ts';
import { nodeEngine } from '../engine.ts';
import { findCheckpoint, hasCheckpoint, readSteps, removeCheckpoints, saveCheckpoint } from './checkpoints.ts';
import { requireSameData } from './readRun.ts';
import { findResumable, type RequestedSettings, requireSameConfiguration } from './resume.ts';

const data = await loadDataset({
  folder: fileURLToPath(new URL('../../../test/fixtures/fashion-mnist-subset', import.meta.url)),
});
const dense = { type: 'dense', units: 10, activation: 'softmax' };
const spec = parseNetwork([{ type: 'input', shape: [28, 28, 1] }, { type: 'flatten' }, dense]);
const given = { epochs: 3, batchSize: 30, learningRate: 0.001, seed: 7, limit: null, validation: 20 };
const configuration = completeConfiguration(given);

async function checkpointAt(step: number, changes: Partial<TrainingIdentity> = {}): Promise<Checkpoint> {
  const { wasmSha256 } = await nodeEngine();
  const numbers = new Float32Array(4).fill(step);
  return {
    identity: {
      ...{ network: { name: 'dense', spec }, configuration, dataset: data.files, wasmSha256 },
      ...{ earlierEngines: [], startedAt: '2026-01-02T03:04:05.678Z', ...changes },
    },
    state: {
      ...{ parameters: numbers, optimizer: { m: numbers, v: numbers }, step, lossSum: 1, correct: 1, seconds: 1 },
      history: [{ epoch: 1, steps: 3, loss: 1, accuracy: 0.5, weightsSha256: 'x', seconds: 1 }],
    },
  };
}

const metrics = [1, 2, 3, 4, 5].map((n) => ({
  epoch: n > 3 ? 2 : 1,
  step: n > 3 ? n - 3 : n,
  loss: 1 / n,
  accuracy: 0.5,
}));

/** A run's folder with the checkpoints after steps 1 and 2 of epoch 2. */
async function runFolder(changes?: Partial<TrainingIdentity>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'selvedge-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const step of [1, 2])
    await saveCheckpoint(folder, await checkpointAt(step, changes), metrics.slice(0, 3 + step));
  return folder;
}

const current = 'checkpoint.safetensors';
const former = 'checkpoint.former.safetensors';
const steps = 'checkpoint.metrics.jsonl';

describe('the checkpoints in a folder', () => {
  test('are the newest and the one before, with the steps so far, and nothing else', async () => {
    const folder = await runFolder();
    expect(readdirSync(folder).sort()).toEqual([former, steps, current]);
    expect(await findCheckpoint(folder)).toEqual({ ...(await checkpointAt(2)), skipped: undefined });
    rmSync(join(folder, current));
    expect((await findCheckpoint(folder)).state.step).toBe(1);
    expect(await hasCheckpoint(folder)).toBe(true);
  });

  test('a torn newest one is skipped, and replaced by the next without touching the one before', async () => {
    const folder = await runFolder();
    truncateSync(join(folder, current), 300);
    const good = readFileSync(join(folder, former));
    const { skipped, state } = await findCheckpoint(folder);
    expect(skipped).toMatch(/checkpoint\.safetensors is not a usable checkpoint: /);
    expect(state.step).toBe(1);
    await saveCheckpoint(folder, await checkpointAt(2), metrics, false);
    expect(readFileSync(join(folder, former))).toEqual(good);
    expect((await findCheckpoint(folder)).state.step).toBe(2);
  });

  test('the steps are those up to the checkpoint, none after it', async () => {
    const folder = await runFolder();
    expect(await readSteps(folder, (await checkpointAt(2)).state)).toEqual(metrics);
    expect(await readSteps(folder, (await checkpointAt(1)).state)).toEqual(metrics.slice(0, 4));
  });

  test('are removed with what a kill in the midst of writing left, and nothing else', async () => {
    const folder = await runFolder();
    const leftOver = ['.checkpoint.next', '..checkpoint.next.0a1b2c3d4e5f.tmp', '.checkpoint.metrics.jsonl.0a1b.tmp'];
    for (const name of [...leftOver, 'run.json', 'checkpoint.md', '.hidden']) writeFileSync(join(folder, name), '');
    mkdirSync(join(folder, '.selvedge-0a1b2c.tmp/inner'), { recursive: true });
    await removeCheckpoints(folder);
    expect(readdirSync(folder).sort()).toEqual(['.hidden', 'checkpoint.md', 'run.json']);
    expect(await hasCheckpoint(folder)).toBe(false);
  });

  const asFolder = (folder: string) => {
    for (const name of [current, former]) rmSync(join(folder, name));
    mkdirSync(join(folder, current));
  };
  test.each<[string, (folder: string) => void, string, RegExp]>([
    ['one that cannot be read', asFolder, 'bad-model', /checkpoint\.safetensors cannot be read \(.*\)\.$/],
    ['no folder', (folder) => rmSync(folder, { recursive: true }), 'missing-file', /holds no checkpoint/],
    ['no steps', (folder) => rmSync(join(folder, steps)), 'missing-file', /jsonl is missing .* cannot be resumed/],
    ['torn steps', (folder) => truncateSync(join(folder, steps), 150), 'bad-data', /was changed or cut short/],
    ['other steps', (folder) => writeFileSync(join(folder, steps), '{}\n'.repeat(9)), 'bad-data', /was changed or/],
  ])('%s is reported in a sentence', async (_, damage, code, message) => {
    const folder = await runFolder();
    damage(folder);
    const found = findCheckpoint(folder).then(({ state }) => readSteps(folder, state));
    await expect(found).rejects.toMatchObject({ name: 'SelvedgeError', code, message: expect.stringMatching(message) });
  });
});

describe('resuming', () => {
  test.each<[RequestedSettings, string]>([
    [{ epochs: 4 }, 'epochs (3 in the checkpoint, 4 requested)'],
    [{ seed: 8, epochs: 3 }, 'seed (7 in the checkpoint, 8 requested)'],
    [{ batchSize: 31 }, 'batchSize (30 in the checkpoint, 31 requested)'],
    [{ learningRate: 0.002 }, 'learningRate (0.001 in the checkpoint, 0.002 requested)'],
    [{ limit: 399 }, 'limit (none in the checkpoint, 399 requested)'],
    [{ validation: 0 }, 'validation (20 in the checkpoint, 0 requested)'],
    [{ optimizer: 'sgd' }, 'optimizer (adam in the checkpoint, sgd requested)'],
    [{ emaDecay: 0.9 }, 'emaDecay (none in the checkpoint, 0.9 requested)'],
    [{ learningRateMultipliers: { bias: 2 } }, 'learningRateMultipliers (none in the checkpoint, bias=2 requested)'],
    [{ network: parseNetwork([...spec.slice(0, 2), { ...dense, name: 'other' }]) }, 'the network'],
  ])('with %j is refused, naming what differs and nothing else', async (requested, words) => {
    const resumable = await findResumable(await runFolder(), false);
    expect(() => requireSameConfiguration(resumable, requested, data)).toThrow(
      `but these differ: ${words}; omit them, or train a new run.`,
    );
  });

  test('with the same, given as at the beginning, is allowed', async () => {
    const whole = { ...configuration, batchSize: 380 };
    const resumable = await findResumable(await runFolder({ configuration: whole }), false);
    for (const requested of [{}, configuration, { batchSize: 5000, limit: 1000, network: spec }]) {
      const same = { ...requested, ...('epochs' in requested && { batchSize: 380 }) };
      expect(() => requireSameConfiguration(resumable, same, data)).not.toThrow();
    }
  });

  test('on another data set is refused, naming the file', async () => {
    const resumable = await findResumable(await runFolder(), false);
    expect(() => requireSameData(resumable.checkpoint.identity.dataset, data)).not.toThrow();
    const files = { ...data.files, 'train-labels-idx1-ubyte': 'ab' };
    expect(() => requireSameData(resumable.checkpoint.identity.dataset, { ...data, files })).toThrow(
      `The run was trained on another train-labels-idx1-ubyte than the one in ${data.folder}; name its folder with --data.`,
    );
  });

  test('with another build of the engine is refused, unless allowed', async () => {
    const folder = await runFolder({ wasmSha256: 'ab'.repeat(32) });
    await expect(findResumable(folder, false)).rejects.toMatchObject({ code: 'bad-option' });
    expect((await findResumable(folder, true)).checkpoint.state.step).toBe(2);
  });
});
