import { z } from 'zod';
import { thumbnailSize } from '../../../core/data/pictures/fingerprint.ts';
import { clearPackCache, openPackCache } from '../../cache/packCache.ts';
import { sha256Schema } from '../../cache/packFile.ts';
import { cacheFolder } from '../sources.ts';
import { decoderVersions } from './decoder.ts';

/** The most bytes that the cache takes up: 4 GB. When it grows above, the packs that were not used for longest are removed. */
export const cacheLimit = 4e9;

/** Resizing and fingerprints of another version have other cached pictures. */
const preparation = 1;

export type Shape3 = readonly [height: number, width: number, channels: number];

const wordSchema = z.int().min(0).max(0xffff_ffff);
const factsSchema = z.strictObject({
  contentSha256: sha256Schema,
  decodedSha256: sha256Schema,
  height: z.int().positive(),
  width: z.int().positive(),
  channels: z.int().min(1).max(3),
  hash: z.tuple([wordSchema, wordSchema]).readonly(),
});
export type PackedFacts = z.infer<typeof factsSchema>;

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
  const size = shape[0] * shape[1] * shape[2];
  const packs = await openPackCache({
    ...{ folder, limit, entry: factsSchema },
    madeBy: [preparation, decoderVersions, shape],
    bytes: size + thumbnailSize,
  });
  return {
    ...packs,
    read: (contents, use, signal) =>
      packs.read(
        contents,
        (facts, bytes) => use(facts.contentSha256, facts, bytes.subarray(0, size), bytes.subarray(size)),
        signal,
      ),
  };
}

/**
 * Removes all cached pictures.
 * @returns how many bytes they took up
 * @throws SelvedgeError 'cannot-write'
 */
export async function clearPictureCache(folder: string = pictureCacheFolder()): Promise<number> {
  return clearPackCache(folder);
}
