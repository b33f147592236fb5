import { join } from 'node:path';
import { thumbnailSize } from '../../../core/data/pictures/fingerprint.ts';
import type { LeftOut, PictureEntry } from '../../../core/data/pictures/folderLayout.ts';
import { nearDuplicateClusters } from '../../../core/data/pictures/nearDuplicates.ts';
import { SelvedgeError } from '../../../core/errors.ts';
import type { ListedPictures } from './listPictures.ts';
import { openPictureCache, type PictureCache, type Shape3 } from './pictureCache.ts';
import { openResizePool, type ResizePool } from './resizePool.ts';
import type { ResizedFacts, Unusable } from './resizeTask.ts';

/** Files of one task; progress is reported, and a signal is obeyed, after each. */
const filesATask = 16;
/** Newly decoded pictures are cached together, about so many bytes at once. */
const packBytes = 8e6;
/** The most bytes of resized pictures that are held in memory. */
const mostBytes = 4e9;

export interface ReadingProgress {
  /** `looking up` while files are read to find their pictures in the cache, `decoding` while those that are not there are decoded. */
  readonly stage: 'looking up' | 'decoding';
  readonly done: number;
  readonly total: number;
}

export interface ReadOptions {
  readonly shape: Shape3;
  readonly threads: number;
  /** The folder of the cache; null for none. */
  readonly cache: string | null | undefined;
  readonly onProgress?: ((progress: ReadingProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The usable pictures of a list, resized. */
export interface ReadPictures {
  /** [N], in the order of the list. */
  readonly entries: readonly PictureEntry[];
  /** Class numbers, [N]. */
  readonly labels: Uint32Array;
  readonly facts: readonly ResizedFacts[];
  /** 8-bit [N, H, W, C], in memory that threads can share. */
  readonly pixels: Uint8Array<SharedArrayBuffer>;
  /** As `nearDuplicateClusters` returns them, [N]. */
  readonly clusters: Uint32Array;
  readonly leftOut: readonly LeftOut[];
  /** A sentence where pictures could not be cached. */
  readonly warnings: readonly string[];
}

/**
 * Reads the pictures of a list on worker threads, or takes them from the cache. Files that are no usable pictures are left out, with
 * a reason for each.
 * @throws SelvedgeError 'bad-data' where they would not fit into memory, 'aborted' when `signal` is aborted, 'worker-failed'
 */
export async function readPictures(list: ListedPictures, options: ReadOptions): Promise<ReadPictures> {
  const { shape, threads, signal } = options;
  const { entries, classNames } = list;
  const count = entries.length;
  const size = shape[0] * shape[1] * shape[2];
  if (count * size > mostBytes) {
    throw new SelvedgeError(
      'bad-data',
      `${count} pictures of ${shape.join('×')} would take up ${((count * size) / 1e9).toFixed(1)} GB of memory, more than ${mostBytes / 1e9} GB; choose a smaller size.`,
    );
  }
  const pixels = new Uint8Array(new SharedArrayBuffer(count * size));
  const thumbnails = new Uint8Array(new SharedArrayBuffer(count * thumbnailSize));
  const results = new Array<ResizedFacts | Unusable | undefined>(count);
  const cache = options.cache === null ? undefined : await openPictureCache(shape, options.cache);
  const pool = openResizePool(Math.max(1, Math.min(threads, count)));
  const job = { ...options, list, pool, cache, pixels, thumbnails, results };
  let warnings: readonly string[];
  try {
    await lookUp(job);
    warnings = await decode(job);
  } finally {
    await pool.close();
  }
  if (signal?.aborted) {
    throw new SelvedgeError(
      'aborted',
      'Stopped before all pictures were decoded; start again: those that are cached are not decoded again.',
    );
  }

  const usable: number[] = [];
  const leftOut: LeftOut[] = [...list.leftOut];
  results.forEach((result, i) => {
    if (result !== undefined && 'reason' in result) leftOut.push({ path: entries[i]!.path, reason: result.reason });
    else usable.push(i);
  });
  const facts = usable.map((i) => results[i] as ResizedFacts);
  usable.forEach((from, to) => {
    if (from === to) return;
    pixels.copyWithin(to * size, from * size, (from + 1) * size);
    thumbnails.copyWithin(to * thumbnailSize, from * thumbnailSize, (from + 1) * thumbnailSize);
  });
  const numbers = new Map(classNames.map((name, label) => [name, label]));
  return {
    entries: usable.map((i) => entries[i]!),
    labels: Uint32Array.from(usable, (i) => numbers.get(entries[i]!.label)!),
    facts,
    pixels: pixels.subarray(0, usable.length * size),
    clusters: nearDuplicateClusters({
      hashes: Uint32Array.from(facts.flatMap(({ hash }) => hash)),
      thumbnails: thumbnails.subarray(0, usable.length * thumbnailSize),
    }),
    leftOut,
    warnings,
  };
}

/** A sentence about a picture of a class that was left out. */
export function reasonFor({ entries }: ListedPictures, { leftOut }: Pick<ReadPictures, 'leftOut'>) {
  const reasons = new Map(leftOut.map(({ path, reason }) => [path, reason]));
  return (className: string) => {
    const entry = entries.find(({ label, path }) => label === className && reasons.has(path));
    return entry && reasons.get(entry.path);
  };
}

interface Job extends Omit<ReadOptions, 'cache'> {
  readonly list: ListedPictures;
  readonly pool: ResizePool;
  readonly cache: PictureCache | undefined;
  readonly pixels: Uint8Array<SharedArrayBuffer>;
  readonly thumbnails: Uint8Array<SharedArrayBuffer>;
  readonly results: (ResizedFacts | Unusable | undefined)[];
}

/** Takes from the cache what it has. */
async function lookUp(job: Job): Promise<void> {
  const { cache, list, pool, pixels, thumbnails, results, signal } = job;
  if (!cache || cache.isEmpty) return;
  const places = new Map<string, number[]>();
  const size = pixels.length / results.length;
  await inTasks(job, 'looking up', async (indices) => {
    const sums = await pool.hash({ files: filesOf(list, indices) });
    for (const [n, i] of indices.entries()) {
      const sum = sums[n]!;
      if (typeof sum !== 'string') results[i] = sum;
      else if (places.has(sum)) places.get(sum)!.push(i);
      else places.set(sum, [i]);
    }
  });
  const use = (sum: string, facts: ResizedFacts, picture: Uint8Array, thumbnail: Uint8Array) => {
    for (const i of places.get(sum)!) {
      results[i] = facts;
      pixels.set(picture, i * size);
      thumbnails.set(thumbnail, i * thumbnailSize);
    }
  };
  await cache.read([...places.keys()], use, signal);
}

/** Decodes the others, and caches them. */
async function decode(job: Job): Promise<readonly string[]> {
  const { cache, list, pool, pixels, thumbnails, results, shape } = job;
  const size = pixels.length / results.length;
  let unwritten: number[] = [];
  let fault: string | undefined;
  const write = async () => {
    const indices = unwritten;
    unwritten = [];
    if (!cache || indices.length === 0 || fault !== undefined) return;
    const payload = new Uint8Array(indices.length * (size + thumbnailSize));
    for (const [n, i] of indices.entries()) {
      const at = n * (size + thumbnailSize);
      payload.set(pixels.subarray(i * size, (i + 1) * size), at);
      payload.set(thumbnails.subarray(i * thumbnailSize, (i + 1) * thumbnailSize), at + size);
    }
    try {
      await cache.write(
        indices.map((i) => results[i] as ResizedFacts),
        payload,
      );
    } catch (error) {
      if (!(error instanceof SelvedgeError)) throw error;
      fault = `The decoded pictures are not cached (set XDG_CACHE_HOME to choose another folder): ${error.message}`;
    }
  };
  await inTasks(job, 'decoding', async (indices) => {
    const done = await pool.resize({
      files: filesOf(list, indices),
      shape,
      pixels: pixels.buffer,
      thumbnails: thumbnails.buffer,
      places: indices,
    });
    for (const [n, i] of indices.entries()) {
      results[i] = done[n]!;
      if ('hash' in results[i]!) unwritten.push(i);
    }
    if (unwritten.length * (size + thumbnailSize) >= packBytes) await write();
  });
  await write();
  await cache?.trim();
  return fault === undefined ? [] : [fault];
}

const filesOf = ({ folder, entries }: ListedPictures, indices: readonly number[]) =>
  indices.map((i) => join(folder, entries[i]!.path));

/** Runs `task` for some of the pictures without a result after the other, as many tasks at once as there are threads. */
async function inTasks(
  { results, threads, signal, onProgress }: Job,
  stage: ReadingProgress['stage'],
  task: (indices: readonly number[]) => Promise<void>,
): Promise<void> {
  const waiting = Array.from(results.keys()).filter((i) => results[i] === undefined);
  const total = waiting.length;
  if (total === 0) return;
  let next = 0;
  let done = 0;
  onProgress?.({ stage, done, total });
  const work = async () => {
    while (next < total && !signal?.aborted) {
      const indices = waiting.slice(next, next + filesATask);
      next += indices.length;
      await task(indices);
      done += indices.length;
      onProgress?.({ stage, done, total });
    }
  };
  // One more, so that no thread waits for this one.
  await Promise.all(Array.from({ length: threads + 1 }, work));
}
