import { Piscina } from 'piscina';
import sharp from 'sharp';
import { SelvedgeError } from '../../../core/errors.ts';
import { encodePng } from '../../../core/formats/png.ts';
import { builtFile } from '../../builtFile.ts';
import { type ImageHeader, isImage, readHeader } from '../../images/decode.ts';
import { createPace } from './costEstimate.ts';
import type { Photo, Seen, SeenOrRefused } from './preprocess.ts';
import { type Refusal, refuse } from '../errors.ts';

/** A client's image, and what to call it in an error. */
export interface NamedImage {
  readonly bytes: Uint8Array;
  readonly name: string;
}

/** Where images are decoded and converted, away from the event loop. */
export interface Darkroom {
  /**
   * Converts the images of one request. What has not begun when its deadline passes or its client goes is dropped.
   * @param gone whether the client has gone.
   * @throws Refusal 'empty-body', 'unsupported-image', 'damaged-image', 'too-many-pixels', 'no-garment', 'past-deadline',
   *   'worker-failed', or 'busy' where photos that came before leave too little time
   */
  see(images: readonly NamedImage[], deadline: number, gone: () => boolean): Promise<Seen[]>;
  /** What to say to whoever sends more photos, while those at hand leave no time for one that may take so long. */
  overload(milliseconds: number): Refusal | undefined;
  /** Starts the threads, so that the first photo need not wait for them. */
  warm(): Promise<void>;
  close(): Promise<void>;
}

export interface DarkroomOptions {
  readonly threads: number;
  /** Most photos that wait for a thread. */
  readonly queue: number;
  /** Most pixels of an image. */
  readonly pixels: number;
  /** Starts the threads, of which one may turn out not to start; our own where nothing is said. */
  readonly open?: (broken: () => void) => Pool;
}

interface Pool {
  run(photo: Photo, options: { readonly transferList?: ArrayBuffer[] }): Promise<SeenOrRefused>;
  destroy(): Promise<void>;
}

/** A photo of a request that waits for a thread, or has one. */
interface Job {
  readonly photo: Photo;
  /** Whether nobody waits for it any more. */
  over(): boolean;
  done(seen: SeenOrRefused): void;
  failed(cause: unknown): void;
}

/**
 * Threads have more than one photo at once, so that they need not wait for a busy event loop to hand them the next: so many each, so
 * many pixels in all, for memory's sake, and so many milliseconds of work, which cannot be called back. One each they always have.
 */
const atOnce = { photos: 16, pixels: 24e6, milliseconds: 250 };
/** A photo that takes so many milliseconds makes its thread hang; all threads are replaced then. */
const hungAfter = 30_000;
/** Milliseconds after which threads that could not start are given up for others. */
const restAfter = 1000;
/** The share of the time to its deadline that a photo may be expected to wait and to take: photos differ. */
const expectedShare = 0.5;

export function createDarkroom({
  threads,
  queue,
  pixels,
  open = (broken) => openPool(threads, broken),
}: DarkroomOptions): Darkroom {
  sharp.concurrency(1);
  sharp.cache(false);
  let current: Pool | undefined;
  const pace = createPace();
  let waiting: Job[] = [];
  const running = new Set<Job>();
  let busyMs = 0;
  let workedUntil = 0;

  /** Milliseconds until these photos would be done, after those at hand. */
  const expected = (more: readonly Photo[]) => {
    waiting = waiting.filter((job) => !job.over());
    const photos = [...running, ...waiting].map(({ photo }) => photo);
    return pace.expected([...photos, ...more]) / threads;
  };

  const tooMany = (more: readonly Photo[], milliseconds: number): Refusal | undefined => {
    const wait = expected(more);
    if (running.size + waiting.length === 0) return undefined;
    if (wait <= milliseconds * expectedShare && waiting.length + more.length <= queue) return undefined;
    const retryAfter = Math.max(1, Math.ceil(wait / 1000));
    return refuse('busy', 'Too many photos wait to be converted: ask again after the seconds in Retry-After.', {
      retryAfter,
    });
  };

  const mayStart = (job: Job) => {
    if (running.size < threads) return true;
    const all = [...running, job].map(({ photo }) => photo);
    return (
      all.length <= threads * atOnce.photos &&
      all.reduce((sum, { header: { width, height } }) => sum + width * height, 0) <= atOnce.pixels &&
      pace.expected(all) <= threads * atOnce.milliseconds
    );
  };

  const next = () => {
    while (waiting.length > 0 && mayStart(waiting[0]!)) {
      const job = waiting.shift()!;
      if (!job.over()) void run(job);
    }
  };

  /** Adds what threads did since this was last asked; a photo's own time would count the others that its thread has. */
  const work = () => {
    const now = performance.now();
    busyMs += (now - workedUntil) * Math.min(running.size, threads);
    workedUntil = now;
  };

  /** The threads, started when they are first needed. */
  const pool = (): Pool => {
    current ??= open(() => void setTimeout(replace, restAfter, current).unref());
    return current;
  };

  /** Rejects what the threads work on; the next photo starts others. */
  const replace = (failed: Pool | undefined) => {
    if (failed === undefined || failed !== current) return;
    current = undefined;
    void failed.destroy();
  };

  const run = async (job: Job) => {
    work();
    running.add(job);
    const threadsNow = pool();
    const timer = setTimeout(replace, hungAfter, threadsNow);
    try {
      // Its own bytes alone: a view takes the whole body that it lies in along.
      const bytes = new Uint8Array(job.photo.bytes);
      const transferList = [bytes.buffer];
      const seen = await threadsNow.run({ ...job.photo, bytes }, { transferList });
      job.done(seen);
      work();
      // A photo that was refused may have been so at its first byte.
      if (!('refusal' in seen)) pace.note(job.photo, busyMs);
    } catch (cause) {
      job.failed(cause);
    }
    clearTimeout(timer);
    work();
    busyMs = 0;
    running.delete(job);
    next();
  };

  /** What waits is answered at its deadline, even while a thread still works on it: threads are not stopped for it. */
  const develop = (photos: readonly Photo[], deadline: number, gone: () => boolean): Promise<SeenOrRefused[]> =>
    new Promise((resolve, reject) => {
      const seen = Array<SeenOrRefused | undefined>(photos.length).fill(undefined);
      let settled = false;
      const settle = (action: () => void) => {
        settled = true;
        clearTimeout(timer);
        action();
      };
      const late = () => {
        const { name } = photos[0]!;
        const what = photos.length === 1 ? name : `${photos.length} images`;
        reject(
          refuse(
            'past-deadline',
            `${what} could not be converted by the deadline: ask again later, or with a longer deadlineMs.`,
          ),
        );
      };
      const timer = setTimeout(() => settle(late), Math.max(1, deadline - performance.now()));
      for (const [n, photo] of photos.entries()) {
        waiting.push({
          photo,
          over() {
            if (!settled && (gone() || performance.now() >= deadline)) settle(late);
            return settled;
          },
          done(one) {
            seen[n] = one;
            // The first that is refused, whichever is known first.
            const end = seen.findIndex((other) => other === undefined || 'refusal' in other);
            const refused = seen[end];
            if (!settled && (end < 0 || refused))
              settle(() => resolve(refused ? [refused] : (seen as SeenOrRefused[])));
          },
          failed(cause) {
            const sentence = `The thread that converted ${photo.name} died: try again.`;
            if (!settled) settle(() => reject(refuse('worker-failed', sentence, { cause })));
          },
        });
      }
      next();
    });

  return {
    async see(images, deadline, gone) {
      const timeLeft = () => deadline - performance.now();
      for (const image of images) requireImage(image);
      // Before the headers are read, which is work too.
      const sooner = tooMany([], timeLeft());
      if (sooner) throw sooner;
      const photos = await Promise.all(images.map(photoOf));
      for (const photo of photos) requirePixels(photo, pixels);
      const refusal = tooMany(photos, timeLeft());
      if (refusal) throw refusal;
      return (await develop(photos, deadline, gone)).map(accepted);
    },
    overload: (milliseconds) => tooMany([], milliseconds),
    async warm() {
      const header = { width: 28, height: 28, grey: true };
      const bytes = encodePng({ pixels: new Uint8Array(784), ...header, channels: 1 });
      const blank = { bytes, name: 'a blank', header };
      // Past the pace, which would learn that photos take as long as threads to start.
      await Promise.allSettled(Array.from({ length: threads }, () => pool().run(blank, {})));
    },
    async close() {
      const last = current;
      current = undefined;
      await last?.destroy();
    },
  };
}

function openPool(maxThreads: number, broken: () => void): Pool {
  const filename = builtFile('node/server/scheduling/preprocessWorker.js').href;
  const pool = new Piscina({
    filename,
    name: 'see',
    // Piscina would give a second thread nothing before the first is full.
    minThreads: maxThreads,
    maxThreads,
    concurrentTasksPerWorker: atOnce.photos,
  });
  pool.on('error', broken);
  return pool;
}

function accepted(seen: SeenOrRefused): Seen {
  if ('refusal' in seen) throw refuse(seen.refusal, seen.sentence);
  return seen;
}

function requireImage({ bytes, name }: NamedImage): void {
  if (bytes.length === 0) throw refuse('empty-body', `${name} is empty: send a PNG, JPEG or WebP picture.`);
  if (isImage(bytes)) return;
  throw refuse('unsupported-image', `${name} is no PNG, JPEG or WebP picture: convert it to one of these first.`);
}

function requirePixels({ name, header: { width, height } }: Photo, most: number): void {
  if (width * height <= most) return;
  throw refuse(
    'too-many-pixels',
    `${name} is ${width}×${height} pixels, more than ${most / 1e6} million: make it smaller first.`,
  );
}

async function photoOf({ bytes, name }: NamedImage): Promise<Photo> {
  try {
    const header: ImageHeader = await readHeader(bytes, name);
    return { bytes, name, header };
  } catch (error) {
    if (error instanceof SelvedgeError) throw refuse('damaged-image', error.message);
    throw error;
  }
}
