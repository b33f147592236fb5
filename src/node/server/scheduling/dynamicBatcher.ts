import type { Classifier } from '../../../core/model/classifier.ts';
import type { Answers, Pictures } from '../../../core/training/runtime.ts';
import { refuse } from '../errors.ts';

/** What a lane needs of a classifier. */
export type LaneWorker = Pick<Classifier, 'answers' | 'close'>;

export interface LaneOptions {
  /** Starts a worker; called again whenever one has died. */
  open(): Promise<LaneWorker>;
  readonly workers: number;
  /** Values of one picture. */
  readonly pictureSize: number;
  /** Most pictures that one worker takes at once, except for a single request with more. */
  readonly maxBatch: number;
  /** How long a free worker may wait for a batch to fill; 0 takes at once what waits. */
  readonly maxDelayMs: number;
  /** Most pictures that may wait. */
  readonly queue: number;
  onBatch?(pictures: number, milliseconds: number): void;
  /** A worker died and is being replaced; `cause` is why. */
  onReplace?(cause: unknown): void;
}

/**
 * Workers of one model version behind one bounded queue. Requests that wait are classified together; an answer's bits do
 * not depend on what else was in its batch.
 */
export interface Lane {
  /** Pictures that wait. */
  waiting(): number;
  /** Workers that can answer. */
  alive(): number;
  /** Whether so many more pictures would be taken. */
  hasRoom(pictures: number): boolean;
  /**
   * What the network answers to pictures [N, H, W, C]; those of 8 bits and scaled ones are classified in turn.
   * @param deadline as `performance.now()` counts.
   * @throws Refusal 'busy', 'past-deadline' or 'worker-failed'
   */
  submit(pictures: Pictures, deadline: number): Promise<Answers>;
  /** Keeps the workers until what it gives is called: for a request that will submit something later. */
  hold(): () => void;
  /** Resolves when nothing holds the lane any more, everything taken is answered and the workers are gone. */
  drain(): Promise<void>;
}

interface Job {
  readonly pictures: Pictures;
  readonly count: number;
  readonly deadline: number;
  readonly since: number;
  readonly resolve: (answers: Answers) => void;
  readonly reject: (error: Error) => void;
  settled: boolean;
  retried: boolean;
}

/** How often deadlines are looked at, in milliseconds. */
const tick = 20;
/** A batch takes milliseconds; a worker that takes this many ticks hangs. Ticks, for a paused machine's clock goes on. */
const hungAfter = 500;

/** Starts the workers, each of which has answered once when this resolves. */
export async function openLane(options: LaneOptions): Promise<Lane> {
  const { workers, pictureSize, maxBatch, maxDelayMs, queue } = options;
  const waiting: Job[] = [];
  const idle: LaneWorker[] = [];
  const running = new Map<LaneWorker, { readonly jobs: readonly Job[]; ticks: number }>();
  let pictures = 0;
  let holds = 0;
  let dispatching = false;
  let delay: NodeJS.Timeout | undefined;
  let drained: (() => void) | undefined;
  let ended = false;
  const replacing = new Set<Promise<void>>();

  const start = async (): Promise<LaneWorker> => {
    const worker = await options.open();
    try {
      await worker.answers(new Uint8Array(pictureSize));
      return worker;
    } catch (error) {
      await worker.close();
      throw error;
    }
  };

  /** Gathers what arrives in the same turn of the event loop before a worker takes it. */
  const wake = () => {
    if (dispatching) return;
    dispatching = true;
    setImmediate(() => {
      dispatching = false;
      dispatch();
    });
  };

  const dispatch = () => {
    while (idle.length > 0 && waiting.length > 0) {
      const age = performance.now() - waiting[0]!.since;
      if (pictures < maxBatch && age < maxDelayMs && drained === undefined) {
        delay ??= setTimeout(() => {
          delay = undefined;
          dispatch();
        }, maxDelayMs - age);
        return;
      }
      void run(idle.pop()!, take());
    }
    if (drained && holds === 0 && waiting.length === 0 && running.size === 0) drained();
  };

  const take = (): Job[] => {
    let count = 0;
    let jobs = 0;
    const fits = (job: Job) => jobs === 0 || (sameKind(job, waiting[0]!) && count + job.count <= maxBatch);
    while (jobs < waiting.length && fits(waiting[jobs]!)) {
      count += waiting[jobs++]!.count;
    }
    pictures -= count;
    return waiting.splice(0, jobs);
  };

  const run = async (worker: LaneWorker, jobs: readonly Job[]) => {
    const since = performance.now();
    running.set(worker, { jobs, ticks: 0 });
    try {
      const all = await worker.answers(joined(jobs));
      const count = jobs.reduce((sum, job) => sum + job.count, 0);
      let from = 0;
      for (const job of jobs) {
        if (!job.settled) {
          job.settled = true;
          job.resolve(rows(all, from / count, (from + job.count) / count));
        }
        from += job.count;
      }
      options.onBatch?.(count, performance.now() - since);
      idle.push(worker);
    } catch (cause) {
      options.onReplace?.(cause);
      retryOrFail(jobs, cause);
      const replaced = replace(worker).finally(() => replacing.delete(replaced));
      replacing.add(replaced);
    }
    running.delete(worker);
    dispatch();
  };

  const retryOrFail = (jobs: readonly Job[], cause: unknown) => {
    const again = jobs.filter((job) => !job.settled && !job.retried);
    for (const job of jobs) {
      if (job.settled || !job.retried) continue;
      settle(job, refuse('worker-failed', 'The thread that worked on this request died twice: try again.', { cause }));
    }
    for (const job of again) {
      job.retried = true;
      pictures += job.count;
    }
    waiting.unshift(...again);
  };

  const replace = async (dead: LaneWorker) => {
    await dead.close().catch(() => undefined);
    for (let pause = 50; !ended; pause = Math.min(5000, pause * 2)) {
      try {
        const worker = await start();
        // Whoever drains may have found nothing left to do in the meantime.
        if (ended) return await worker.close();
        idle.push(worker);
        return dispatch();
      } catch (error) {
        options.onReplace?.(error);
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  };

  const watch = setInterval(() => {
    const now = performance.now();
    for (let i = waiting.length - 1; i >= 0; i--) {
      const job = waiting[i]!;
      if (job.deadline > now) continue;
      waiting.splice(i, 1);
      pictures -= job.count;
      settle(job, late());
    }
    for (const [worker, batch] of running) {
      for (const job of batch.jobs) if (!job.settled && job.deadline <= now) settle(job, late());
      // Closing a worker rejects what it runs, and so replaces it.
      if (++batch.ticks === hungAfter) void worker.close().catch(() => undefined);
    }
    if (drained) dispatch();
  }, tick);
  watch.unref();

  const close = async () => {
    ended = true;
    clearInterval(watch);
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
    waiting: () => pictures,
    alive: () => idle.length + running.size,
    hasRoom: (more) => pictures === 0 || pictures + more <= queue,
    submit(given, deadline) {
      const count = given.length / pictureSize;
      if (pictures > 0 && pictures + count > queue) return Promise.reject(full(pictures));
      return new Promise((resolve, reject) => {
        const since = performance.now();
        waiting.push({ pictures: given, count, deadline, since, resolve, reject, settled: false, retried: false });
        pictures += count;
        wake();
      });
    },
    hold() {
      holds++;
      return () => {
        holds--;
        if (drained) dispatch();
      };
    },
    async drain() {
      await new Promise<void>((resolve) => {
        drained = resolve;
        dispatch();
      });
      await close();
    },
  };
}

function settle(job: Job, error: Error): void {
  job.settled = true;
  job.reject(error);
}

function late(): Error {
  return refuse(
    'past-deadline',
    'The answer was not there by the deadline: ask again later, or with a longer deadlineMs.',
  );
}

/** What to say when the queue is full. */
export function full(pictures: number): Error {
  return refuse('busy', `${pictures} pictures wait already, so this request was not taken: ask again in a second.`, {
    retryAfter: 1,
  });
}

/** The part of a batch's answers from one share of its rows to another. */
function rows({ probabilities, features }: Answers, from: number, to: number): Answers {
  const part = (values: Float32Array) =>
    values.subarray(Math.round(from * values.length), Math.round(to * values.length));
  return { probabilities: part(probabilities), features: part(features) };
}

function sameKind(a: Job, b: Job): boolean {
  return a.pictures instanceof Uint8Array === b.pictures instanceof Uint8Array;
}

/** The pictures of jobs of one kind. */
function joined(jobs: readonly Job[]): Pictures {
  const [{ pictures: first }] = jobs as [Job];
  if (jobs.length === 1) return first;
  const length = jobs.reduce((sum, job) => sum + job.pictures.length, 0);
  const all = first instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length);
  let at = 0;
  for (const { pictures } of jobs) {
    all.set(pictures, at);
    at += pictures.length;
  }
  return all;
}
