import { Worker } from 'node:worker_threads';
import { stopBarrier } from '../../core/engine/barrier.ts';
import type { Job } from '../../core/engine/program.ts';
import type { Team, TeamFactory } from '../../core/engine/team.ts';
import { SelvedgeError } from '../../core/errors.ts';
import { builtFile } from '../builtFile.ts';

/** A team of worker threads; the caller's thread stays free. A worker that throws or dies rejects the run and ends the team. */
export const createWorkerTeam: TeamFactory = async (options) => {
  const { threads, memory, barrierAddress } = options;
  const script = builtFile('node/threads/worker.js');
  const workers = Array.from(
    { length: threads },
    (_, thread) => new Worker(script, { workerData: { ...options, thread } }),
  );
  let failure: SelvedgeError | undefined;
  let waiting: { left: number; resolve(): void; reject(error: Error): void } | undefined;

  const settle = () => {
    if (waiting && --waiting.left === 0) {
      const { resolve } = waiting;
      waiting = undefined;
      resolve();
    }
  };
  const end = (error: SelvedgeError) => {
    if (!failure) {
      failure = error;
      stopBarrier(memory.buffer, barrierAddress);
      waiting?.reject(failure);
      waiting = undefined;
    }
    return Promise.all(workers.map((worker) => worker.terminate()));
  };
  const fail = (what: string, cause?: unknown) =>
    void end(new SelvedgeError('worker-failed', `A worker thread ${what}, so the run ended.`, { cause }));
  const everyone = (send: () => void) =>
    new Promise<void>((resolve, reject) => {
      if (failure) return reject(failure);
      if (waiting) return reject(new Error('a team runs one call at a time'));
      waiting = { left: threads, resolve, reject };
      send();
    });

  for (const worker of workers) {
    worker.on('message', settle);
    worker.on('error', (error) => fail(`failed (${error.message})`, error));
    worker.on('exit', (code) => fail(`ended unexpectedly (exit code ${code})`));
  }
  await everyone(() => {});

  const team: Team = {
    threads,
    run: (jobs: readonly Job[]) =>
      everyone(() => {
        for (const worker of workers) worker.postMessage(jobs);
      }),
    async close() {
      await end(new SelvedgeError('aborted', 'The team of threads was closed, so it runs nothing any more.'));
    },
  };
  return team;
};
