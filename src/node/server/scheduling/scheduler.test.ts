import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type HttpError, httpError } from '../errors.ts';
import { createCostEstimate } from './costEstimate.ts';
import { createScheduler, type Resource, type Task } from './scheduler.ts';

interface Named extends Task {
  readonly name: string;
}
const task = (name: string, cost = 1, pictures = 1): Named => ({ name, cost, pictures });

/** One worker that takes one task at a time, 100 ms for a cost of 1 by the first estimate, and ends when the test says so. */
function manual(options: Partial<Resource<Named, string>> = {}) {
  const runs: { names: string; end(result?: string | HttpError): Promise<void>; die(): Promise<void> }[] = [];
  const hung: string[] = [];
  const names = (tasks: readonly Named[]) => tasks.map(({ name }) => name).join();
  const settled = async () => void (await vi.advanceTimersByTimeAsync(0));
  const scheduler = createScheduler<Named, string>({
    queue: 4,
    threads: 1,
    estimate: createCostEstimate({ milliseconds: 1e6, cost: 1e4 }),
    attempts: 1,
    hungAfterMs: 1000,
    sentences: {
      busy: (pictures) => `${pictures} wait.`,
      late: (tasks) => `${names(tasks)} came too late.`,
      died: ({ name }) => `${name} died.`,
    },
    take: (_, { runs: under }) => (under === 0 ? 1 : 0),
    run: (tasks) =>
      new Promise((resolve, reject) => {
        runs.push({
          names: names(tasks),
          end: (result) => {
            resolve(tasks.map(({ name }) => result ?? name.toUpperCase()));
            return settled();
          },
          die: () => {
            reject(new Error('killed'));
            return settled();
          },
        });
      }),
    onHung: (tasks) => void hung.push(names(tasks)),
    ...options,
  });
  /** Submits a request; `outcome` becomes its results, or its error's code. */
  const submit = (tasks: readonly Named[], { ms = 10_000, aborted = false } = {}) => {
    const waiter = { deadline: performance.now() + ms, aborted };
    const request: { waiter: typeof waiter; outcome: unknown; error?: HttpError } = { waiter, outcome: undefined };
    scheduler.submit(tasks, waiter).then(
      (results) => Object.assign(request, { outcome: results.join() }),
      (error: HttpError) => Object.assign(request, { outcome: error.code, error }),
    );
    return request;
  };
  return { scheduler, runs, hung, submit, settled, started: () => runs.map((run) => run.names).join(' ') };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('admission', () => {
  it('an idle resource admits any request, beyond its bound and its time', async () => {
    const { submit, settled, started } = manual();
    const request = submit([task('a', 1e6, 100)], { ms: 50 });
    await settled();
    expect([started(), request.outcome]).toEqual(['a', undefined]);
  });

  it('the queue is bounded in pictures, except for one request while none wait', async () => {
    const { scheduler, submit, settled } = manual();
    submit([task('running')]);
    await settled();
    submit([task('large', 1, 9)]);
    expect([scheduler.waiting(), submit([task('next')])]).toMatchObject([9, {}]);
    const small = manual();
    small.submit([task('running')]);
    await settled();
    const [four, fifth] = [small.submit(['a', 'b', 'c', 'd'].map((name) => task(name))), small.submit([task('e')])];
    await settled();
    expect([four.outcome, fifth.outcome]).toEqual([undefined, 'busy']);
    expect(fifth.error).toMatchObject({ message: '4 wait.', retryAfter: 1 });
  });

  it('rejects what would take more than half of the time left, with the seconds to wait', async () => {
    const { scheduler, submit, settled } = manual({ queue: 100 });
    submit([task('running', 4)]);
    await settled();
    submit([task('waiting', 5)]);
    // 400 ms that run, 500 that wait, and its own 100.
    expect(scheduler.rejection(task('x'), 2000)).toBeUndefined();
    expect(scheduler.rejection(task('x'), 1999)).toMatchObject({ code: 'busy', retryAfter: 1 });
    expect(scheduler.rejection(task('x', 21), 5000)).toMatchObject({ code: 'busy', retryAfter: 3 });
    const request = submit([task('x')], { ms: 1999 });
    await settled();
    expect([request.outcome, scheduler.waiting()]).toEqual(['busy', 1]);
  });

  it('expected work is divided among the threads', async () => {
    const { scheduler, submit, settled } = manual({ threads: 4 });
    submit([task('running', 40)]);
    await settled();
    expect(scheduler.rejection(task('x', 0), 2000)).toBeUndefined();
    expect(scheduler.rejection(task('x', 0), 1999)).toMatchObject({ code: 'busy' });
  });

  it('learns from what was run, for how long its threads were busy', async () => {
    const { scheduler, submit, runs, settled } = manual({
      estimate: createCostEstimate({ milliseconds: 100, cost: 1 }),
    });
    for (let n = 0; n < 10; n++) {
      submit([task('a')]);
      await vi.advanceTimersByTimeAsync(1000);
      await runs[n]!.end();
      await vi.advanceTimersByTimeAsync(5000);
    }
    submit([task('running')]);
    await settled();
    expect(scheduler.rejection(task('x'), 3900)).toMatchObject({ code: 'busy', retryAfter: 2 });
    expect(scheduler.rejection(task('x'), 4100)).toBeUndefined();
  });

  it('makes room for others as soon as what waits is expired or aborted', async () => {
    const { submit, settled, scheduler } = manual();
    submit([task('running')]);
    await settled();
    const waiting = ['a', 'b', 'c', 'd'].map((name) => submit([task(name)]));
    expect(scheduler.rejection(task('e'), 10_000)).toMatchObject({ code: 'busy' });
    for (const n of [1, 2]) waiting[n]!.waiter.aborted = true;
    expect(scheduler.rejection(task('e'), 10_000)).toBeUndefined();
    expect(scheduler.waiting()).toBe(2);
    await settled();
    expect(waiting.map(({ outcome }) => outcome)).toEqual([undefined, 'past-deadline', 'past-deadline', undefined]);
  });
});

describe('a request that waits', () => {
  it('is rejected at its deadline, waiting or running, and not started later', async () => {
    const { submit, runs, settled, started } = manual();
    const running = submit([task('a')], { ms: 500 });
    await settled();
    const waiting = submit([task('b')], { ms: 800 });
    const patient = submit([task('c')]);
    await vi.advanceTimersByTimeAsync(499);
    expect(running.outcome).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect([running.outcome, waiting.outcome]).toEqual(['past-deadline', undefined]);
    await vi.advanceTimersByTimeAsync(300);
    expect(waiting.error).toMatchObject({ code: 'past-deadline', message: 'b came too late.' });
    await runs[0]!.end();
    expect(started()).toBe('a c');
    await runs[1]!.end();
    expect(patient.outcome).toBe('C');
  });

  it('is not started when its deadline passes between two checks', async () => {
    const { submit, runs, settled, started } = manual();
    submit([task('a')]);
    await settled();
    const waiting = submit([task('b')], { ms: 405 });
    await vi.advanceTimersByTimeAsync(406);
    await runs[0]!.end();
    expect([started(), waiting.outcome]).toEqual(['a', 'past-deadline']);
  });

  it('is dropped when its client goes; what is running is finished', async () => {
    const { submit, runs, settled, started } = manual();
    const [a, b] = [submit([task('a')]), submit([task('b')])];
    await settled();
    a.waiter.aborted = true;
    b.waiter.aborted = true;
    await vi.advanceTimersByTimeAsync(100);
    await runs[0]!.end();
    expect([started(), b.outcome]).toEqual(['a', 'past-deadline']);
    expect(a.outcome).toBe('A');
  });

  it('has its turn in the order of arrival, task by task', async () => {
    const { submit, runs, settled, started } = manual({ queue: 10 });
    const requests = [submit([task('a'), task('b')]), submit([task('c')]), submit([task('d'), task('e')])];
    await settled();
    for (let n = 0; n < 5; n++) await runs[n]!.end();
    expect(started()).toBe('a b c d e');
    expect(requests.map(({ outcome }) => outcome)).toEqual(['A,B', 'C', 'D,E']);
  });
});

describe('a task that fails', () => {
  const damaged = (name: string) => httpError('damaged-image', `${name} is damaged.`);

  it('ends its request; the rest is not started', async () => {
    const { submit, runs, settled, started } = manual();
    const request = submit([task('a'), task('b'), task('c')]);
    await settled();
    await runs[0]!.end();
    await runs[1]!.end(damaged('b'));
    expect([request.outcome, started()]).toEqual(['damaged-image', 'a b']);
  });

  it('is reported when those before it are done: of several the first', async () => {
    const { submit, runs, settled } = manual({ take: () => 1 });
    const request = submit([task('a'), task('b'), task('c')]);
    await settled();
    await runs[2]!.end(damaged('c'));
    await runs[1]!.end(damaged('b'));
    expect(request.outcome).toBeUndefined();
    await runs[0]!.end();
    expect(request.error).toMatchObject({ message: 'b is damaged.' });
  });

  it('does not change the estimate for others', async () => {
    const record = vi.fn();
    const { submit, runs, settled } = manual({ estimate: { record, milliseconds: () => 0 } });
    submit([task('a')]);
    submit([task('b', 3)]);
    await settled();
    await runs[0]!.end(damaged('a'));
    await vi.advanceTimersByTimeAsync(70);
    await runs[1]!.end();
    expect(record.mock.calls).toEqual([[3, 70]]);
  });
});

describe('a worker that dies', () => {
  it('fails its request at the last attempt', async () => {
    const { submit, runs, settled, started } = manual();
    const [a, b] = [submit([task('a')]), submit([task('b')])];
    await settled();
    await runs[0]!.die();
    expect(a.error).toMatchObject({ code: 'worker-failed', message: 'a died.', cause: new Error('killed') });
    expect([started(), b.outcome]).toEqual(['a b', undefined]);
  });

  it('has its tasks run again before those that wait', async () => {
    const { submit, runs, settled, started } = manual({ attempts: 2 });
    const [a, b] = [submit([task('a')]), submit([task('b')])];
    await settled();
    await runs[0]!.die();
    await runs[1]!.end();
    await runs[2]!.die();
    await runs[3]!.die();
    expect(started()).toBe('a a b b');
    expect([a.outcome, b.outcome]).toEqual(['A', 'worker-failed']);
  });

  it('counts as hung after its time, once', async () => {
    const { submit, hung } = manual();
    submit([task('a')], { ms: 60_000 });
    await vi.advanceTimersByTimeAsync(990);
    expect(hung).toEqual([]);
    await vi.advanceTimersByTimeAsync(2000);
    expect(hung).toEqual(['a']);
  });
});

it('runs together what the resource takes together, each task with its own result', async () => {
  const { submit, runs, settled, started } = manual({ take: (queue, { runs: under }) => (under ? 0 : queue.length) });
  const requests = ['a', 'b', 'c'].map((name) => submit([task(name)]));
  await settled();
  expect(started()).toBe('a,b,c');
  await runs[0]!.end();
  expect(requests.map(({ outcome }) => outcome)).toEqual(['A', 'B', 'C']);
});

it('keeps no timer while it is idle', async () => {
  const onIdle = vi.fn();
  const { submit, runs, settled, scheduler } = manual({ onIdle });
  submit([task('a')]);
  await settled();
  expect([vi.getTimerCount(), scheduler.isIdle()]).toEqual([1, false]);
  await runs[0]!.end();
  await vi.advanceTimersByTimeAsync(20);
  expect([vi.getTimerCount(), scheduler.isIdle()]).toEqual([0, true]);
  expect(onIdle).toHaveBeenCalled();
});
