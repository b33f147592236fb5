import type { Answers, Classifier, Pictures } from '../../../core/model/classifier.ts';
import { createCostEstimate } from './costEstimate.ts';
import { createScheduler, type Queued, type Scheduler, type Task, type Waiter } from './scheduler.ts';

/** What a batcher needs of a classifier. */
export type BatchWorker = Pick<Classifier, 'answers' | 'close'>;

export interface BatcherOptions {
  /** Starts a worker; called again whenever one has died. */
  open(): Promise<BatchWorker>;
  readonly workers: number;
  /** Values of one picture. */
  readonly pictureSize: number;
  /** Most pictures that one worker takes at once, except for a single request with more. */
  readonly maxBatch: number;
  /** How long a free worker may wait for a batch to fill; with 0 it takes at once what waits. */
  readonly maxDelayMs: number;
  /** Most pictures that may wait. */
  readonly queue: number;
  onBatch?(pictures: number, milliseconds: number): void;
  /** A worker died and is being replaced; `cause` is why. */
  onReplace?(cause: unknown): void;
}

interface PicturesTask extends Task {
  readonly values: Pictures;
}

/**
 * Workers of one model version. Requests that wait are classified together; an answer's bits do not depend on the rest of its batch.
 */
export interface DynamicBatcher extends Pick<Scheduler<PicturesTask, Answers>, 'waiting'> {
  /** Workers that can answer. */
  alive(): number;
  /** Why this number of pictures would not be admitted, if it would not. */
  rejection(pictures: number, timeLeftMs: number): Error | undefined;
  /**
   * The network's answers to pictures [N, H, W, C], as the only element. 8-bit pictures and scaled ones are classified in turn.
   * @throws HttpError 'busy', 'past-deadline' or 'worker-failed'
   */
  submit(pictures: Pictures, waiter: Waiter): Promise<readonly Answers[]>;
  /** Keeps the workers, for a request that submits something later, until the function that it returns is called. */
  hold(): () => void;
  /** Resolves when nothing holds the batcher, everything admitted is answered and the workers are closed. */
  drain(): Promise<void>;
}

/** Assumed before the first batch: a millisecond a picture. */
const initial = { milliseconds: 100, cost: 100 };
/** Milliseconds between attempts to start a worker again, at first and at most. */
const restart = { firstMs: 50, mostMs: 5000 };

/** Starts the workers, each of which has answered once when this resolves. */
export async function openBatcher(options: BatcherOptions): Promise<DynamicBatcher> {
  const { workers, pictureSize, maxBatch, maxDelayMs, queue } = options;
  const idle: BatchWorker[] = [];
  const running = new Map<readonly PicturesTask[], BatchWorker>();
  const replacing = new Set<Promise<void>>();
  let holds = 0;
  let delay: NodeJS.Timeout | undefined;
  let drained: (() => void) | undefined;
  let ended = false;

  const start = async (): Promise<BatchWorker> => {
    const worker = await options.open();
    try {
      await worker.answers(new Uint8Array(pictureSize));
      return worker;
    } catch (error) {
      await worker.close();
      throw error;
    }
  };

  const take = (waiting: readonly Queued<PicturesTask>[]): number => {
    if (idle.length === 0) return 0;
    const [{ since }] = waiting as [Queued<PicturesTask>];
    const age = maxDelayMs === 0 ? 0 : performance.now() - since;
    if (age < maxDelayMs && scheduler.waiting() < maxBatch && drained === undefined) {
      delay ??= setTimeout(() => {
        delay = undefined;
        scheduler.dispatch();
      }, maxDelayMs - age);
      return 0;
    }
    return batchLength(waiting, maxBatch);
  };

  const run = async (tasks: readonly PicturesTask[]): Promise<readonly Answers[]> => {
    const worker = idle.pop()!;
    const began = performance.now();
    running.set(tasks, worker);
    try {
      const answers = await worker.answers(joined(tasks));
      const count = tasks.reduce((sum, { pictures }) => sum + pictures, 0);
      options.onBatch?.(count, performance.now() - began);
      idle.push(worker);
      let from = 0;
      return tasks.map(({ pictures }) => {
        from += pictures;
        return rows(answers, (from - pictures) / count, from / count);
      });
    } catch (cause) {
      options.onReplace?.(cause);
      const replaced = replace(worker).finally(() => replacing.delete(replaced));
      replacing.add(replaced);
      throw cause;
    } finally {
      running.delete(tasks);
    }
  };

  const replace = async (dead: BatchWorker) => {
    await dead.close().catch(() => undefined);
    for (let pause = restart.firstMs; !ended; pause = Math.min(restart.mostMs, pause * 2)) {
      try {
        const worker = await start();
        // The batcher may have been drained in the meantime.
        if (ended) return await worker.close();
        idle.push(worker);
        return scheduler.dispatch();
      } catch (error) {
        options.onReplace?.(error);
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  };

  const scheduler = createScheduler<PicturesTask, Answers>({
    queue,
    threads: workers,
    estimate: createCostEstimate(initial),
    attempts: 2,
    hungAfterMs: 10_000,
    sentences: {
      busy: (pictures) =>
        `${pictures} pictures wait already, so this request was not taken: ask again after the seconds in Retry-After.`,
      late: () => 'The answer was not ready by the deadline: ask again later, or with a longer deadlineMs.',
      died: () => 'The thread that worked on this request died twice: try again.',
    },
    take,
    run,
    // Closing a worker rejects what it runs, and so replaces it.
    onHung: (tasks) =>
      void running
        .get(tasks)
        ?.close()
        .catch(() => undefined),
    onIdle() {
      if (holds === 0) drained?.();
    },
  });

  const close = async () => {
    ended = true;
    clearTimeout(delay);
    await Promise.all(replacing);
    await Promise.allSettled(idle.splice(0).map((worker) => worker.close()));
  };

  const starts = await Promise.allSettled(Array.from({ length: workers }, start));
  for (const one of starts) if (one.status === 'fulfilled') idle.push(one.value);
  const failed = starts.find((one) => one.status === 'rejected');
  if (failed) {
    await close();
    throw failed.reason;
  }
  return {
    waiting: scheduler.waiting,
    alive: () => idle.length + running.size,
    rejection: (pictures, timeLeftMs) => scheduler.rejection({ pictures, cost: pictures }, timeLeftMs),
    submit(values, waiter) {
      const pictures = values.length / pictureSize;
      return scheduler.submit([{ values, pictures, cost: pictures }], waiter);
    },
    hold() {
      holds++;
      return () => {
        holds--;
        if (drained) scheduler.dispatch();
      };
    },
    async drain() {
      await new Promise<void>((resolve) => {
        drained = resolve;
        scheduler.dispatch();
      });
      await close();
    },
  };
}

/** How many of the first requests make up a batch: pictures of one kind, at most `maxBatch` or one request. */
function batchLength(waiting: readonly Queued<PicturesTask>[], maxBatch: number): number {
  const isBytes = waiting[0]!.task.values instanceof Uint8Array;
  let pictures = 0;
  let length = 0;
  for (const { task } of waiting) {
    pictures += task.pictures;
    if (length > 0 && (pictures > maxBatch || task.values instanceof Uint8Array !== isBytes)) break;
    length++;
  }
  return length;
}

/** The part of a batch's answers from one share of its rows to another. */
function rows({ probabilities, features }: Answers, from: number, to: number): Answers {
  const part = (values: Float32Array) =>
    values.subarray(Math.round(from * values.length), Math.round(to * values.length));
  return { probabilities: part(probabilities), features: part(features) };
}

/** The pictures of tasks of one kind. */
function joined(tasks: readonly PicturesTask[]): Pictures {
  const [{ values: first }] = tasks as [PicturesTask];
  if (tasks.length === 1) return first;
  const length = tasks.reduce((sum, { values }) => sum + values.length, 0);
  const all = first instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length);
  let at = 0;
  for (const { values } of tasks) {
    all.set(values, at);
    at += values.length;
  }
  return all;
}
