import { createHash, randomBytes } from 'node:crypto';
import { chmod, readdir, rm, stat, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { thumbnailSize } from '../../../core/data/pictures/fingerprint.ts';
import { cannotWrite, makeFolder, writeFileWhole } from '../../runs/writeWhole.ts';
import { cacheFolder } from '../sources.ts';
import { decoderVersions } from './decoder.ts';
import { type PackedFacts, readPack, readPackHeader, writePack } from './packFile.ts';

/** The most bytes that the cache takes up: 4 GB. When it grows above, the packs that were not used for longest are removed. */
export const cacheLimit = 4e9;

/** Resizing and fingerprints of another version have other cached pictures. */
const preparation = 1;

export type Shape3 = readonly [height: number, width: number, channels: number];

/** Resized pictures on the disk, by the SHA-256 of their files. */
export interface PictureCache {
  /** Whether there is anything in it for pictures of this size. */
  readonly isEmpty: boolean;
  /** Passes each of the pictures that it has to `use`, which keeps no view of them. */
  read(
    contents: readonly string[],
    use: (contentSha256: string, facts: PackedFacts, pixels: Uint8Array, thumbnail: Uint8Array) => void,
    signal?: AbortSignal,
  ): Promise<void>;
  /**
   * Stores pictures together, whole or not at all.
   * @param payload of each picture in turn, pixels and thumbnail
   * @throws SelvedgeError 'cannot-write'
   */
  write(pictures: readonly PackedFacts[], payload: Uint8Array): Promise<void>;
  /** Removes the packs that were not used for longest, until the rest takes up no more than the limit. */
  trim(): Promise<void>;
}

export function pictureCacheFolder(): string {
  return cacheFolder('pictures');
}

/** Pictures of one size, decoded by this decoder. */
export async function openPictureCache(
  shape: Shape3,
  folder: string = pictureCacheFolder(),
  limit: number = cacheLimit,
): Promise<PictureCache> {
  const key = createHash('sha256')
    .update(JSON.stringify([preparation, decoderVersions, shape]))
    .digest('hex')
    .slice(0, 16);
  const own = join(folder, key);
  const places = new Map<string, string>();
  const bytes = shape[0] * shape[1] * shape[2] + thumbnailSize;
  for (const path of await packsIn(own)) {
    const header = await readPackHeader(path);
    if (header?.bytes === bytes) for (const { contentSha256 } of header.pictures) places.set(contentSha256, path);
    else await unlink(path).catch(() => undefined);
  }
  return {
    isEmpty: places.size === 0,
    async read(contents, use, signal) {
      const wanted = new Set(contents.filter((content) => places.has(content)));
      for (const path of new Set([...wanted].map((content) => places.get(content)!))) {
        if (signal?.aborted) return;
        const pack = await readPack(path);
        if (!pack) {
          await unlink(path).catch(() => undefined);
          continue;
        }
        const now = new Date();
        await utimes(path, now, now).catch(() => undefined);
        for (const [i, facts] of pack.header.pictures.entries()) {
          if (!wanted.delete(facts.contentSha256)) continue;
          const one = pack.payload.subarray(i * bytes, (i + 1) * bytes);
          use(facts.contentSha256, facts, one.subarray(0, bytes - thumbnailSize), one.subarray(bytes - thumbnailSize));
        }
      }
    },
    async write(pictures, payload) {
      await makeFolder(folder);
      // Others must not see the pictures.
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
 * Removes all cached pictures.
 * @returns how many bytes they took up
 * @throws SelvedgeError 'cannot-write'
 */
export async function clearPictureCache(folder: string = pictureCacheFolder()): Promise<number> {
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
