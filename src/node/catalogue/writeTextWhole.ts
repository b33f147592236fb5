import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { cannotWrite } from '../runs/writeWhole.ts';

/**
 * Writes a text piece by piece, whole or not at all: a file that was there before stays until the last piece is written.
 * @throws SelvedgeError 'cannot-write'; what the pieces throw
 */
export async function writeTextWhole(path: string, pieces: AsyncIterable<string>): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await pipeline(Readable.from(pieces), createWriteStream(temporary, { flags: 'wx', flush: true }));
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw (error as { syscall?: unknown }).syscall === undefined ? error : cannotWrite(path, error);
  }
}
