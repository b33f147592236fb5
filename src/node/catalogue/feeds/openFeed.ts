import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { detectFormat, detectionLength } from '../../../core/catalogue/feeds/detectFormat.ts';
import { type FileFeedFormat, parseFeed } from '../../../core/catalogue/feeds/parseFeed.ts';
import { emptyMapping, type ShopMapping } from '../../../core/catalogue/mapping.ts';
import type { FeedEntry, FeedFormat } from '../../../core/catalogue/product.ts';
import { SelvedgeError } from '../../../core/errors.ts';
import { walkFolder } from '../../datasets/pictures/walkFolder.ts';
import { readFolder } from './readFolder.ts';

export interface OpenFeedOptions {
  /** Detected where it is omitted. */
  readonly format?: FeedFormat;
  readonly mapping?: ShopMapping;
  readonly signal?: AbortSignal;
  /** False for a feed of another machine, whose paths would name files of this one; default true. */
  readonly localPictures?: boolean;
  /** What the feed is called in errors; default: its path. */
  readonly name?: string;
}

export interface OpenFeed {
  readonly format: FeedFormat;
  /** Bytes of the file; pictures of a folder. */
  readonly size: number;
  /** Can be read once. */
  readonly entries: AsyncIterable<FeedEntry>;
  /** How much of {@link size} has been read. */
  bytesRead(): number;
  /** The folder to which the paths of pictures are relative; null where the feed may name none. */
  readonly folder: string | null;
}

/**
 * Opens a feed on this machine: a file, or a folder of pictures.
 * @throws SelvedgeError 'missing-file' where it cannot be read, 'bad-data' where its format is unknown, 'bad-option' where the format
 * given does not fit; reading the entries throws what {@link parseFeed} does
 */
export async function openFeed(path: string, options: OpenFeedOptions = {}): Promise<OpenFeed> {
  const found = await stat(path).catch(unreadable(path));
  const isFolder = found.isDirectory();
  if (isFolder && options.format !== undefined && options.format !== 'folder')
    throw new SelvedgeError('bad-option', `${path} is a folder; name a file for the format ${options.format}.`);
  if (!isFolder && options.format === 'folder')
    throw new SelvedgeError('bad-option', `${path} is a file; name a folder of pictures, or omit the format.`);
  return isFolder ? openFolder(path, options) : openFile(path, found.size, options);
}

async function openFolder(folder: string, options: OpenFeedOptions): Promise<OpenFeed> {
  const pictures = await walkFolder(folder, options.signal);
  if (pictures.files.length === 0)
    throw new SelvedgeError('bad-data', `${folder} has no picture (.jpg, .jpeg, .png, .webp) in it or below it.`);
  let read = 0;
  const entries = readFolder(pictures, feedOptions(folder, options), () => {
    read += 1;
  });
  return { format: 'folder', size: pictures.files.length, entries, bytesRead: () => read, folder };
}

async function openFile(path: string, size: number, options: OpenFeedOptions): Promise<OpenFeed> {
  const format =
    (options.format as FileFeedFormat | undefined) ?? detectFormat(await firstBytes(path), options.name ?? path);
  let read = 0;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const stream = createReadStream(path, options.signal ? { signal: options.signal } : {});
    try {
      for await (const chunk of stream as AsyncIterable<Uint8Array>) {
        read += chunk.length;
        yield chunk;
      }
    } catch (cause) {
      if (options.signal?.aborted)
        throw new SelvedgeError('aborted', `Stopped before ${options.name ?? path} was read.`, { cause });
      unreadable(path)(cause);
    }
  }
  const entries = parseFeed(format, chunks(), feedOptions(path, options));
  const folder = options.localPictures === false ? null : dirname(path);
  return { format, size, entries, bytesRead: () => read, folder };
}

const feedOptions = (path: string, { name = path, localPictures = true, mapping = emptyMapping }: OpenFeedOptions) => ({
  name,
  localPictures,
  mapping,
});

async function firstBytes(path: string): Promise<Uint8Array> {
  const file = await open(path).catch(unreadable(path));
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(detectionLength), 0, detectionLength, 0);
    return buffer.subarray(0, bytesRead);
  } catch (cause) {
    return unreadable(path)(cause);
  } finally {
    await file.close();
  }
}

const unreadable =
  (path: string) =>
  (cause: unknown): never => {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new SelvedgeError(
      'missing-file',
      code === 'ENOENT'
        ? `There is no feed ${path}; name a file or a folder of pictures.`
        : `Cannot read ${path} (${message}); check its permissions.`,
      { cause },
    );
  };
