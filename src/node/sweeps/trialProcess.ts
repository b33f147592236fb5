import { SelvedgeError } from '../../core/errors.ts';
import { type LoadedDataset, loadDataset } from '../datasets/fashionMnist.ts';
import { nodeEngine } from '../engine.ts';
import { requireSameData } from '../runs/readRun.ts';
import type { FromTrialProcess, ProcessSettings, ToTrialProcess } from './messages.ts';
import { runTrial } from './runTrial.ts';
import type { TrialOutcome, TrialRequirements, TrialTask } from './trialRunner.ts';

/** Runs in a child process: one trial after the other, as the sweep sends them. */
let data: Promise<LoadedDataset> | undefined;
let stopping = new AbortController();
const send = (message: FromTrialProcess) => process.send?.(message);
/** Milliseconds between two reports of progress. */
const reportInterval = 200;

async function run(task: TrialTask, { dataFolder, ...settings }: ProcessSettings): Promise<TrialOutcome> {
  let lastReport = 0;
  try {
    data ??= loadDataset(dataFolder === undefined ? {} : { folder: dataFolder });
    if (task.requires) await requireThat(task.requires, await data);
    return await runTrial(task, {
      ...settings,
      data: await data,
      signal: stopping.signal,
      onCheckpoint: () => send({ type: 'checkpoint' }),
      onCurve: (curve) => send({ type: 'curve', curve }),
      onWarning: (sentence) => send({ type: 'warning', sentence }),
      onProgress(epochs) {
        if (performance.now() - lastReport < reportInterval) return;
        lastReport = performance.now();
        send({ type: 'progress', epochs });
      },
    });
  } catch (error) {
    if (error instanceof SelvedgeError) return { kind: 'broken', code: error.code, error: error.message };
    throw error;
  }
}

/** @throws SelvedgeError 'bad-data' or 'bad-option' */
async function requireThat({ dataset, wasmSha256 }: TrialRequirements, loaded: LoadedDataset): Promise<void> {
  requireSameData(dataset, loaded);
  const engine = await nodeEngine();
  if (wasmSha256 === null || wasmSha256 === engine.wasmSha256) return;
  throw new SelvedgeError(
    'bad-option',
    `The sweep was started with another build of the engine (${wasmSha256.slice(0, 12)}…, this is ${engine.wasmSha256.slice(0, 12)}…); run the same version of selvedge everywhere.`,
  );
}

process.on('message', (message: ToTrialProcess) => {
  if (message.type === 'stop') {
    stopping.abort();
    return;
  }
  stopping = new AbortController();
  // What is no SelvedgeError is a defect: it ends the process, with its stack on standard error.
  void run(message.task, message.settings).then((outcome) => send({ type: 'outcome', outcome }));
});
// Without the sweep a trial has no purpose, and another sweep may start in this folder at any time.
process.on('disconnect', () => process.exit());
// A terminal's Ctrl-C reaches this process too; the sweep says when to stop.
process.on('SIGINT', () => {});
