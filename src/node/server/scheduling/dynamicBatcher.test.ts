import { describe, expect, test, vi } from 'vitest';
import { type BatcherOptions, type BatchWorker, openBatcher } from './dynamicBatcher.ts';

/** A worker whose batches end when the test says so. Each picture is one value v; its probabilities are [v, −v]. */
function manualWorker() {
  const batches: { pictures: number[]; finish(): void; die(): void }[] = [];
  let opened = 0;
  const open = async (): Promise<BatchWorker> => {
    opened++;
    let answered = 0;
    return {
      answers(pictures) {
        const result = {
          probabilities: Float32Array.from([...pictures].flatMap((v) => [v, -v])),
          features: Float32Array.from(pictures, (v) => 10 * v),
        };
        if (answered++ === 0) return Promise.resolve(result);
        return new Promise((resolve, reject) => {
          const die = () => reject(new Error('killed'));
          batches.push({ pictures: [...pictures], finish: () => resolve(result), die });
        });
      },
      close: async () => undefined,
    };
  };
  return { open, batches, opened: () => opened };
}

async function batcher(options: Partial<BatcherOptions> & Pick<BatcherOptions, 'open'>) {
  const made = await openBatcher({ workers: 1, pictureSize: 1, maxBatch: 4, maxDelayMs: 0, queue: 8, ...options });
  const submit = async (...given: Parameters<typeof made.submit>) => (await made.submit(...given))[0]!;
  return { ...made, submit };
}

const soon = (ms = 10_000) => ({ deadline: performance.now() + ms, aborted: false });
const one = (value: number) => Uint8Array.of(value);
const turns = async () => {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
};

describe('a dynamic batcher', () => {
  test('classifies what waits together, up to the largest batch, each with its own rows', async () => {
    const { open, batches } = manualWorker();
    const { submit } = await batcher({ open });
    const answers = [1, 2, 3, 4, 5, 6].map((value) => submit(one(value), soon()));
    await turns();
    expect(batches.map(({ pictures }) => pictures)).toEqual([[1, 2, 3, 4]]);
    batches[0]!.finish();
    await turns();
    expect(batches[1]!.pictures).toEqual([5, 6]);
    batches[1]!.finish();
    expect((await Promise.all(answers)).map(({ probabilities }) => [...probabilities])).toEqual(
      [1, 2, 3, 4, 5, 6].map((v) => [v, -v]),
    );
  });

  test('keeps 8-bit and scaled pictures in batches of their own, in their order', async () => {
    const { open, batches } = manualWorker();
    const { submit } = await batcher({ open });
    const half = Float32Array.of(0.5);
    for (const pictures of [one(1), one(2), half, half, one(3)]) void submit(pictures, soon());
    for (const expected of [[1, 2], [0.5, 0.5], [3]]) {
      await turns();
      expect(batches.at(-1)!.pictures).toEqual(expected);
      batches.at(-1)!.finish();
    }
  });

  test('takes a request with more pictures than a batch whole', async () => {
    const { open, batches } = manualWorker();
    const { submit } = await batcher({ open });
    const answer = submit(Uint8Array.of(1, 2, 3, 4, 5, 6), soon());
    await turns();
    batches[0]!.finish();
    const { probabilities, features } = await answer;
    expect([...probabilities]).toEqual([1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6]);
    expect([...features]).toEqual([10, 20, 30, 40, 50, 60]);
  });

  test('rejects what does not fit in the queue, with the seconds to wait', async () => {
    const { open, batches } = manualWorker();
    const { submit, rejection, waiting } = await batcher({ open });
    const busy = submit(one(0), soon());
    await turns();
    const queued = Array.from({ length: 8 }, (_, i) => submit(one(i), soon()));
    expect(rejection(1, 10_000)).toMatchObject({ code: 'busy', retryAfter: 1 });
    expect(waiting()).toBe(8);
    await expect(submit(one(9), soon())).rejects.toMatchObject({ code: 'busy', retryAfter: 1 });
    for (let i = 0; i < 3; i++) {
      batches[i]!.finish();
      await turns();
    }
    await Promise.all([busy, ...queued]);
    expect([rejection(8, 10_000), waiting()]).toEqual([undefined, 0]);
  });

  test('rejects what is late, waiting or running, and answers the rest', async () => {
    const { open, batches } = manualWorker();
    const { submit } = await batcher({ open });
    const running = submit(one(1), soon(30));
    await turns();
    const late = submit(one(2), soon(30));
    const patient = submit(one(3), soon());
    await expect(running).rejects.toMatchObject({ code: 'past-deadline' });
    await expect(late).rejects.toMatchObject({ code: 'past-deadline' });
    batches[0]!.finish();
    await turns();
    expect(batches[1]!.pictures).toEqual([3]);
    batches[1]!.finish();
    expect([...(await patient).probabilities]).toEqual([3, -3]);
  });

  test('waits for a batch to fill for at most its maximum delay, and not when it is full', async () => {
    const { open, batches } = manualWorker();
    const { submit } = await batcher({ open, maxDelayMs: 60 });
    const answers = [submit(one(1), soon())];
    await turns();
    expect(batches).toEqual([]);
    answers.push(submit(one(2), soon()));
    await vi.waitFor(() => expect(batches).toHaveLength(1), { timeout: 2000 });
    expect(batches[0]!.pictures).toEqual([1, 2]);
    batches[0]!.finish();
    await Promise.all(answers);
    for (const value of [3, 4, 5, 6]) answers.push(submit(one(value), soon()));
    await turns();
    expect(batches[1]!.pictures).toEqual([3, 4, 5, 6]);
    batches[1]!.finish();
    await Promise.all(answers);
  });

  test('replaces a worker that dies and answers its requests on the next one', async () => {
    const { open, batches, opened } = manualWorker();
    const onReplace = vi.fn();
    const { submit, alive } = await batcher({ open, onReplace });
    const answer = submit(one(7), soon());
    await turns();
    batches[0]!.die();
    await turns();
    batches[1]!.finish();
    expect([...(await answer).probabilities]).toEqual([7, -7]);
    expect([onReplace.mock.calls.length, opened(), alive()]).toEqual([1, 2, 1]);
  });

  test('fails a request whose worker died twice, and answers the next', async () => {
    const { open, batches } = manualWorker();
    const { submit } = await batcher({ open });
    const answer = submit(one(7), soon());
    await turns();
    batches[0]!.die();
    await turns();
    batches[1]!.die();
    await expect(answer).rejects.toMatchObject({ code: 'worker-failed' });
    await turns();
    const next = submit(one(8), soon());
    await turns();
    batches[2]!.finish();
    expect([...(await next).probabilities]).toEqual([8, -8]);
  });

  test('drains only when everything taken is answered and nothing holds it', async () => {
    const { open, batches } = manualWorker();
    const made = await batcher({ open });
    const release = made.hold();
    const answer = made.submit(one(1), soon());
    let drained = false;
    const draining = made.drain().then(() => {
      drained = true;
    });
    await turns();
    batches[0]!.finish();
    await answer;
    await turns();
    expect(drained).toBe(false);
    const later = made.submit(one(2), soon());
    await turns();
    batches[1]!.finish();
    expect([...(await later).probabilities]).toEqual([2, -2]);
    release();
    await draining;
  });

  test('closes a worker that starts only when everything is drained', async () => {
    const { open, batches } = manualWorker();
    let starts = 0;
    let start = () => {};
    let closed = 0;
    const slow = async () => {
      if (starts++ > 0) {
        await new Promise<void>((resolve) => {
          start = resolve;
        });
      }
      const worker = await open();
      return {
        ...worker,
        close: async () => {
          closed++;
        },
      };
    };
    const made = await batcher({ open: slow });
    const late = made.submit(one(1), soon(20));
    await expect(late).rejects.toMatchObject({ code: 'past-deadline' });
    batches[0]!.die();
    await turns();
    const drained = made.drain();
    await turns();
    start();
    await drained;
    expect([starts, closed]).toEqual([2, 2]);
  });

  test('keeps trying when a new worker does not start', async () => {
    const { open, batches } = manualWorker();
    let fails = 0;
    const failing = async () => {
      if (fails > 0) {
        fails--;
        throw new Error('no memory');
      }
      return open();
    };
    const { submit } = await batcher({ open: failing });
    const answer = submit(one(5), soon());
    await turns();
    fails = 2;
    batches[0]!.die();
    await vi.waitFor(() => expect(batches).toHaveLength(2), { timeout: 5000 });
    batches[1]!.finish();
    expect([...(await answer).probabilities]).toEqual([5, -5]);
  });
});
