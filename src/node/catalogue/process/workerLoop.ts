import { SelvedgeError } from '../../../core/errors.ts';
import { ConnectionLost } from '../database/database.ts';
import { type HeldJob, type JobQueue, LostLease } from '../jobs/jobQueue.ts';

/** How long a worker waits when there is nothing to do, and how often it looks for silent workers' jobs, in milliseconds. */
const idleMs = 500;
const recoverEveryMs = 10_000;
/** How long it waits after the connection to a server was lost: at first, and at most; each pause is twice the last. */
const firstPauseMs = 500;
const longestPauseMs = 30_000;

export interface WorkerLoop {
  /** Looks for jobs at once rather than at the end of its pause. */
  wake(): void;
  /** @throws what stopped it */
  check(): void;
  /** Gives back the jobs in hand, and ends. */
  stop(): Promise<void>;
}

export interface WorkerEvents {
  readonly onFailure?: (reason: string) => void;
  /** The server with the database does not answer; it is asked again after a pause. */
  readonly onConnectionLost?: (reason: string, pauseMs: number) => void;
}

/**
 * Takes jobs of a queue and works on some at once, so that one decodes while another's network runs. A job that fails is put back; a
 * fault of the surroundings, such as a full disk, stops the loop after its jobs are put back. While a server does not answer, it waits.
 */
export function startWorkerLoop<Data>(
  queue: JobQueue,
  name: string,
  atOnce: number,
  work: (job: HeldJob<Data>) => Promise<void>,
  events: WorkerEvents = {},
): WorkerLoop {
  let stopping = false;
  let broken: unknown;
  let wakeUp = () => {};
  const paused = (ms = idleMs) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      const wakeBefore = wakeUp;
      wakeUp = () => {
        wakeBefore();
        clearTimeout(timer);
        resolve();
      };
    });
  let recovered = Number.NEGATIVE_INFINITY;
  const one = async (): Promise<void> => {
    let pauseMs = firstPauseMs;
    while (!stopping) {
      try {
        await next();
        pauseMs = firstPauseMs;
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
        events.onConnectionLost?.(error.message, pauseMs);
        await waitOut(pauseMs);
        pauseMs = Math.min(2 * pauseMs, longestPauseMs);
      }
    }
  };
  /** A pause that only the end of the loop cuts short: new jobs do not bring a server back. */
  const waitOut = async (ms: number): Promise<void> => {
    const until = performance.now() + ms;
    while (!stopping && performance.now() < until) await paused(until - performance.now());
  };
  const next = async (): Promise<void> => {
    if (performance.now() - recovered > recoverEveryMs) {
      recovered = performance.now();
      await queue.recover();
    }
    const job = await queue.take<Data>(name);
    if (job) await attempt(job);
    else await paused();
  };
  const attempt = async (job: HeldJob<Data>): Promise<void> => {
    try {
      if (stopping) return await job.release();
      await work(job);
    } catch (error) {
      if (error instanceof LostLease || job.signal.aborted) return;
      if (isFault(error)) {
        await job.release().catch(() => undefined);
        throw error;
      }
      const reason = error instanceof Error ? error.message : String(error);
      events.onFailure?.(reason);
      await job.fail(reason).catch((failed) => {
        if (!(failed instanceof LostLease)) throw failed;
      });
    }
  };
  const running = Array.from({ length: atOnce }, () =>
    one().catch((error: unknown) => {
      broken ??= error;
      stopping = true;
      wakeUp();
    }),
  );
  return {
    wake: () => wakeUp(),
    check() {
      if (broken !== undefined) throw broken;
    },
    async stop() {
      stopping = true;
      wakeUp();
      await Promise.all(running);
      if (broken !== undefined) throw broken;
    },
  };
}

/** What would stop every other job too. */
function isFault(error: unknown): boolean {
  if (error instanceof SelvedgeError) return error.code === 'cannot-write' || error.code === 'worker-failed';
  const code = (error as { code?: unknown }).code;
  // The disk is full.
  return code === '53100' || code === 'ENOSPC';
}
