import { Piscina } from 'piscina';
import sharp from 'sharp';
import type { PhotoTarget } from '../../../core/data/fitPicture.ts';
import { SelvedgeError } from '../../../core/errors.ts';
import { encodePng } from '../../../core/formats/png.ts';
import { builtFile } from '../../builtFile.ts';
import { isImage, readHeader } from '../../images/decode.ts';
import { type HttpError, httpError } from '../errors.ts';
import { createCostEstimate } from './costEstimate.ts';
import type { EncodedImage, Preprocessed, PreprocessReply } from './preprocess.ts';
import { createScheduler, type Task, type Waiter } from './scheduler.ts';

/** A client's image, and what to call it in an error. */
export type NamedImage = Pick<EncodedImage, 'bytes' | 'name'>;

/** The threads that decode and convert images, away from the event loop. */
export interface ImagePreprocessing {
  /**
   * Makes the images of one request what a model takes.
   * @param target the model's preprocessing
   * @throws HttpError 'empty-body', 'unsupported-image', 'damaged-image', 'too-many-pixels', 'no-garment', 'past-deadline',
   *   'worker-failed' or 'busy'
   */
  preprocess(images: readonly NamedImage[], target: PhotoTarget, waiter: Waiter): Promise<readonly Preprocessed[]>;
  /** Why another image would not be admitted, if it would not. Its own cost is not known yet. */
  rejection(timeLeftMs: number): HttpError | undefined;
  /** Starts the threads, so that the first image does not wait for them. */
  warm(): Promise<void>;
  close(): Promise<void>;
}

export interface PreprocessingOptions {
  readonly threads: number;
  /** Most images that wait for a thread. */
  readonly queue: number;
  /** Most pixels of an image. */
  readonly pixels: number;
  /** Starts the threads, and calls `onBroken` when one cannot start; the default is a pool of worker threads. */
  readonly open?: (onBroken: () => void) => Pool;
}

interface Pool {
  run(image: EncodedImage, options: { readonly transferList?: ArrayBuffer[] }): Promise<PreprocessReply>;
  destroy(): Promise<void>;
}

interface ImageTask extends EncodedImage, Task {}

/**
 * Threads have more than one image at once, so that they need not wait for a busy event loop. Limited are the images of each, the
 * pixels of all, for the memory they take, and the milliseconds of work of each, which cannot be cancelled.
 */
const atOnce = { images: 16, pixels: 24e6, milliseconds: 250 };
/** Milliseconds after which threads that could not start are replaced. */
const restartAfterMs = 1000;
/** What an image costs besides its pixels, in pixels. */
const fixedCost = 20_000;
/** Assumed before the first image: 100 ms a million pixels, with the weight of three such images. */
const initial = { milliseconds: 300, cost: 3e6 };

export function createImagePreprocessing({
  threads,
  queue,
  pixels,
  open = (onBroken) => openPool(threads, onBroken),
}: PreprocessingOptions): ImagePreprocessing {
  sharp.concurrency(1);
  sharp.cache(false);
  let current: Pool | undefined;
  const estimate = createCostEstimate(initial);

  /** The threads, started when they are first needed. */
  const pool = (): Pool => {
    current ??= open(() => void setTimeout(replace, restartAfterMs, current).unref());
    return current;
  };

  /** Rejects what the threads work on; the next image starts others. */
  const replace = (failed: Pool | undefined) => {
    if (failed === undefined || failed !== current) return;
    current = undefined;
    void failed.destroy();
  };

  const scheduler = createScheduler<ImageTask, Preprocessed>({
    queue,
    threads,
    estimate,
    attempts: 1,
    hungAfterMs: 30_000,
    sentences: {
      busy: () => 'Too many photos wait to be converted: ask again after the seconds in Retry-After.',
      late: (tasks) => {
        const what = tasks.length === 1 ? tasks[0]!.name : `${tasks.length} images`;
        return `${what} could not be converted by the deadline: ask again later, or with a longer deadlineMs.`;
      },
      died: ({ name }) => `The thread that converted ${name} died: try again.`,
    },
    take([first], { runs, cost }) {
      if (runs < threads) return 1;
      const all = cost + first!.task.cost;
      const fits = all <= atOnce.pixels && estimate.milliseconds(all) <= threads * atOnce.milliseconds;
      return fits && runs < threads * atOnce.images ? 1 : 0;
    },
    async run([task]) {
      const { name, header, target } = task!;
      // A copy: to transfer a view would transfer the whole body.
      const bytes = new Uint8Array(task!.bytes);
      const reply = await pool().run({ bytes, name, header, target }, { transferList: [bytes.buffer] });
      return ['code' in reply ? httpError(reply.code, reply.sentence) : reply];
    },
    onHung: () => replace(current),
  });

  const rejection = (timeLeftMs: number) => scheduler.rejection({ pictures: 0, cost: 0 }, timeLeftMs);

  return {
    async preprocess(images, { pictures, reshape }, waiter) {
      for (const image of images) requireImage(image);
      // To read the headers is work too.
      const rejected = rejection(waiter.deadline - performance.now());
      if (rejected) throw rejected;
      const tasks = await Promise.all(images.map((image) => taskOf(image, { pictures, reshape }, pixels)));
      return scheduler.submit(tasks, waiter);
    },
    rejection,
    async warm() {
      const header = { width: 28, height: 28, grey: true };
      const bytes = encodePng({ pixels: new Uint8Array(784), height: 28, width: 28, channels: 1 });
      // Not by the scheduler, which would learn that images take as long as threads to start.
      const blank = { bytes, name: 'blank', header, target: { reshape: [28, 28, 1] } };
      await Promise.allSettled(Array.from({ length: threads }, () => pool().run(blank, {})));
    },
    async close() {
      const last = current;
      current = undefined;
      await last?.destroy();
    },
  };
}

function openPool(maxThreads: number, onBroken: () => void): Pool {
  const pool = new Piscina({
    filename: builtFile('node/server/scheduling/preprocessWorker.js').href,
    name: 'run',
    // With fewer, Piscina would start a second thread only when the first is full.
    minThreads: maxThreads,
    maxThreads,
    concurrentTasksPerWorker: atOnce.images,
  });
  pool.on('error', onBroken);
  return pool;
}

/** @throws HttpError 'empty-body' or 'unsupported-image' */
function requireImage({ bytes, name }: NamedImage): void {
  if (bytes.length === 0) throw httpError('empty-body', `${name} is empty: send a PNG, JPEG or WebP picture.`);
  if (isImage(bytes)) return;
  throw httpError('unsupported-image', `${name} is not a PNG, JPEG or WebP picture: convert it to one of these first.`);
}

/** @throws HttpError 'damaged-image' or 'too-many-pixels' */
async function taskOf({ bytes, name }: NamedImage, target: PhotoTarget, most: number): Promise<ImageTask> {
  const header = await readHeader(bytes, name).catch((error: Error) => {
    throw error instanceof SelvedgeError ? httpError('damaged-image', error.message) : error;
  });
  const { width, height } = header;
  const pixels = width * height;
  if (pixels <= most) return { bytes, name, header, target, pictures: 1, cost: pixels + fixedCost };
  throw httpError(
    'too-many-pixels',
    `${name} is ${width}×${height} pixels, more than ${most / 1e6} million: make it smaller first.`,
  );
}
