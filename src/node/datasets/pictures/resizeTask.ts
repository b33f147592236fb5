import { createHash } from 'node:crypto';
import { fitPicture } from '../../../core/data/fitPicture.ts';
import { fingerprint, thumbnailSize } from '../../../core/data/pictures/fingerprint.ts';
import { SelvedgeError } from '../../../core/errors.ts';
import { decodeImage } from '../../images/decode.ts';
import { readPicture } from '../../images/readPicture.ts';

/** What is known of a picture besides its pixels. */
export interface ResizedFacts {
  /** SHA-256 of the file, and of the decoded pixels with height, width and channels before them. */
  readonly contentSha256: string;
  readonly decodedSha256: string;
  /** Upright, before it was resized. */
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly hash: readonly [number, number];
}

/** One sentence about a file that is no usable picture. */
export interface Unusable {
  readonly reason: string;
}

export interface HashTask {
  /** Absolute paths. */
  readonly files: readonly string[];
}

export interface ResizeTask {
  readonly files: readonly string[];
  /** [height, width, channels] of a resized picture. */
  readonly shape: readonly [number, number, number];
  /** Shared memory for the resized pictures, 8-bit [N, H, W, C], and for their thumbnails, [N, 16, 16, 3]. */
  readonly pixels: SharedArrayBuffer;
  readonly thumbnails: SharedArrayBuffer;
  /** Where in them each of the files' pictures belongs. */
  readonly places: readonly number[];
}

/** SHA-256 of each file. */
export async function hashFiles({ files }: HashTask): Promise<(string | Unusable)[]> {
  const sums: (string | Unusable)[] = [];
  for (const file of files) sums.push(await attempt(async () => sha256(await readPicture(file))));
  return sums;
}

/** Decodes and resizes each file, writes its pixels to the shared memory, and returns what else is known of it. */
export async function resizeFiles({
  files,
  shape,
  pixels,
  thumbnails,
  places,
}: ResizeTask): Promise<(ResizedFacts | Unusable)[]> {
  const size = shape[0] * shape[1] * shape[2];
  const results: (ResizedFacts | Unusable)[] = [];
  for (const [i, file] of files.entries()) {
    const place = places[i]!;
    results.push(
      await attempt(async () => {
        const bytes = await readPicture(file);
        const picture = await decodeImage(bytes, file);
        const { hash, thumbnail } = fingerprint(picture, file);
        new Uint8Array(pixels, place * size, size).set(fitPicture(picture, shape, false, file).pixels);
        new Uint8Array(thumbnails, place * thumbnailSize, thumbnailSize).set(thumbnail);
        const { height, width, channels } = picture;
        const decodedSha256 = createHash('sha256')
          .update(`${height} ${width} ${channels}\n`)
          .update(picture.pixels)
          .digest('hex');
        return { contentSha256: sha256(bytes), decodedSha256, height, width, channels, hash };
      }),
    );
  }
  return results;
}

async function attempt<T>(action: () => Promise<T>): Promise<T | Unusable> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof SelvedgeError) return { reason: error.message };
    throw error;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
