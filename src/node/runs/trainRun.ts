import { mkdir, unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SelvedgeError } from '../../core/errors.ts';
import type { TrainingIdentity } from '../../core/formats/checkpointFile.ts';
import { builtinNetwork } from '../../core/graph/builtin.ts';
import { configurationFor } from '../../core/training/configuration.ts';
import type { EpochMetrics, StepMetrics } from '../../core/training/history.ts';
import { type TrainOptions, train } from '../../core/training/train.ts';
import type { TransferRecord } from '../../core/transfer/record.ts';
import type { LoadedDataset } from '../datasets/fashionMnist.ts';
import { nodeEngine } from '../engine.ts';
import { type FoundCheckpoint, readSteps, removeCheckpoints, saveCheckpoint } from './checkpoints.ts';
import { concludeRun, type TrainRun } from './concludeRun.ts';
import type { RunReliability } from './reliabilitySource.ts';
import { makeFolder, writeFileWhole } from './writeWhole.ts';

export interface TrainRunOptions extends Omit<TrainOptions, 'clock'> {
  readonly data: LoadedDataset;
  /** The network's name in `run.json`. */
  readonly networkName: string;
  /** The run's folder; created if it does not exist. */
  readonly folder: string;
  /** The folder's path in `run.json` and on the page, where it will be moved there. */
  readonly recordedFolder?: string | undefined;
  /** Temperature and threshold are this run's, where there are no validation images: see `reliabilitySource`. */
  readonly reliabilityFrom?: RunReliability;
  /** Where `initial` comes from, if it was given. */
  readonly transfer?: TransferRecord;
  /** Training is resumed from here. */
  readonly resume?: FoundCheckpoint;
  /** Seconds between checkpoints within an epoch; default 30. */
  readonly checkpointSeconds?: number;
  /** Called when a checkpoint has been written. */
  readonly onCheckpoint?: (() => void) | undefined;
  /** Called when training has ended and evaluation starts. */
  readonly onEvaluation?: () => void;
  /** Called with a sentence about an error that does not stop the training. */
  readonly onWarning?: (sentence: string) => void;
}

/**
 * Trains, evaluates, and writes the run's folder: `model.safetensors`, `metrics.jsonl`, `run.json`, `index.html`. They
 * are written together or not at all, after training and evaluation.
 * @throws SelvedgeError as `train` does; 'not-finite' also when the trained network's outputs are not numbers; 'aborted'
 *   when stopped before the first step; 'cannot-write', before training when the folder cannot be written
 */
export async function trainRun(options: TrainRunOptions): Promise<TrainRun> {
  const { folder, engine, identity, steps, trained } = await trainWithCheckpoints(options);
  if (steps.length === 0) {
    await removeCheckpoints(folder);
    throw new SelvedgeError('aborted', 'Stopped before the first training step, so nothing was written.');
  }

  const { transfer } = identity;
  return concludeRun({
    ...options,
    ...{ folder, engine, identity, steps, trained: { ...trained, ...(transfer && { transfer }) } },
  });
}

/**
 * Trains as `trainRun` does, stops when some epochs are complete, and leaves the checkpoint: the run is resumed from there to the same
 * bits. Nothing is evaluated but the validation images.
 * @param epochs at most those of the configuration
 * @returns the completed epochs, fewer where the signal stopped the training before
 * @throws SelvedgeError as `trainRun` does
 */
export async function trainUntil(epochs: number, options: TrainRunOptions): Promise<readonly EpochMetrics[]> {
  let completed = options.resume?.state.history.length ?? 0;
  const signal = {
    get aborted() {
      return completed >= epochs || (options.signal?.aborted ?? false);
    },
  };
  const onEpoch = (metrics: EpochMetrics) => {
    completed = metrics.epoch;
    options.onEpoch?.(metrics);
  };
  return (await trainWithCheckpoints({ ...options, signal, onEpoch })).trained.history;
}

async function trainWithCheckpoints(options: TrainRunOptions) {
  const { data } = options;
  const folder = resolve(options.folder);
  await prepareFolder(folder);
  const engine = await nodeEngine();
  const identity = identityOf(options, engine.wasmSha256);
  const steps: StepMetrics[] = options.resume ? await readSteps(folder, options.resume.state) : [];
  let isNewestUsable = options.resume?.skipped === undefined;
  const trained = await train(data, engine, {
    ...options,
    preprocessing: identity.preprocessing,
    clock: () => performance.now(),
    start: options.resume?.state,
    checkpoints: {
      everySeconds: options.checkpointSeconds ?? 30,
      async save(state) {
        try {
          await saveCheckpoint(folder, { identity, state }, steps, isNewestUsable);
          isNewestUsable = true;
          options.onCheckpoint?.();
        } catch (error) {
          if (!(error instanceof SelvedgeError)) throw error;
          options.onWarning?.(`No checkpoint could be written; training continues: ${error.message}`);
        }
      },
    },
    onStep(progress) {
      const { epoch, step, loss, accuracy } = progress;
      steps.push({ epoch, step, loss, accuracy });
      options.onStep?.(progress);
    },
  }).catch(async (error: unknown) => {
    // Training cannot be resumed from weights that are not numbers.
    if (error instanceof SelvedgeError && error.code === 'not-finite') await removeCheckpoints(folder);
    throw error;
  });
  return { folder, engine, identity, steps, trained };
}

function identityOf({ resume, ...options }: TrainRunOptions, wasmSha256: string): TrainingIdentity {
  if (resume) {
    const { wasmSha256: before, earlierEngines } = resume.identity;
    const isSame = before === wasmSha256;
    return { ...resume.identity, wasmSha256, earlierEngines: isSame ? earlierEngines : [...earlierEngines, before] };
  }
  return {
    network: { name: options.networkName, spec: options.network ?? builtinNetwork('reference') },
    configuration: configurationFor(options.data, options),
    dataset: options.data.files,
    wasmSha256,
    earlierEngines: [],
    startedAt: new Date().toISOString(),
    ...(options.transfer && { transfer: options.transfer }),
    ...(options.preprocessing && { preprocessing: options.preprocessing }),
  };
}

/** Checks before training, not after it, that the folder can be written. */
export async function prepareFolder(folder: string): Promise<void> {
  await makeFolder(folder);
  const probe = join(folder, '.selvedge-probe');
  await writeFileWhole(probe, '');
  await unlink(probe);
}

/**
 * Makes a folder named after the time, `2026-05-31T12-04-09`, with the suffix `-2` and so on where that name is taken.
 * @throws SelvedgeError 'cannot-write'
 */
export async function newRunFolder(parent: string, time: Date): Promise<string> {
  await makeFolder(parent);
  const stem = join(parent, time.toISOString().slice(0, 19).replaceAll(':', '-'));
  for (let n = 1; ; n++) {
    const folder = n === 1 ? stem : `${stem}-${n}`;
    const isNew = await mkdir(folder).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code !== 'EEXIST',
    );
    // Other errors are reported when the run writes its first file.
    if (isNew) return folder;
  }
}
