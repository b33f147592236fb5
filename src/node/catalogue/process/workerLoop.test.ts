import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SelvedgeError } from '../../../core/errors.ts';
import { ConnectionLost } from '../database/database.ts';
import { type HeldJob, type JobQueue, LostLease } from '../jobs/jobQueue.ts';
import { startWorkerLoop } from './workerLoop.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A queue of these jobs; `log` has what became of them. */
function queueOf(names: string[], take: () => Promise<unknown> = async () => {}) {
  const log: string[] = [];
  const queue = {
    recover: async () => {
      log.push('recover');
      return 0;
    },
    async take() {
      await take();
      const name = names.shift();
      if (name === undefined) return undefined;
      return {
        id: name,
        data: name,
        signal: new AbortController().signal,
        write: async () => {
          throw new Error('not used');
        },
        finish: async () => void log.push(`${name} finished`),
        fail: async (reason) => void log.push(`${name} failed: ${reason}`),
        release: async () => void log.push(`${name} released`),
      } satisfies HeldJob<string>;
    },
  } as Partial<JobQueue> as JobQueue;
  return { queue, log };
}
const finish = (job: HeldJob<string>) => job.finish(async () => {});

test('jobs are taken one after the other, and then as they come', async () => {
  const names = ['a', 'b'];
  const { queue, log } = queueOf(names);
  const loop = startWorkerLoop(queue, 'q', 1, finish);
  await vi.advanceTimersByTimeAsync(0);
  names.push('c');
  await vi.advanceTimersByTimeAsync(600);
  await loop.stop();
  expect(log).toEqual(['recover', 'a finished', 'b finished', 'c finished']);
});

test('a job that fails is put back with its reason, and the others go on', async () => {
  const { queue, log } = queueOf(['a', 'b']);
  const reasons: string[] = [];
  const loop = startWorkerLoop<string>(
    queue,
    'q',
    1,
    async (job) => {
      if (job.data === 'a') throw new Error('no luck');
      await finish(job);
    },
    { onFailure: (reason) => reasons.push(reason) },
  );
  await vi.advanceTimersByTimeAsync(0);
  await loop.stop();
  expect([log, reasons]).toEqual([['recover', 'a failed: no luck', 'b finished'], ['no luck']]);
});

test('a lost lease is no failure', async () => {
  const { queue, log } = queueOf(['a', 'b']);
  const loop = startWorkerLoop<string>(queue, 'q', 1, async (job) => {
    if (job.data === 'a') throw new LostLease();
    await finish(job);
  });
  await vi.advanceTimersByTimeAsync(0);
  await loop.stop();
  expect(log).toEqual(['recover', 'b finished']);
});

test.each([
  new SelvedgeError('cannot-write', 'The disk is full.'),
  new SelvedgeError('worker-failed', 'The thread ended.'),
  Object.assign(new Error('No space left on device'), { code: 'ENOSPC' }),
])('a fault of the surroundings gives the job back and ends the loop: %s', async (fault) => {
  const { queue, log } = queueOf(['a', 'b']);
  const loop = startWorkerLoop<string>(queue, 'q', 1, () => Promise.reject(fault));
  await vi.advanceTimersByTimeAsync(0);
  expect(() => loop.check()).toThrow(fault);
  await expect(loop.stop()).rejects.toBe(fault);
  expect(log).toEqual(['recover', 'a released']);
});

test('while a server does not answer, the pauses double from half a second to 30 s, and start anew afterwards', async () => {
  let isGone = true;
  const { queue, log } = queueOf(['a'], async () => {
    if (isGone) throw new ConnectionLost('db/shop', 'ECONNREFUSED');
  });
  const pauses: number[] = [];
  const loop = startWorkerLoop(queue, 'q', 1, finish, { onConnectionLost: (_, ms) => pauses.push(ms) });
  await vi.advanceTimersByTimeAsync(100_000);
  loop.wake();
  expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  isGone = false;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(log.at(-1)).toBe('a finished');
  isGone = true;
  await vi.advanceTimersByTimeAsync(600);
  expect(pauses.at(-1)).toBe(500);
  await loop.stop();
  loop.check();
});

test('a connection that is lost during a job puts the job back, and the loop goes on', async () => {
  const { queue, log } = queueOf(['a', 'b']);
  const loop = startWorkerLoop<string>(queue, 'q', 1, async (job) => {
    if (job.data === 'a') throw new ConnectionLost('db/shop', 'reset');
    await finish(job);
  });
  await vi.advanceTimersByTimeAsync(600);
  await loop.stop();
  expect(log.filter((line) => line !== 'recover')).toEqual(['a released', 'b finished']);
});

test('the end does not wait for a pause to be over', async () => {
  const { queue } = queueOf([], () => Promise.reject(new ConnectionLost('db/shop', 'gone')));
  const loop = startWorkerLoop(queue, 'q', 2, finish);
  await vi.advanceTimersByTimeAsync(10_000);
  await loop.stop();
  expect(vi.getTimerCount()).toBe(0);
});
