import { createInlineTeam, type TeamFactory } from '../../core/engine/team.ts';
import { createTeamOf } from '../../core/engine/workerTeam.ts';
import type { WorkerAnswer, WorkerStart } from './worker.ts';

/**
 * A team of Web Workers; the caller's thread stays free. A worker that throws or dies rejects the run with its cause and
 * ends the team.
 *
 * A browser shares memory between threads only where the page is cross-origin isolated (served with
 * `Cross-Origin-Opener-Policy: same-origin` and `Cross-Origin-Embedder-Policy: require-corp`). Elsewhere the team has one
 * thread, the caller's own, whatever number was asked for; it lets the page draw and answer after every job, which is a
 * micro-batch of images at most. The results are the same bits.
 */
export const createWebWorkerTeam: TeamFactory = (options) =>
  canShareMemory() ? createIsolatedTeam(options) : createPausingTeam(options);

/** How many threads a team can have here: the machine's cores where memory can be shared, otherwise one. */
export function availableThreads(): number {
  return canShareMemory() ? Math.max(1, navigator.hardwareConcurrency) : 1;
}

function canShareMemory(): boolean {
  return globalThis.crossOriginIsolated === true && typeof Worker === 'function';
}

const createIsolatedTeam: TeamFactory = (options) =>
  createTeamOf(options, (member, { done, failed }) => {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    const lock = `selvedge worker ${crypto.randomUUID()}`;
    worker.addEventListener('message', ({ data }: MessageEvent<WorkerAnswer>) => {
      if (data.type === 'failed') return failed(`failed (${data.message})`, data.cause);
      // A browser does not tell when a worker has died, but it then passes on the lock that the worker held.
      if (data.type === 'ready') void navigator.locks.request(lock, () => failed('ended unexpectedly'));
      done();
    });
    worker.addEventListener('error', ({ message, error }) =>
      failed(message ? `failed (${message})` : 'could not be loaded', error),
    );
    worker.addEventListener('messageerror', () => failed('sent what cannot be read'));
    worker.postMessage({ member, lock } satisfies WorkerStart);
    return { post: (jobs) => worker.postMessage(jobs), terminate: () => worker.terminate() };
  });

const createPausingTeam: TeamFactory = async (options) => {
  const alone = await createInlineTeam(options);
  return {
    ...alone,
    async run(jobs) {
      for (const job of jobs) {
        await alone.run([job]);
        await nextTask();
      }
    },
  };
};

/** Resolves when the page has had its turn. A message is used because a timer's wait is never under 4 ms for long. */
function nextTask(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
