import { constants, type Stats } from 'node:fs';
import { open, readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { SelvedgeError } from '../../core/errors.ts';

/** The largest file that is read: 200 MB. */
const mostBytes = 200e6;

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  ENAMETOOLONG: 'has a name that is too long',
  ELOOP: 'is a link that leads nowhere',
  EACCES: 'may not be read: check its permissions',
};

/**
 * Reads a picture's file of at most 200 MB.
 * @throws SelvedgeError 'bad-image'
 */
export async function readPicture(file: string): Promise<Uint8Array> {
  const unreadable = (cause: NodeJS.ErrnoException) => fail(file, reasonOf(cause), cause);
  // Not by the path's name alone: to read a pipe would never end.
  requireReadable(file, await stat(file).catch(unreadable));
  return readFile(file).catch(unreadable);
}

/**
 * Reads a picture's file of at most 200 MB that lies in a folder or below it, once all links are followed.
 * @param path relative to the folder; others may have written it
 * @throws SelvedgeError 'bad-image', which names the path as `shownPath` writes it
 */
export async function readPictureWithin(folder: string, path: string): Promise<Uint8Array> {
  const name = shownPath(path);
  const unreadable = (cause: NodeJS.ErrnoException) => fail(name, reasonOf(cause), cause);
  const outside = () => fail(name, "leads out of the feed's folder: use a path below it");
  if (path === '' || path.includes('\0')) fail(name, 'is no path');
  if (!isWithin(resolve(folder), resolve(folder, path))) outside();
  const root = await realpath(folder).catch(unreadable);
  const file = await realpath(resolve(root, path)).catch(unreadable);
  if (!isWithin(root, file)) outside();
  const found = await stat(file).catch(unreadable);
  requireReadable(name, found);
  // A file that took its place since then may be a link or a pipe.
  const handle = await open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)).catch(
    unreadable,
  );
  try {
    const opened = await handle.stat();
    if (opened.dev !== found.dev || opened.ino !== found.ino) fail(name, 'was exchanged while it was opened');
    requireReadable(name, opened);
    const bytes = new Uint8Array(opened.size);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } catch (error) {
    if (error instanceof SelvedgeError) throw error;
    return unreadable(error as NodeJS.ErrnoException);
  } finally {
    await handle.close();
  }
}

const mostShown = 200;

/** A path that others wrote, for messages: without control characters, and cut when it is long. */
export function shownPath(path: string): string {
  const plain = path.slice(0, mostShown).replace(/\p{Cc}/gu, '?');
  return path === '' ? "''" : path.length > mostShown ? `${plain}…` : plain;
}

function isWithin(folder: string, file: string): boolean {
  const way = relative(folder, file);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function requireReadable(name: string, found: Stats): void {
  if (!found.isFile()) fail(name, 'is no ordinary file');
  if (found.size > mostBytes) fail(name, `has more than ${mostBytes / 1e6} MB, too many for a picture`);
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  return reasons[code ?? ''] ?? `cannot be read (${message})`;
}

function fail(name: string, reason: string, cause?: unknown): never {
  throw new SelvedgeError('bad-image', `${name} ${reason}.`, { cause });
}
