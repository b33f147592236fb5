import { join } from 'node:path';
import { SelvedgeError } from '../../core/errors.ts';
import { configurationFor } from '../../core/training/configuration.ts';
import type { EpochMetrics } from '../../core/training/history.ts';
import type { CurvePoint } from '../../core/tuning/journal.ts';
import { networkFileName } from '../../core/tuning/trials.ts';
import type { LoadedDataset } from '../datasets/fashionMnist.ts';
import { type FoundCheckpoint, hasCheckpoint, removeCheckpoints } from '../runs/checkpoints.ts';
import { readRun } from '../runs/readRun.ts';
import { findResumable } from '../runs/resume.ts';
import { trainRun, trainUntil } from '../runs/trainRun.ts';
import { makeFolder, writeFileWhole } from '../runs/writeWhole.ts';
import type { TrialEvents, TrialOutcome, TrialTask } from './trialRunner.ts';

export interface TrialOptions extends TrialEvents {
  readonly data: LoadedDataset;
  readonly threads: number;
  readonly checkpointSeconds: number;
  readonly allowDifferentEngine: boolean;
  readonly signal: AbortSignal;
}

/** Errors that another trial would meet too. */
const surroundings = ['cannot-write', 'missing-file', 'bad-data'] as const;

/**
 * Trains a trial up to its task's epoch: from its checkpoint where there is one of the same run, otherwise from the start. After the last
 * epoch it is evaluated, and its folder is that of a finished run.
 */
export async function runTrial(task: TrialTask, options: TrialOptions): Promise<TrialOutcome> {
  try {
    // A journal that lost lines may ask for fewer epochs than its trial's run has.
    const history = (await train(task, options)).slice(0, task.epochs);
    return history.length < task.epochs ? { kind: 'stopped' } : { kind: 'reached', curve: curveOf(history) };
  } catch (error) {
    if (!(error instanceof SelvedgeError)) throw error;
    const { code, message } = error;
    const isBroken = (surroundings as readonly string[]).includes(code);
    return isBroken ? { kind: 'broken', code, error: message } : { kind: 'failed', error: message };
  }
}

async function train(task: TrialTask, options: TrialOptions): Promise<readonly EpochMetrics[]> {
  const { folder, configuration, network, epochs } = task;
  const { data } = options;
  const finished = await finishedRun(task, data);
  if (finished) return finished;
  await makeFolder(folder);
  if (network.name === null) await writeFileWhole(join(folder, networkFileName), formatNetwork(network.spec));
  const run = {
    ...configuration,
    ...{ data, folder, threads: options.threads, checkpointSeconds: options.checkpointSeconds },
    ...{ networkName: network.name ?? networkFileName, network: network.spec, signal: options.signal },
    ...{ onWarning: options.onWarning, onCheckpoint: options.onCheckpoint, recordedFolder: task.recordedFolder },
  };
  let resume = await checkpointOf(task, options);
  const curve = curveOf(resume?.state.history.slice(0, epochs) ?? []);
  options.onCurve(curve);
  let history = resume?.state.history ?? [];
  if (history.length < epochs) {
    history = await trainUntil(epochs, {
      ...run,
      ...(resume && { resume }),
      onStep: ({ epoch, step, stepsPerEpoch }) => options.onProgress(epoch - 1 + step / stepsPerEpoch),
      onEpoch(metrics) {
        curve.push(...curveOf([metrics]));
        options.onCurve(curve);
      },
    });
    resume = await checkpointOf(task, options);
  }
  if (history.length < configuration.epochs) return history;
  if (!resume) throw new SelvedgeError('cannot-write', `The checkpoint in ${folder} could not be written.`);
  await trainRun({ ...run, resume });
  return history;
}

/** The history of the same run where it is finished: it was interrupted after that. */
async function finishedRun(task: TrialTask, data: LoadedDataset): Promise<readonly EpochMetrics[] | undefined> {
  const record = await readRun(task.folder).catch(() => undefined);
  if (record?.status !== 'finished' || !isSame(record, task, data)) return undefined;
  await removeCheckpoints(task.folder);
  return record.history;
}

/** The checkpoint of the same run. One of another run, or one that cannot be read, is removed, and the trial starts anew. */
async function checkpointOf(task: TrialTask, options: TrialOptions): Promise<FoundCheckpoint | undefined> {
  if (!(await hasCheckpoint(task.folder))) return undefined;
  const found = await findResumable(task.folder, options.allowDifferentEngine).catch((error: unknown) => {
    if (error instanceof SelvedgeError && error.code === 'bad-model') return undefined;
    throw error;
  });
  if (found && isSame(found.checkpoint.identity, task, options.data)) return found.checkpoint;
  await removeCheckpoints(task.folder);
  return undefined;
}

interface Identity {
  readonly configuration: TrialTask['configuration'];
  readonly network: { readonly spec: unknown };
}

function isSame(run: Identity, { configuration, network }: TrialTask, data: LoadedDataset): boolean {
  const wanted = configurationFor(data, configuration);
  return (
    JSON.stringify(configurationFor(data, run.configuration)) === JSON.stringify(wanted) &&
    JSON.stringify(run.network.spec) === JSON.stringify(network.spec)
  );
}

/** @throws SelvedgeError 'not-finite' where a loss is no number, although the weights are */
function curveOf(history: readonly EpochMetrics[]): CurvePoint[] {
  return history.map(({ epoch, validationLoss: loss, validationAccuracy: accuracy, seconds }) => {
    if (Number.isFinite(loss) && Number.isFinite(accuracy)) return { epoch, loss: loss!, accuracy: accuracy!, seconds };
    throw new SelvedgeError('not-finite', `After epoch ${epoch} the loss on the validation images is no number.`);
  });
}

function formatNetwork(spec: readonly unknown[]): string {
  return `[\n${spec.map((layer) => `  ${JSON.stringify(layer)}`).join(',\n')}\n]\n`;
}
