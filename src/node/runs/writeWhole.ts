import { randomBytes } from 'node:crypto';
import { mkdir, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { SelvedgeError } from '../../core/errors.ts';

/** The file operations that writing needs; a test supplies a disk that fills up. */
export interface WritingFileSystem {
  open(path: string, flags: 'wx'): Promise<WritableHandle>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
}

export interface WritableHandle {
  writeFile(content: Uint8Array | string): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

const disk: WritingFileSystem = { open, rename, unlink };

/**
 * Writes a file whole or not at all: under a temporary name in the same folder, flushed to the disk, then renamed. Until
 * the rename succeeds, a file that was there before stays as it is. A symbolic link is followed.
 *
 * @throws SelvedgeError `cannot-write`, naming the path and the reason in words.
 */
export async function writeFileWhole(
  path: string,
  content: Uint8Array | string,
  fileSystem: WritingFileSystem = disk,
): Promise<void> {
  try {
    const target = await followLinks(path);
    const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
    try {
      await writeAndFlush(temporary, content, fileSystem);
      await fileSystem.rename(temporary, target);
    } catch (error) {
      // Whatever stops this clean-up matters less than what stopped the writing.
      await fileSystem.unlink(temporary).catch(() => undefined);
      throw error;
    }
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/**
 * Writes several files, each whole or not at all: all of them under temporary names first, flushed to the disk together, which costs a
 * file system little more than one, then renamed one after the other. Their folders exist already.
 * @param temporaryFolder on the same file system
 * @throws SelvedgeError `cannot-write`, naming the path and the reason in words; files renamed before stay.
 */
export async function writeFilesWhole(
  files: readonly { readonly path: string; readonly content: Uint8Array }[],
  temporaryFolder: string,
  fileSystem: WritingFileSystem = disk,
): Promise<void> {
  const temporaries = files.map(() => join(temporaryFolder, `${randomBytes(12).toString('hex')}.tmp`));
  const handles: (WritableHandle | undefined)[] = [];
  const onEach = async (action: (i: number) => Promise<void>) => {
    const outcomes = await Promise.allSettled(files.map((_, i) => action(i)));
    for (const [i, outcome] of outcomes.entries()) {
      if (outcome.status === 'rejected') throw cannotWrite(files[i]!.path, outcome.reason);
    }
  };
  try {
    try {
      await onEach(async (i) => {
        const handle = await fileSystem.open(temporaries[i]!, 'wx');
        handles[i] = handle;
        await handle.writeFile(files[i]!.content);
      });
      await onEach(async (i) => handles[i]!.sync());
    } finally {
      await onEach(async (i) => handles[i]?.close());
    }
    for (const [i, { path }] of files.entries()) {
      await fileSystem.rename(temporaries[i]!, path).catch((error) => {
        throw cannotWrite(path, error);
      });
    }
  } catch (error) {
    await Promise.allSettled(temporaries.map((temporary) => fileSystem.unlink(temporary)));
    throw error;
  }
}

/**
 * Makes a folder, and those above it, unless it exists.
 *
 * @throws SelvedgeError `cannot-write`, naming the path and the reason in words.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await makeWithParents(resolve(path));
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/**
 * Node's own recursive mkdir never ends where a folder exists and yet nothing can be made in it, as in /proc: the answer ENOENT
 * sends it to the parent, which exists, and back.
 */
async function makeWithParents(path: string): Promise<void> {
  const error = await tryToMake(path);
  if (error?.code === 'ENOENT' && dirname(path) !== path) {
    await makeWithParents(dirname(path));
    const again = await tryToMake(path);
    if (again) throw again.code === 'ENOENT' ? Object.assign(again, { code: noFolders }) : again;
  } else if (error) {
    throw error;
  }
}

/** @returns why there is no folder at the path, or undefined if there is. */
async function tryToMake(path: string): Promise<NodeJS.ErrnoException | undefined> {
  try {
    await mkdir(path);
    return undefined;
  } catch (error) {
    const existing = await stat(path).catch(() => undefined);
    return existing?.isDirectory() ? undefined : (error as NodeJS.ErrnoException);
  }
}

async function writeAndFlush(path: string, content: Uint8Array | string, fileSystem: WritingFileSystem): Promise<void> {
  const handle = await fileSystem.open(path, 'wx');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Renaming onto a link or a device would replace it: `--out /dev/stdout` as root must not cost the machine its /dev/stdout. */
async function followLinks(path: string): Promise<string> {
  const target = await realpath(path).catch((error) => {
    if (error.code === 'ENOENT') return path;
    throw error;
  });
  const existing = await stat(target).catch(() => undefined);
  if (existing?.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
  if (existing && !existing.isFile()) throw Object.assign(new Error(), { code: notRegular });
  return target;
}

const notRegular = 'not a regular file';
const noFolders = 'no folders';

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space or choose another folder',
  EDQUOT: 'your share of the disk is used up; free some space or choose another folder',
  EACCES: 'permission is denied; choose a folder that you may write to',
  EPERM: 'permission is denied; choose a folder that you may write to',
  EROFS: 'this file system is read-only; choose a folder elsewhere',
  ENOENT: 'the folder does not exist; make it first or choose another one',
  ENOTDIR: 'a part of this path is a file, not a folder; choose another path',
  EEXIST: 'a file stands where the folder should be; choose another path',
  EISDIR: 'a folder of this name exists; choose another name',
  ENAMETOOLONG: 'the name is too long; choose a shorter one',
  [notRegular]: 'it is no ordinary file; choose another path',
  [noFolders]: 'no folder can be made there; choose another path',
};

export function cannotWrite(path: string, cause: unknown): SelvedgeError {
  const { code, message } = cause as { code?: string; message?: string };
  const reason = reasons[code ?? ''] ?? `${message ?? String(cause)}; choose another place`;
  return new SelvedgeError('cannot-write', `Cannot write ${path}: ${reason}.`, { cause });
}
