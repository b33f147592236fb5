import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { completeConfiguration } from '../../core/training/configuration.ts';
import type { CurvePoint } from '../../core/tuning/journal.ts';
import { loadDataset } from '../datasets/fashionMnist.ts';
import { readRun } from '../runs/readRun.ts';
import { runTrial } from './runTrial.ts';
import type { TrialTask } from './trialRunner.ts';

const data = loadDataset({ folder: join(import.meta.dirname, '../../../test/fixtures/fashion-mnist-subset') });
const configuration = completeConfiguration({
  epochs: 3,
  limit: 120,
  validation: 20,
  batchSize: 25,
  schedule: 'linear',
});
const spec = [
  { type: 'input', shape: [28, 28, 1] },
  { type: 'flatten' },
  { type: 'dense', units: 10, activation: 'softmax' },
] as const;

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'selvedge-trial-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const taskIn = (folder: string, epochs: number): TrialTask => ({
  ...{ trial: 0, folder: join(folder, 'trial'), configuration, epochs },
  network: { name: null, spec },
});

async function run(task: TrialTask, signal = new AbortController().signal) {
  const curves: CurvePoint[][] = [];
  const places: number[] = [];
  const outcome = await runTrial(task, {
    ...{ data: await data, threads: 1, checkpointSeconds: 30, allowDifferentEngine: false, signal },
    onCurve: (curve) => curves.push([...curve]),
    onProgress: (epochs) => places.push(epochs),
    onWarning: () => {},
  });
  return { outcome, curves, places };
}

it('pauses at its epoch and goes on from there to the weights of a run in one go', async () => {
  const folder = temporaryFolder();
  const first = await run(taskIn(folder, 1));
  expect(first.outcome).toMatchObject({ kind: 'reached', curve: [{ epoch: 1 }] });
  expect(first.places).toEqual([0.25, 0.5, 0.75, 1]);
  expect(readdirSync(join(folder, 'trial'))).toEqual(
    expect.arrayContaining(['checkpoint.safetensors', 'network.json']),
  );
  const second = await run(taskIn(folder, 3));
  expect(second.curves[0]).toHaveLength(1);
  expect(second.places[0]).toBe(1.25);
  expect(second.outcome).toMatchObject({ kind: 'reached', curve: [{ epoch: 1 }, { epoch: 2 }, { epoch: 3 }] });
  const whole = temporaryFolder();
  await run(taskIn(whole, 3));
  const [paused, once] = await Promise.all([folder, whole].map((one) => readRun(join(one, 'trial'))));
  expect(paused!.weightsSha256).toBe(once!.weightsSha256);
  expect(paused!.status).toBe('finished');
});

it('reports no more epochs than it was to train, where its run has more', async () => {
  const folder = temporaryFolder();
  await run(taskIn(folder, 3));
  const again = await run(taskIn(folder, 2));
  expect(again.outcome).toMatchObject({ curve: [{ epoch: 1 }, { epoch: 2 }] });
  expect(again.places).toEqual([]);
});

it('trains anew where the folder holds another run, or a checkpoint that cannot be read', async () => {
  const folder = temporaryFolder();
  const other = { ...taskIn(folder, 1), configuration: { ...configuration, seed: 5 } };
  await run(other);
  expect((await run(taskIn(folder, 1))).places[0]).toBe(0.25);
  const checkpoint = join(folder, 'trial/checkpoint.safetensors');
  writeFileSync(checkpoint, readFileSync(checkpoint).subarray(0, 900));
  rmSync(join(folder, 'trial/checkpoint.former.safetensors'), { force: true });
  expect((await run(taskIn(folder, 1))).places[0]).toBe(0.25);
});

it('stops with its checkpoint', async () => {
  const folder = temporaryFolder();
  const { outcome } = await run(taskIn(folder, 2), AbortSignal.abort());
  expect(outcome).toEqual({ kind: 'stopped' });
  expect(readdirSync(join(folder, 'trial'))).toContain('checkpoint.safetensors');
});

it('fails by its own fault, and is broken by that of its surroundings', async () => {
  const folder = temporaryFolder();
  const wild = { ...taskIn(folder, 3), configuration: { ...configuration, learningRate: 1e38 } };
  expect((await run(wild)).outcome).toEqual({
    kind: 'failed',
    error: expect.stringMatching(/stopped being a number at step \d of epoch 1/),
  });
  writeFileSync(join(folder, 'file'), '');
  const blocked = { ...taskIn(folder, 3), folder: join(folder, 'file/trial') };
  expect((await run(blocked)).outcome).toMatchObject({ kind: 'broken', code: 'cannot-write' });
});
