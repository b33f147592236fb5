import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from './writeWhole.ts';

/**
 * Makes a folder named after the time, `2026-05-31T12-04-09`, with `-2` and so on behind it where that one exists.
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
    // What else may stop it, the run's first writing says in words.
    if (isNew) return folder;
  }
}
