import { SelvedgeError } from '../errors.ts';
import { createBarrier, stopBarrier } from './barrier.ts';
import { executeAlone, executeTogether } from './execute.ts';
import type { Job } from './program.ts';
import type { Team, TeamOptions } from './team.ts';
import { instantiateKernels } from './wasm.ts';

/** What a worker is started with. */
export interface MemberOptions extends TeamOptions {
  /** Counted from 0. */
  readonly thread: number;
}

/** A platform's worker, as its team sees it. */
export interface TeamWorker {
  /** Sends jobs, for the function that `joinTeam` returned to the worker. */
  post(jobs: readonly Job[]): void;
  /** Ends the worker at once, whatever it does. */
  terminate(): unknown;
}

/** What a worker reports to its team. */
export interface TeamWorkerEvents {
  /** Once when it is ready, and once whenever it is done with what was posted. */
  done(): void;
  /** It threw or died. `what` completes the sentence "A worker thread …". */
  failed(what: string, cause?: unknown): void;
}

/**
 * A team of workers that the platform starts; the caller's thread stays free. A worker that throws or dies rejects the
 * run with its cause, and the team ends.
 */
export async function createTeamOf(
  options: TeamOptions,
  start: (member: MemberOptions, events: TeamWorkerEvents) => TeamWorker,
): Promise<Team> {
  const { threads, memory, barrierAddress } = options;
  const workers: TeamWorker[] = [];
  let failure: SelvedgeError | undefined;
  let waiting: { left: number; resolve(): void; reject(error: Error): void } | undefined;

  const end = (error: SelvedgeError) => {
    if (!failure) {
      failure = error;
      stopBarrier(memory.buffer, barrierAddress);
      waiting?.reject(failure);
      waiting = undefined;
    }
    return Promise.all(workers.map((worker) => worker.terminate()));
  };
  const events: TeamWorkerEvents = {
    done() {
      if (waiting && --waiting.left === 0) {
        const { resolve } = waiting;
        waiting = undefined;
        resolve();
      }
    },
    failed(what, cause) {
      void end(new SelvedgeError('worker-failed', `A worker thread ${what}, so the run ended.`, { cause }));
    },
  };
  const everyone = (send: () => void) =>
    new Promise<void>((resolve, reject) => {
      if (failure) return reject(failure);
      if (waiting) return reject(new Error('a team runs one call at a time'));
      waiting = { left: threads, resolve, reject };
      send();
    });

  await everyone(() => {
    try {
      for (let thread = 0; thread < threads; thread++) workers.push(start({ ...options, thread }, events));
    } catch (cause) {
      events.failed(`did not start (${reasonOf(cause)})`, cause);
    }
  });
  return {
    threads,
    run: (jobs) =>
      everyone(() => {
        for (const worker of workers) worker.post(jobs);
      }),
    async close() {
      await end(new SelvedgeError('aborted', 'The team of threads was closed, so it runs nothing any more.'));
    },
  };
}

/** The worker's side: returns the function that runs this thread's share of jobs, which returns when the whole team is done. */
export function joinTeam(options: MemberOptions): (jobs: readonly Job[]) => void {
  const { module, memory, barrierAddress, scratchAddress, scratchBytes, programs, threads, thread } = options;
  const kernels = instantiateKernels(module, memory, scratchAddress + thread * scratchBytes);
  if (threads === 1) return (jobs) => executeAlone(kernels, programs, jobs);
  const barrier = createBarrier(memory.buffer, barrierAddress, threads);
  return (jobs) => executeTogether(kernels, programs, jobs, barrier);
}

/** A thrown thing's message. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
