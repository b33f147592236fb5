import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SelvedgeError } from '../../core/errors.ts';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from '../../core/formats/checkpointFile.ts';
import { type StepMetrics, stepMetricsSchema } from '../../core/training/history.ts';
import type { TrainingState } from '../../core/training/state.ts';
import { readRun } from './readRun.ts';
import { cannotWrite, writeFileWhole } from './writeWhole.ts';

const current = 'checkpoint.safetensors';
const former = 'checkpoint.former.safetensors';
const stepsFile = 'checkpoint.metrics.jsonl';
const next = '.checkpoint.next';

/** The files that are enough to go on from: the newest checkpoint, and the steps so far, which may be more than it has. */
export const checkpointFiles = { newest: current, steps: stepsFile } as const;

/** One line of JSON for each step. */
export function asLines(steps: readonly StepMetrics[]): string {
  return steps.map((step) => `${JSON.stringify(step)}\n`).join('');
}

/**
 * Writes a checkpoint and the steps so far into a run's folder, and keeps the checkpoint before it.
 * @param isNewestUsable false where the newest checkpoint is torn: it is replaced, so that the one before it stays
 * @throws SelvedgeError 'cannot-write'; the checkpoint before is still there
 */
export async function saveCheckpoint(
  folder: string,
  checkpoint: Checkpoint,
  steps: readonly StepMetrics[],
  isNewestUsable = true,
): Promise<void> {
  const written = join(folder, next);
  await writeFileWhole(join(folder, stepsFile), asLines(steps));
  try {
    await writeFileWhole(written, await writeCheckpoint(checkpoint));
  } catch (error) {
    // Steps are of no use without a checkpoint.
    if (!(await hasCheckpoint(folder))) await rm(join(folder, stepsFile), { force: true });
    throw error;
  }
  // The names change only when the new one is completely on the disk.
  const path = join(folder, current);
  try {
    if (isNewestUsable) {
      await rename(path, join(folder, former)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
    }
    await rename(written, path);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/** The newest usable checkpoint, and why a newer one was skipped, if one was. */
export interface FoundCheckpoint extends Checkpoint {
  readonly skipped: string | undefined;
}

/**
 * Finds the checkpoint from which a run can be resumed.
 * @throws SelvedgeError 'missing-file' when the folder has no checkpoint, 'bad-model' when none is usable
 */
export async function findCheckpoint(folder: string): Promise<FoundCheckpoint> {
  let skipped: string | undefined;
  for (const name of [current, former]) {
    const file = join(folder, name);
    try {
      const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined;
        throw new SelvedgeError('bad-model', `${file} cannot be read (${cause.message}).`, { cause });
      });
      if (bytes) return { ...(await readCheckpoint(bytes, file)), skipped };
    } catch (error) {
      if (!(error instanceof SelvedgeError)) throw error;
      skipped ??= error.message;
    }
  }
  if (skipped) throw new SelvedgeError('bad-model', skipped);
  throw new SelvedgeError(
    'missing-file',
    (await isFinished(folder))
      ? `The run in ${folder} is finished, so there is nothing to resume.`
      : `${folder} holds no checkpoint; name the folder of a run that was stopped or interrupted.`,
  );
}

async function isFinished(folder: string): Promise<boolean> {
  return readRun(folder).then(
    ({ status }) => status === 'finished',
    () => false,
  );
}

/** Whether a folder holds an unfinished run. */
export async function hasCheckpoint(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => [] as string[]);
  // A run that was killed between the two renames has only the former.
  return names.includes(current) || names.includes(former);
}

/**
 * The steps that were completed at a checkpoint: later lines are omitted.
 * @throws SelvedgeError 'missing-file' or 'bad-data' when one of them is missing
 */
export async function readSteps(folder: string, { history, step }: TrainingState): Promise<StepMetrics[]> {
  const file = join(folder, stepsFile);
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new SelvedgeError('missing-file', `${file} is missing (${cause.message}), so the run cannot be resumed.`, {
      cause,
    });
  });
  const wanted = history.flatMap(({ epoch, steps }) => Array.from({ length: steps }, (_, i) => [epoch, i + 1]));
  for (let i = 1; i <= step; i++) wanted.push([history.length + 1, i]);
  const lines = text.split('\n').slice(0, wanted.length);
  try {
    return lines.map((line, i) => {
      const metrics = stepMetricsSchema.parse(JSON.parse(line));
      if (metrics.epoch !== wanted[i]![0] || metrics.step !== wanted[i]![1]) throw new Error('another step');
      return metrics;
    });
  } catch (cause) {
    throw new SelvedgeError('bad-data', `${file} was changed or cut short, so the run cannot be resumed.`, { cause });
  }
}

/** Removes a finished run's checkpoints, and the files that a kill during writing left. */
export async function removeCheckpoints(folder: string): Promise<void> {
  const leftOver = (await readdir(folder)).filter((name) => /^\.\.?(checkpoint|selvedge).*(next|tmp)$/.test(name));
  // The newest is removed last, so that a kill in between does not lose steps.
  for (const name of [...leftOver, former, current, stepsFile]) {
    await rm(join(folder, name), { recursive: true, force: true });
  }
}
