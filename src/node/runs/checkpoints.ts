import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { SelvedgeError } from '../../core/errors.ts';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from '../../core/formats/checkpointFile.ts';
import type { StepFigures } from '../../core/training/history.ts';
import type { TrainingState } from '../../core/training/state.ts';
import { cannotWrite, writeFileWhole } from './writeWhole.ts';

const current = 'checkpoint.safetensors';
const former = 'checkpoint.former.safetensors';
const stepsFile = 'checkpoint.metrics.jsonl';
const waiting = '.checkpoint.next';

/** One line of JSON for each step. */
export function asLines(steps: readonly StepFigures[]): string {
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
  steps: readonly StepFigures[],
  isNewestUsable = true,
): Promise<void> {
  const next = join(folder, waiting);
  await writeFileWhole(join(folder, stepsFile), asLines(steps));
  try {
    await writeFileWhole(next, await writeCheckpoint(checkpoint));
  } catch (error) {
    // Steps without any checkpoint are of no use.
    if (!(await hasCheckpoint(folder))) await rm(join(folder, stepsFile), { force: true });
    throw error;
  }
  // Only when the new one lies whole on the disk do the names move on.
  const path = join(folder, current);
  try {
    if (isNewestUsable) {
      await rename(path, join(folder, former)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
    }
    await rename(next, path);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/** The newest usable checkpoint, and why a newer one was passed over, if one was. */
export interface FoundCheckpoint extends Checkpoint {
  readonly passedOver: string | undefined;
}

/**
 * Finds where a run can go on.
 * @throws SelvedgeError 'missing-file' when the folder has no checkpoint, 'bad-model' when none is usable
 */
export async function findCheckpoint(folder: string): Promise<FoundCheckpoint> {
  let passedOver: string | undefined;
  for (const name of [current, former]) {
    const file = join(folder, name);
    try {
      const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined;
        throw new SelvedgeError('bad-model', `${file} cannot be read (${cause.message}).`, { cause });
      });
      if (bytes) return { ...(await readCheckpoint(bytes, file)), passedOver };
    } catch (error) {
      if (!(error instanceof SelvedgeError)) throw error;
      passedOver ??= error.message;
    }
  }
  if (passedOver) throw new SelvedgeError('bad-model', passedOver);
  throw new SelvedgeError(
    'missing-file',
    (await isFinished(folder))
      ? `The run in ${folder} is finished, so there is nothing left to go on with.`
      : `${folder} holds no checkpoint to go on from; name the folder of a run that was stopped or broke off.`,
  );
}

async function isFinished(folder: string): Promise<boolean> {
  try {
    return JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')).status === 'finished';
  } catch {
    return false;
  }
}

/** Whether a folder holds a run that is not over. */
export async function hasCheckpoint(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => [] as string[]);
  // A run that was killed while the names moved on has the former alone.
  return names.includes(current) || names.includes(former);
}

/**
 * The steps that were over at a checkpoint: the lines written since are left out.
 * @throws SelvedgeError 'missing-file' or 'bad-data' when not every one of them is there
 */
export async function readSteps(folder: string, { history, step }: TrainingState): Promise<StepFigures[]> {
  const file = join(folder, stepsFile);
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new SelvedgeError('missing-file', `${file} is missing (${cause.message}), so the run cannot go on whole.`, {
      cause,
    });
  });
  const wanted = history.flatMap(({ epoch, steps }) => Array.from({ length: steps }, (_, i) => [epoch, i + 1]));
  for (let i = 1; i <= step; i++) wanted.push([history.length + 1, i]);
  const lines = text.split('\n').slice(0, wanted.length);
  try {
    return lines.map((line, i) => {
      const figures = stepSchema.parse(JSON.parse(line));
      if (figures.epoch !== wanted[i]![0] || figures.step !== wanted[i]![1]) throw new Error('another step');
      return figures;
    });
  } catch (cause) {
    throw new SelvedgeError('bad-data', `${file} was changed or cut short, so the run cannot go on whole.`, { cause });
  }
}

const stepSchema = z.object({ epoch: z.int(), step: z.int(), loss: z.number(), accuracy: z.number() });

/** Removes a run's checkpoints, and what a kill in the midst of writing left: the run is over. */
export async function removeCheckpoints(folder: string): Promise<void> {
  const leftOver = (await readdir(folder)).filter((name) => /^\.\.?(checkpoint|selvedge).*(next|tmp)$/.test(name));
  // The newest stays to the last, so that a kill in between does not throw the run back.
  for (const name of [...leftOver, former, current, stepsFile]) {
    await rm(join(folder, name), { recursive: true, force: true });
  }
}
