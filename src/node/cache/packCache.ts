import { createHash, randomBytes } from 'node:crypto';
import { chmod, readdir, rm, stat, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { cannotWrite, makeFolder, writeFileWhole } from '../runs/writeWhole.ts';
import { type Entry, readPack, readPackHeader, writePack } from './packFile.ts';

/** What was made of pictures, on the disk, by a SHA-256 of each. */
export interface PackCache<E extends Entry> {
  /** Whether there is nothing in it that was made the same way. */
  readonly isEmpty: boolean;
  /** Passes each of the pictures that it has to `use`, which keeps no view of the bytes. */
  read(
    contents: readonly string[],
    use: (entry: E, bytes: Uint8Array) => void,
    signal?: AbortSignal | undefined,
  ): Promise<void>;
  /**
   * Stores pictures together, whole or not at all.
   * @param payload of each picture in turn
   * @throws SelvedgeError 'cannot-write'
   */
  write(pictures: readonly E[], payload: Uint8Array): Promise<void>;
  /** Removes the packs that were not used for longest, until the rest takes up no more than the limit. */
  trim(): Promise<void>;
}

export interface PackCacheOptions<E extends Entry> {
  /** A folder that only its owner may enter. */
  readonly folder: string;
  /** All that decides about the bytes beside the picture, to be written as JSON. */
  readonly madeBy: unknown;
  /** Bytes of one picture. */
  readonly bytes: number;
  readonly entry: z.ZodType<E>;
  /** The most bytes that the whole folder takes up. */
  readonly limit: number;
}

export async function openPackCache<E extends Entry>(options: PackCacheOptions<E>): Promise<PackCache<E>> {
  const { folder, madeBy, bytes, entry, limit } = options;
  const key = createHash('sha256').update(JSON.stringify(madeBy)).digest('hex').slice(0, 16);
  const own = join(folder, key);
  const places = new Map<string, string>();
  for (const path of await packsIn(own)) {
    const header = await readPackHeader(path, entry);
    if (header?.bytes === bytes) for (const { contentSha256 } of header.pictures) places.set(contentSha256, path);
    else await unlink(path).catch(() => undefined);
  }
  return {
    isEmpty: places.size === 0,
    async read(contents, use, signal) {
      const wanted = new Set(contents.filter((content) => places.has(content)));
      for (const path of new Set([...wanted].map((content) => places.get(content)!))) {
        if (signal?.aborted) return;
        const pack = await readPack(path, entry);
        if (!pack) {
          await unlink(path).catch(() => undefined);
          continue;
        }
        const now = new Date();
        await utimes(path, now, now).catch(() => undefined);
        for (const [i, facts] of pack.header.pictures.entries()) {
          if (wanted.delete(facts.contentSha256)) use(facts, pack.payload.subarray(i * bytes, (i + 1) * bytes));
        }
      }
    },
    async write(pictures, payload) {
      await makeFolder(folder);
      // Others must not see what is made of the pictures.
      await chmod(folder, 0o700).catch(() => undefined);
      await makeFolder(own);
      await writeFileWhole(join(own, `${randomBytes(12).toString('hex')}.pack`), writePack(pictures, payload));
    },
    async trim() {
      await trimFolder(folder, limit);
    },
  };
}

/**
 * Removes a cache.
 * @returns how many bytes it took up
 * @throws SelvedgeError 'cannot-write'
 */
export async function clearPackCache(folder: string): Promise<number> {
  const packs = await allPacks(folder);
  await rm(folder, { recursive: true, force: true }).catch((cause) => {
    throw cannotWrite(folder, cause);
  });
  return packs.reduce((sum, { bytes }) => sum + bytes, 0);
}

async function trimFolder(folder: string, limit: number): Promise<void> {
  const packs = await allPacks(folder);
  let total = packs.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { path, bytes } of packs.sort((a, b) => a.usedAt - b.usedAt)) {
    if (total <= limit) return;
    await unlink(path).catch(() => undefined);
    total -= bytes;
  }
}

async function allPacks(folder: string): Promise<{ path: string; bytes: number; usedAt: number }[]> {
  const names = await readdir(folder).catch(() => []);
  // Files that were not written to their end count too.
  const paths = (await Promise.all(names.map((name) => filesIn(join(folder, name))))).flat();
  const found = await Promise.all(
    paths.map(async (path) => {
      const own = await stat(path).catch(() => undefined);
      return own ? [{ path, bytes: own.size, usedAt: own.mtimeMs }] : [];
    }),
  );
  return found.flat();
}

async function packsIn(folder: string): Promise<string[]> {
  return (await filesIn(folder)).filter((path) => path.endsWith('.pack')).sort();
}

async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.map((name) => join(folder, name));
}
