import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SelvedgeError } from '../../../core/errors.ts';
import { checkpointFiles, removeCheckpoints } from '../../runs/checkpoints.ts';
import { writeTogether } from '../../runs/writeTogether.ts';
import { makeFolder } from '../../runs/writeWhole.ts';

/** The files of a trial's folder, by name. */
export type TrialFiles = Readonly<Record<string, Uint8Array>>;

/** All files of a trial's folder but those that are being written; none where it does not exist. */
export async function readTrialFiles(folder: string): Promise<TrialFiles> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map(({ name }) => name);
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)),
  );
}

/**
 * The newest checkpoint and its steps, while another may be written at any moment.
 * @returns undefined in the moment in which the names change
 */
export async function readCheckpointFiles(folder: string): Promise<TrialFiles | undefined> {
  // First the checkpoint: the steps beside it are then at least as many as it has.
  const { newest, steps } = checkpointFiles;
  const bytes = await readFile(join(folder, newest)).catch(() => undefined);
  if (!bytes) return undefined;
  return { [newest]: bytes, [steps]: await readFile(join(folder, steps)) };
}

/**
 * Writes a trial's files to its folder, as its training would have left them.
 * @throws SelvedgeError 'cannot-write'; 'bad-data' for a name that is none of a run's file
 */
export async function writeTrialFiles(folder: string, files: TrialFiles): Promise<void> {
  const wrong = Object.keys(files).find((name) => !/^\w[\w.-]*$/.test(name));
  if (wrong !== undefined) {
    throw new SelvedgeError('bad-data', `The database has a file called ${JSON.stringify(wrong)} for a trial's run.`);
  }
  await makeFolder(folder);
  await writeTogether(folder, files);
  if (isFinishedRun(files)) await removeCheckpoints(folder);
}

/** Whether a trial was trained to its last epoch. */
export const isFinishedRun = (files: TrialFiles): boolean => 'run.json' in files;
