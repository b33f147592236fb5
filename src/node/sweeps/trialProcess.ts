import { SelvedgeError } from '../../core/errors.ts';
import { type LoadedDataset, loadDataset } from '../datasets/fashionMnist.ts';
import type { FromTrialProcess, ProcessSettings, ToTrialProcess } from './messages.ts';
import { runTrial } from './runTrial.ts';
import type { TrialOutcome, TrialTask } from './trialRunner.ts';

/** Runs in a child process: one trial after the other, as the sweep sends them. */
let data: Promise<LoadedDataset> | undefined;
let stopping = new AbortController();
const send = (message: FromTrialProcess) => process.send?.(message);
/** Milliseconds between two reports of progress. */
const reportInterval = 200;

async function run(task: TrialTask, { dataFolder, ...settings }: ProcessSettings): Promise<TrialOutcome> {
  let lastReport = 0;
  try {
    data ??= loadDataset({ folder: dataFolder });
    return await runTrial(task, {
      ...settings,
      data: await data,
      signal: stopping.signal,
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
