import { type HttpError, httpError, isHttpError } from '../errors.ts';
import type { CostEstimate } from './costEstimate.ts';

/** The part of a request's context that scheduling needs. */
export interface Waiter {
  /** When the answer has to be there, as `performance.now()` counts. */
  readonly deadline: number;
  /** Whether the client has gone. */
  readonly aborted: boolean;
}

/** One piece of a request's work. */
export interface Task {
  /** How much of the queue it takes, in pictures. */
  readonly pictures: number;
  /** In the unit of the resource's cost estimate. */
  readonly cost: number;
}

/** What one kind of worker does, and how much of it may wait. */
export interface Resource<T extends Task, R> {
  /** Most pictures that wait. Where none wait, a request of any size is admitted. */
  readonly queue: number;
  /** Threads that work side by side. */
  readonly threads: number;
  readonly estimate: CostEstimate;
  /** How often a task is run when its worker dies. */
  readonly attempts: number;
  /** Milliseconds after which a run counts as hung. */
  readonly hungAfterMs: number;
  /** The sentences that clients get. */
  readonly sentences: {
    busy(pictures: number): string;
    late(tasks: readonly T[]): string;
    died(task: T): string;
  };
  /** How many of the queue's first tasks to run together now; 0 while nothing can take them. */
  take(queue: readonly Queued<T>[], running: Load): number;
  /** The results in the order of the tasks; an HttpError fails its request. Rejects when the worker died. */
  run(tasks: readonly T[]): Promise<readonly (R | HttpError)[]>;
  /** Ends a hung run, which then rejects. */
  onHung(tasks: readonly T[]): void;
  /** Nothing waits and nothing runs. */
  onIdle?(): void;
}

export interface Queued<T> {
  readonly task: T;
  /** When it came, as `performance.now()` counts. */
  readonly since: number;
}

/** What is running. */
export interface Load {
  readonly runs: number;
  readonly cost: number;
}

/** The bounded queue before one kind of worker. First come, first served; answers come in any order. */
export interface Scheduler<T extends Task, R> {
  /** Pictures that wait. */
  waiting(): number;
  isIdle(): boolean;
  /**
   * The admission policy. Rejects what does not fit in the queue, and what would not be done in time: by the estimate, all unfinished work
   * and this has to take at most half of the time left, because estimates err. An idle resource admits everything.
   * @param work the request's pictures and their cost.
   */
  rejection(work: Task, timeLeftMs: number): HttpError | undefined;
  /**
   * Runs the tasks of one request. What has not started when its deadline passes, its client goes or one of its tasks fails is dropped.
   * @returns the results in the order of the tasks.
   * @throws HttpError 'busy', 'past-deadline', 'worker-failed', or that of the first task that fails.
   */
  submit(tasks: readonly T[], waiter: Waiter): Promise<readonly R[]>;
  /** To be called when `take` may return more than the last time. */
  dispatch(): void;
}

interface Job<T, R> {
  readonly tasks: readonly T[];
  readonly waiter: Waiter;
  readonly results: (R | HttpError | undefined)[];
  readonly resolve: (results: readonly R[]) => void;
  readonly reject: (error: HttpError) => void;
  settled: boolean;
}

interface Entry<T, R> extends Queued<T> {
  readonly job: Job<T, R>;
  readonly index: number;
  attempts: number;
}

interface Run<T, R> {
  readonly entries: readonly Entry<T, R>[];
  readonly tasks: readonly T[];
  /** Counted in ticks, because a paused machine's clock continues. */
  ticks: number;
}

/** How often deadlines are checked, in milliseconds. */
const tickMs = 20;
/** The share of the time left that work may be expected to take. */
const expectedShare = 0.5;

export function createScheduler<T extends Task, R>(resource: Resource<T, R>): Scheduler<T, R> {
  const { queue: bound, threads, estimate, sentences } = resource;
  let queue: Entry<T, R>[] = [];
  let pictures = 0;
  let queuedCost = 0;
  const running = new Set<Run<T, R>>();
  const load = { runs: 0, cost: 0 };
  let isWoken = false;
  let ticking: NodeJS.Timeout | undefined;
  let busyMs = 0;
  let measuredAt = 0;

  const isIdle = () => queue.length === 0 && load.runs === 0;

  const count = ({ task }: Entry<T, R>, sign: 1 | -1) => {
    pictures += sign * task.pictures;
    queuedCost += sign * task.cost;
  };

  const isOver = (job: Job<T, R>, isExpired: boolean): boolean => {
    if (isExpired && !job.settled) fail(job, httpError('past-deadline', sentences.late(job.tasks)));
    return job.settled;
  };

  /** Drops from the queue what is expired, aborted or failed. */
  const prune = () => {
    const now = performance.now();
    const isDropped = ({ job }: Entry<T, R>) => isOver(job, job.waiter.aborted || job.waiter.deadline <= now);
    if (!queue.some(isDropped)) return;
    queue = queue.filter((entry) => {
      if (!isDropped(entry)) return true;
      count(entry, -1);
      return false;
    });
  };

  /** Milliseconds until this would be done, after all unfinished work. */
  const expectedMs = (cost: number) => estimate.milliseconds(load.cost + queuedCost + cost) / threads;

  const admits = (work: Task, timeLeftMs: number): boolean => {
    if (isIdle()) return true;
    if (pictures > 0 && pictures + work.pictures > bound) return false;
    return expectedMs(work.cost) <= timeLeftMs * expectedShare;
  };

  const rejection = (work: Task, timeLeftMs: number): HttpError | undefined => {
    if (admits(work, timeLeftMs)) return undefined;
    prune();
    if (admits(work, timeLeftMs)) return undefined;
    return httpError('busy', sentences.busy(pictures), { retryAfterMs: expectedMs(work.cost) });
  };

  const dispatch = () => {
    isWoken = false;
    prune();
    while (queue.length > 0) {
      const taken = resource.take(queue, load);
      if (taken === 0) break;
      void run(queue.splice(0, taken));
    }
    if (isIdle()) resource.onIdle?.();
  };

  /** Adds the time that threads worked since the last call. A run's own time would include the other runs of its thread. */
  const measure = () => {
    const now = performance.now();
    busyMs += (now - measuredAt) * Math.min(load.runs, threads);
    measuredAt = now;
  };

  const run = async (entries: readonly Entry<T, R>[]) => {
    const one: Run<T, R> = { entries, tasks: entries.map(({ task }) => task), ticks: 0 };
    for (const entry of entries) count(entry, -1);
    const { cost } = total(one.tasks);
    measure();
    running.add(one);
    load.runs++;
    load.cost += cost;
    try {
      const results = await resource.run(one.tasks);
      measure();
      // A task may fail at its first byte, which says nothing of how long others take.
      if (!results.some(isHttpError)) estimate.record(cost, busyMs);
      for (let i = 0; i < entries.length; i++) complete(entries[i]!, results[i]!);
    } catch (cause) {
      measure();
      retryOrFail(entries, cause);
    }
    busyMs = 0;
    running.delete(one);
    load.runs--;
    load.cost -= cost;
    dispatch();
  };

  const retryOrFail = (entries: readonly Entry<T, R>[], cause: unknown) => {
    const again = entries.filter((entry) => !entry.job.settled && ++entry.attempts < resource.attempts);
    for (const entry of again) count(entry, 1);
    queue.unshift(...again);
    for (const { job, task, attempts } of entries) {
      if (job.settled || attempts < resource.attempts) continue;
      fail(job, httpError('worker-failed', sentences.died(task), { cause }));
    }
  };

  const tick = () => {
    prune();
    const now = performance.now();
    for (const one of running) {
      for (const { job } of one.entries) isOver(job, job.waiter.deadline <= now);
      if (++one.ticks === Math.ceil(resource.hungAfterMs / tickMs)) resource.onHung(one.tasks);
    }
    if (!isIdle()) return;
    clearInterval(ticking);
    ticking = undefined;
    resource.onIdle?.();
  };

  return {
    waiting: () => pictures,
    isIdle,
    rejection,
    submit(tasks, waiter) {
      const since = performance.now();
      const rejected = waiter.deadline > since ? rejection(total(tasks), waiter.deadline - since) : undefined;
      if (rejected) return Promise.reject(rejected);
      return new Promise((resolve, reject) => {
        const results = Array<R | HttpError | undefined>(tasks.length).fill(undefined);
        const job: Job<T, R> = { tasks, waiter, results, resolve, reject, settled: false };
        for (let index = 0; index < tasks.length; index++) {
          const entry = { job, task: tasks[index]!, index, since, attempts: 0 };
          queue.push(entry);
          count(entry, 1);
        }
        ticking ??= setInterval(tick, tickMs).unref();
        if (isWoken) return;
        // What arrives in the same turn of the event loop is gathered.
        isWoken = true;
        setImmediate(dispatch);
      });
    },
    dispatch,
  };
}

function total(tasks: readonly Task[]): Task {
  if (tasks.length === 1) return tasks[0]!;
  let [pictures, cost] = [0, 0];
  for (const task of tasks) {
    pictures += task.pictures;
    cost += task.cost;
  }
  return { pictures, cost };
}

function complete<T, R>({ job, index }: Entry<T, R>, result: R | HttpError): void {
  const { results, settled } = job;
  results[index] = result;
  if (settled) return;
  // Of several tasks that fail the first is reported, whichever fails first.
  for (const one of results) {
    if (one === undefined) return;
    if (!isHttpError(one)) continue;
    fail(job, one);
    return;
  }
  job.settled = true;
  job.resolve(results as R[]);
}

function fail<T, R>(job: Job<T, R>, error: HttpError): void {
  job.settled = true;
  job.reject(error);
}
