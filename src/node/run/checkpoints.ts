import { access, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SelvedgeError } from '../../core/errors.ts';
import {
  type Checkpoint,
  readCheckpoint,
  type TrainingState,
  writeCheckpoint,
} from '../../core/files/checkpointFile.ts';
import type { StepFigures } from '../../core/files/runRecord.ts';
import { cannotWrite, writeFileWhole } from '../files/writeWhole.ts';

const current = 'checkpoint.safetensors';
const former = 'checkpoint.former.safetensors';
const stepsFile = 'checkpoint.metrics.jsonl';

/** One line of JSON for each step. */
export function asLines(steps: readonly StepFigures[]): string {
  return steps.map((step) => `${JSON.stringify(step)}\n`).join('');
}

/**
 * Writes a checkpoint and the steps so far into a run's folder, and keeps the checkpoint before it.
 * @throws SelvedgeError 'cannot-write'; the checkpoint before is still there
 */
export async function saveCheckpoint(
  folder: string,
  checkpoint: Checkpoint,
  steps: readonly StepFigures[],
): Promise<void> {
  const next = join(folder, '.checkpoint.next');
  await writeFileWhole(join(folder, stepsFile), asLines(steps));
  await writeFileWhole(next, await writeCheckpoint(checkpoint));
  // Only when the new one lies whole on the disk do the names move on.
  const path = join(folder, current);
  try {
    await rename(path, join(folder, former)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
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
    const bytes = await readFile(file).catch(() => undefined);
    if (!bytes) continue;
    try {
      return { ...(await readCheckpoint(bytes, file)), passedOver };
    } catch (error) {
      if (!(error instanceof SelvedgeError)) throw error;
      passedOver ??= error.message;
    }
  }
  if (passedOver) throw new SelvedgeError('bad-model', passedOver);
  throw new SelvedgeError(
    'missing-file',
    `${folder} holds no checkpoint to go on from; a run that has finished removes its own.`,
  );
}

export async function hasCheckpoint(folder: string): Promise<boolean> {
  return access(join(folder, current)).then(
    () => true,
    () => false,
  );
}

/** The steps that were over at a checkpoint: the lines written since are left out. */
export async function readSteps(folder: string, { history, step }: TrainingState): Promise<StepFigures[]> {
  const file = join(folder, stepsFile);
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new SelvedgeError('missing-file', `${file} is missing (${cause.message}), so the run cannot go on whole.`, {
      cause,
    });
  });
  const over = history.length;
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as StepFigures)
    .filter((entry) => entry.epoch <= over || (entry.epoch === over + 1 && entry.step <= step));
}

/** Removes a run's checkpoints: it is over. */
export async function removeCheckpoints(folder: string): Promise<void> {
  for (const name of [current, former, stepsFile]) await rm(join(folder, name), { force: true });
}
