import { randomBytes } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SelvedgeError } from '../../core/errors.ts';
import { makeFolder, writeFileWhole } from './writeWhole.ts';

/**
 * Writes files that belong together into a folder: all of them to a folder within it first, then each to its place. A
 * disk that fills up leaves what was there before as it was. Names may hold folders, which are made.
 * @throws SelvedgeError 'cannot-write'
 */
export async function writeTogether(
  folder: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<void> {
  const waiting = join(folder, `.selvedge-${randomBytes(6).toString('hex')}.tmp`);
  try {
    const folders = new Set(Object.keys(files).map((name) => dirname(name)));
    for (const below of ['.', ...folders]) await makeFolder(join(waiting, below));
    for (const [name, content] of Object.entries(files)) await writeFileWhole(join(waiting, name), content);
    for (const below of folders) await makeFolder(join(folder, below));
    for (const name of Object.keys(files)) await moveInto(join(folder, name), join(waiting, name));
  } catch (error) {
    if (!(error instanceof SelvedgeError)) throw error;
    throw new SelvedgeError(error.code, error.message.replace(waiting, folder), { cause: error });
  } finally {
    await rm(waiting, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function moveInto(target: string, from: string): Promise<void> {
  await rename(from, target).catch((cause: Error) => {
    throw new SelvedgeError('cannot-write', `Cannot write ${target} (${cause.message}); choose another folder.`, {
      cause,
    });
  });
}
