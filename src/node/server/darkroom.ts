import { Piscina } from 'piscina';
import sharp from 'sharp';
import { SelvedgeError } from '../../core/errors.ts';
import { builtFile } from '../builtFile.ts';
import { type ImageHeader, isImage, readHeader } from '../image/decode.ts';
import { type Photo, type Seen, seePhoto } from './photo.ts';
import { refuse } from './refusals.ts';

/** Where images are decoded and converted, away from the event loop. */
export interface Darkroom {
  /**
   * @param name what to call the image in an error.
   * @throws Refusal 'empty-body', 'unsupported-image', 'damaged-image', 'too-many-pixels', 'no-garment', 'busy' or 'past-deadline'
   */
  see(bytes: Uint8Array, name: string, deadline: number): Promise<Seen>;
  close(): Promise<void>;
}

export interface DarkroomOptions {
  readonly threads: number;
  /** Most photos that wait for a thread. */
  readonly queue: number;
  /** Most pixels of an image. */
  readonly pixels: number;
}

/** Up to so many pixels an image is converted sooner than it is handed to a thread. */
const smallPixels = 64 * 64;

export function createDarkroom({ threads, queue, pixels }: DarkroomOptions): Darkroom {
  sharp.concurrency(1);
  sharp.cache(false);
  const pool = new Piscina({
    filename: builtFile('node/server/photoWorker.js').href,
    name: 'see',
    minThreads: 0,
    maxThreads: threads,
    maxQueue: queue,
    idleTimeout: 60_000,
  });

  const develop = async (photo: Photo, deadline: number): Promise<Seen> => {
    const small = photo.header.width * photo.header.height <= smallPixels;
    const seen = await (small ? seePhoto(photo) : inPool(photo, deadline));
    if ('refusal' in seen) throw refuse(seen.refusal, seen.sentence);
    return seen;
  };

  const inPool = async (photo: Photo, deadline: number) => {
    const tooLate = new AbortController();
    const timer = setTimeout(() => tooLate.abort(), Math.max(1, deadline - performance.now()));
    try {
      return await pool.run(photo, { signal: tooLate.signal });
    } catch (cause) {
      if (tooLate.signal.aborted) {
        throw refuse('past-deadline', `${photo.name} could not be converted by the deadline: ask again later.`);
      }
      if (/task queue/i.test((cause as Error).message)) {
        throw refuse('busy', 'Too many photos wait to be converted: ask again in a second.', { retryAfter: 1 });
      }
      throw refuse('worker-failed', `The thread that converted ${photo.name} died: try again.`, { cause });
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    async see(bytes, name, deadline) {
      if (bytes.length === 0) throw refuse('empty-body', `${name} is empty: send a PNG, JPEG or WebP picture.`);
      if (!isImage(bytes)) {
        throw refuse('unsupported-image', `${name} is no PNG, JPEG or WebP picture: convert it to one of these first.`);
      }
      const header = await headerOf(bytes, name);
      if (header.width * header.height > pixels) {
        throw refuse(
          'too-many-pixels',
          `${name} is ${header.width}×${header.height} pixels, more than ${pixels / 1e6} million: make it smaller first.`,
        );
      }
      return develop({ bytes, name, header }, deadline);
    },
    close: () => pool.destroy(),
  };
}

async function headerOf(bytes: Uint8Array, name: string): Promise<ImageHeader> {
  try {
    return await readHeader(bytes, name);
  } catch (error) {
    if (error instanceof SelvedgeError) throw refuse('damaged-image', error.message);
    throw error;
  }
}
