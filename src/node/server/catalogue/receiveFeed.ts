import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type HttpError, httpError } from '../errors.ts';

/** Feeds that are received or read at once: each has a file. */
const mostAtOnce = 4;

/** A feed's file, in a folder that only this user can read. */
export interface ReceivedFeed {
  readonly path: string;
  remove(): Promise<void>;
}

export interface FeedReceiver {
  /** @throws HttpError 'busy', 'body-too-large', 'empty-body', 'bad-request' or 'store-failed': then nothing is left */
  receive(body: Readable, contentLength: number): Promise<ReceivedFeed>;
  /** Removes all that is left. */
  close(): Promise<void>;
}

export function createFeedReceiver(mostBytes: number): FeedReceiver {
  let folder: Promise<string> | undefined;
  let count = 0;
  return {
    async receive(body, contentLength) {
      if (contentLength > mostBytes) throw tooLarge(mostBytes);
      if (count >= mostAtOnce) {
        const sentence = `${mostAtOnce} feeds are being received or read: send this one when one of them is done.`;
        throw httpError('busy', sentence, { retryAfterMs: 5000 });
      }
      count++;
      let path: string | undefined;
      let removed = false;
      const remove = async () => {
        if (removed) return;
        removed = true;
        count--;
        if (path !== undefined) await unlink(path).catch(() => undefined);
      };
      try {
        folder ??= mkdtemp(join(tmpdir(), 'selvedge-feeds-'));
        path = join(await folder, randomUUID());
        if ((await writeBody(body, path, mostBytes)) === 0) {
          throw httpError('empty-body', 'The request has no body: send the feed.');
        }
        return { path, remove };
      } catch (error) {
        await remove();
        throw error;
      }
    },
    async close() {
      if (folder) await rm(await folder, { recursive: true, force: true });
    },
  };
}

/** @returns how many bytes there were */
async function writeBody(body: Readable, path: string, mostBytes: number): Promise<number> {
  let bytes = 0;
  const counted = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > mostBytes) throw tooLarge(mostBytes);
      yield chunk;
    }
  };
  let received = true;
  body.once('error', () => {
    received = false;
  });
  try {
    await pipeline(body, counted, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
  } catch (cause) {
    if (bytes > mostBytes) throw cause;
    if (!received || (cause as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE') {
      throw httpError('bad-request', 'The feed did not arrive whole.', { cause });
    }
    throw httpError('store-failed', 'The feed cannot be written; the log has the details.', { cause });
  }
  return bytes;
}

function tooLarge(mostBytes: number): HttpError {
  const mebibytes = Math.round((mostBytes / 2 ** 20) * 10) / 10;
  return httpError('body-too-large', `The feed has more than ${mebibytes} MiB: divide it.`);
}
