import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createHostQueue } from './hostQueue.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const never = new AbortController().signal;

test('tasks for one host start 25 ms apart, those for others at once', async () => {
  const queue = createHostQueue({ concurrency: 16, perHost: 4, spacingMs: 25 });
  const starts: string[] = [];
  const start = performance.now();
  const note = (name: string) => async () => {
    starts.push(`${name} ${performance.now() - start}`);
  };
  const all = ['a', 'a', 'b', 'a'].map((host) => queue.run(host, note(host), never));
  await vi.advanceTimersByTimeAsync(100);
  await Promise.all(all);
  expect(starts).toEqual(['a 0', 'b 0', 'a 25', 'a 50']);
  await queue.run('a', note('a'), never);
  expect(starts.at(-1)).toBe('a 100');
});

test('hosts take turns: one with many tasks does not keep the others waiting', async () => {
  const queue = createHostQueue({ concurrency: 2, perHost: 2, spacingMs: 0 });
  const order: string[] = [];
  const task = (name: string) => () =>
    new Promise<void>((resolve) => {
      order.push(name);
      setTimeout(resolve, 10);
    });
  const names = ['a', 'a', 'a', 'a', 'a', 'b', 'c'];
  const all = names.map((name) => queue.run(name, task(name), never));
  await vi.advanceTimersByTimeAsync(100);
  await Promise.all(all);
  expect(order).toEqual(['a', 'a', 'a', 'b', 'c', 'a', 'a']);
});

test('a task that fails makes room for the next; one that is stopped while it waits never starts', async () => {
  const queue = createHostQueue({ concurrency: 1, perHost: 1, spacingMs: 0 });
  const failing = queue.run('a', () => Promise.reject(new Error('broken')), never);
  const stop = new AbortController();
  const task = vi.fn(async () => 1);
  const stopped = queue.run('a', task, stop.signal);
  const last = queue.run('a', async () => 2, never);
  stop.abort(new Error('stopped'));
  await expect(stopped).rejects.toThrow('stopped');
  await expect(failing).rejects.toThrow('broken');
  expect(await last).toBe(2);
  await expect(queue.run('a', task, stop.signal)).rejects.toThrow('stopped');
  expect(task).not.toHaveBeenCalled();
});
