import { readdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import { noAddress } from '../../src/core/engine/buffers.ts';
import type { PlacedCall, Program } from '../../src/core/engine/program.ts';
import { startTeam } from '../../src/core/engine/start.ts';
import type { Team } from '../../src/core/engine/team.ts';
import { SelvedgeError } from '../../src/core/errors.ts';
import { workerEngine } from './engines.ts';

const words = 4096;
const job = (program: number) => ({ program, offset: 0, count: 1 });

const opened: Team[] = [];
afterEach(async () => {
  for (const team of opened.splice(0)) await team.close();
});

/** A team whose programs are made of the address of `words` float32 values. */
async function teamOf(threads: number, programsFor: (address: number) => readonly Program[]) {
  const address = 1024;
  const plan = { programs: programsFor(address), bytes: address + words * 4, largest: noAddress };
  const options = { plan, threads, scratchBytes: 0 };
  const { buffer, team } = await startTeam(workerEngine, options);
  const values = new Float32Array(buffer, address, words).fill(1);
  opened.push(team);
  return { team, values };
}

const step = (kernel: string, args: readonly number[], units = 64): PlacedCall => ({
  kernel,
  owner: 'test',
  args,
  units,
  chunkSize: 1,
  aside: false,
  offsets: [],
});
const fine = (address: number): Program => [step('zeroFill', [address], words)];
const wrongName: Program = [step('noSuchKernel', [])];
/** The last unit, so that other threads may be done or waiting when it fails. */
const outOfBounds: Program = [step('zeroFill', [2 ** 31], words)];

/** Threads of this process, as Linux counts them. */
const threadCount = () => readdirSync('/proc/self/task').length;

describe.each([1, 2, 3])('a team of %i worker threads', (threads) => {
  test('runs its programs, time and again', async () => {
    const { team, values } = await teamOf(threads, (address) => [fine(address)]);
    expect(team.threads).toBe(threads);
    for (let i = 0; i < 20; i++) {
      values.fill(1);
      await team.run([job(0), job(0)]);
      expect(values.every((value) => value === 0)).toBe(true);
    }
  });

  test('runs no jobs at once', async () => {
    const { team } = await teamOf(threads, (address) => [fine(address)]);
    await expect(team.run([])).resolves.toBeUndefined();
  });

  test('a kernel that does not exist rejects the run with the cause, and every run after it', async () => {
    const { team } = await teamOf(threads, (address) => [fine(address), wrongName]);
    await team.run([job(0)]);
    const failed = team.run([job(0), job(1), job(0)]);
    await expect(failed).rejects.toThrow(SelvedgeError);
    await expect(failed).rejects.toMatchObject({
      code: 'worker-failed',
      message: 'A worker thread failed (noSuchKernel of test: the engine has no such kernel), so the run ended.',
      cause: expect.any(Error),
    });
    await expect(team.run([job(0)])).rejects.toMatchObject({ code: 'worker-failed' });
  });

  test('a kernel that traps rejects the run with the cause', async () => {
    const { team } = await teamOf(threads, (address) => [fine(address), outOfBounds]);
    await expect(team.run([job(0), job(1), job(0)])).rejects.toMatchObject({
      code: 'worker-failed',
      message: 'A worker thread failed (zeroFill of test: memory access out of bounds), so the run ended.',
      cause: expect.any(Error),
    });
  });

  test('a program that does not exist rejects the run', async () => {
    const { team } = await teamOf(threads, (address) => [fine(address)]);
    await expect(team.run([job(7)])).rejects.toMatchObject({ code: 'worker-failed' });
  });

  test('close ends every thread', async () => {
    const before = threadCount();
    const { team } = await teamOf(threads, (address) => [fine(address)]);
    expect(threadCount()).toBeGreaterThan(before);
    await team.close();
    for (let i = 0; i < 100 && threadCount() > before; i++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(threadCount()).toBeLessThanOrEqual(before);
  });

  test('close may be called twice, and after a failure', async () => {
    const { team } = await teamOf(threads, () => [wrongName]);
    await expect(team.run([job(0)])).rejects.toMatchObject({ code: 'worker-failed' });
    await expect(team.close()).resolves.toBeUndefined();
    await expect(team.close()).resolves.toBeUndefined();
  });

  test('close during a run rejects the run', async () => {
    const { team } = await teamOf(threads, (address) => [Array.from({ length: 2000 }, () => fine(address)[0]!)]);
    const running = team.run([job(0), job(0)]);
    const [result] = await Promise.allSettled([running, team.close()]);
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'aborted' } });
  });

  test('a run after close is rejected', async () => {
    const { team } = await teamOf(threads, (address) => [fine(address)]);
    await team.close();
    await expect(team.run([job(0)])).rejects.toMatchObject({
      code: 'aborted',
      message: 'The team of threads was closed, so it runs nothing any more.',
    });
  });

  test('a second run before the first is done is refused, and the first is not disturbed', async () => {
    const { team, values } = await teamOf(threads, (address) => [fine(address)]);
    const first = team.run([job(0)]);
    await expect(team.run([job(0)])).rejects.toThrow('a team runs one call at a time');
    await first;
    expect(values.every((value) => value === 0)).toBe(true);
  });
});

describe('a worker that dies', () => {
  /** The workers that Node starts while `during` runs. */
  async function workersOf<T>(during: () => Promise<T>): Promise<{ result: T; workers: Worker[] }> {
    const workers: Worker[] = [];
    const { on } = Worker.prototype;
    Worker.prototype.on = function (this: Worker, ...args: Parameters<typeof on>) {
      if (!workers.includes(this)) workers.push(this);
      return on.apply(this, args);
    } as typeof on;
    try {
      return { result: await during(), workers };
    } finally {
      Worker.prototype.on = on;
    }
  }

  test.each([1, 2, 3])('rejects the run of a team of %i, and nothing hangs', async (threads) => {
    const { result, workers } = await workersOf(() =>
      teamOf(threads, (address) => [Array.from({ length: 5000 }, () => fine(address)[0]!)]),
    );
    expect(workers).toHaveLength(threads);
    const running = result.team.run([job(0), job(0)]);
    void workers.at(-1)!.terminate();
    await expect(running).rejects.toMatchObject({ code: 'worker-failed' });
    await expect(running).rejects.toThrow('A worker thread ended unexpectedly (exit code 1), so the run ended.');
    await expect(result.team.run([job(0)])).rejects.toMatchObject({ code: 'worker-failed' });
  });

  test('between runs, rejects the next run', async () => {
    const { result, workers } = await workersOf(() => teamOf(2, (address) => [fine(address)]));
    await result.team.run([job(0)]);
    await workers[0]!.terminate();
    await expect(result.team.run([job(0)])).rejects.toMatchObject({ code: 'worker-failed' });
  });
});

test('a module that is no engine rejects the making of the team', async () => {
  const options = { plan: { programs: [], bytes: 1024, largest: noAddress }, threads: 2, scratchBytes: 0 };
  await expect(startTeam({ ...workerEngine, module: {} }, options)).rejects.toMatchObject({ code: 'worker-failed' });
});
