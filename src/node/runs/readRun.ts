import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SelvedgeError } from '../../core/errors.ts';
import { type RunRecord, readRunRecord } from '../../core/formats/runRecord.ts';
import type { LoadedDataset } from '../datasets/fashionMnist.ts';

/**
 * Reads the record of the run in a folder.
 * @throws SelvedgeError 'missing-file' or 'bad-data'
 */
export async function readRun(folder: string): Promise<RunRecord> {
  const file = join(folder, 'run.json');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new SelvedgeError('missing-file', `There is no run in ${folder}: ${file} cannot be read.`, { cause });
  });
  return readRunRecord(text, file);
}

/**
 * Checks that a data set is the one that a run was trained on.
 * @param files SHA-256 of the run's files
 * @throws SelvedgeError 'bad-data' naming the file that differs
 */
export function requireSameData(files: RunRecord['dataset']['files'], data: LoadedDataset): void {
  for (const [file, sha256] of Object.entries(files)) {
    if (data.files[file] === sha256) continue;
    throw new SelvedgeError(
      'bad-data',
      `The run was trained on another ${file} than the one in ${data.folder}; name its folder with --data.`,
    );
  }
}
