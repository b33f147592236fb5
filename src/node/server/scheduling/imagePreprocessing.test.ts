import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createImagePreprocessing } from './imagePreprocessing.ts';
import type { EncodedImage, Preprocessed, PreprocessReply } from './preprocess.ts';

/** A PNG's first chunk, which is all that is read of it here. */
function png(width: number, height: number): Uint8Array {
  const bytes = Buffer.alloc(20_000);
  bytes.write('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1');
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
}
/** How most models take photos. */
const garment = { reshape: [28, 28, 1] };
const photo = { bytes: png(762, 1000), name: 'The image' };
const done: Preprocessed = { pixels: new Uint8Array(784), conversion: { kind: 'as-is' } };
const until = (deadline: number) => ({ deadline, aborted: false });

/** Two threads that take `milliseconds` for each photo, one after the other. */
function slow(milliseconds: number) {
  const started: EncodedImage[] = [];
  const free = [0, 0];
  const pool = {
    run: (one: EncodedImage) =>
      new Promise<Preprocessed>((resolve) => {
        started.push(one);
        const first = free.indexOf(Math.min(...free));
        free[first] = Math.max(free[first]!, performance.now()) + milliseconds;
        setTimeout(() => resolve(done), free[first]! - performance.now());
      }),
    destroy: async () => undefined,
  };
  return {
    started,
    preprocessing: createImagePreprocessing({ threads: 2, queue: 256, pixels: 25e6, open: () => pool }),
  };
}

/** The outcome of each of `count` photos that come at once, and after how many milliseconds. */
async function askedAtOnce({ preprocessing }: ReturnType<typeof slow>, count: number, limit: number) {
  const began = performance.now();
  const answers = Array.from({ length: count }, () =>
    preprocessing.preprocess([photo], garment, until(began + limit)).then(
      () => ({ code: 'done', after: performance.now() - began, retryAfter: undefined }),
      (error) => ({ code: error.code, after: performance.now() - began, retryAfter: error.retryAfter }),
    ),
  );
  await vi.runAllTimersAsync();
  const all = await Promise.all(answers);
  return { all, of: (code: string) => all.filter((one) => one.code === code) };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('photos far beyond what can be converted', () => {
  it.each([5, 50, 200])(
    'at %s ms each: those admitted are done by their deadline, the others get 429 at once',
    async (ms) => {
      const pool = slow(ms);
      // The cost of photos is learned first.
      for (let round = 0; round < 60; round++) await askedAtOnce(pool, 2, 2000);
      const { of } = await askedAtOnce(pool, 300, 2000);
      const [taken, busy] = [of('done'), of('busy')];
      expect(taken.length + busy.length).toBe(300);
      expect(taken.length).toBeGreaterThan(0.7 * Math.min(256, 2000 / ms));
      expect(Math.max(...taken.map(({ after }) => after))).toBeLessThan(1500);
      expect(busy.length).toBeGreaterThan(0);
      for (const { after, retryAfter } of busy) {
        expect(after).toBe(0);
        expect(retryAfter).toBeGreaterThanOrEqual(1);
      }
    },
  );

  it('much slower than expected: what is late is answered at its deadline, and hardly started', async () => {
    const pool = slow(1000);
    const { all, of } = await askedAtOnce(pool, 300, 2000);
    expect(of('past-deadline').length).toBeGreaterThan(0);
    expect(Math.max(...all.map(({ after }) => after))).toBe(2000);
    expect(pool.started.length).toBeLessThan(9);
    expect((await askedAtOnce(pool, 300, 2000)).of('done').length).toBeGreaterThan(0);
    expect(pool.started.length).toBeLessThan(16);
  });

  it('an overload is reported beforehand while it lasts', async () => {
    const { preprocessing } = slow(50);
    expect(preprocessing.rejection(2000)).toBeUndefined();
    const all = Promise.allSettled(
      Array.from({ length: 300 }, () => preprocessing.preprocess([photo], garment, until(2000))),
    );
    await vi.advanceTimersByTimeAsync(0);
    expect(preprocessing.rejection(500)).toMatchObject({ code: 'busy', retryAfter: expect.any(Number) });
    await vi.runAllTimersAsync();
    await all;
    expect(preprocessing.rejection(500)).toBeUndefined();
  });
});

it('a photo whose client has gone is not started', async () => {
  const { preprocessing, started } = slow(50);
  const waiter = until(performance.now() + 2000);
  const answers = Promise.allSettled(
    Array.from({ length: 20 }, () => preprocessing.preprocess([photo], garment, waiter)),
  );
  await vi.advanceTimersByTimeAsync(10);
  const had = started.length;
  expect(had).toBeLessThan(10);
  waiter.aborted = true;
  await vi.runAllTimersAsync();
  const statuses = (await answers).map(({ status }) => status);
  expect(statuses).toEqual([...Array(had).fill('fulfilled'), ...Array(20 - had).fill('rejected')]);
  expect(started).toHaveLength(had);
});

it('each thread takes at most 16 photos at once, however small', async () => {
  const { preprocessing, started } = slow(50);
  const small = { bytes: png(28, 28), name: 'The image' };
  const waiter = until(performance.now() + 10_000);
  const answers = Promise.allSettled(
    Array.from({ length: 50 }, () => preprocessing.preprocess([small], garment, waiter)),
  );
  await vi.advanceTimersByTimeAsync(10);
  expect(started).toHaveLength(2 * 16);
  await vi.runAllTimersAsync();
  await answers;
});

it('idle threads take any request, however large', async () => {
  const { preprocessing } = slow(10);
  const answer = preprocessing.preprocess(Array(64).fill(photo), garment, until(performance.now() + 400));
  await vi.runAllTimersAsync();
  expect(await answer).toHaveLength(64);
});

/** Threads that call `act` for each photo, one after the other. */
function scripted(act: (photo: EncodedImage) => Promise<PreprocessReply>) {
  const pools = { opened: 0, destroyed: 0, broken: () => {} };
  let turn: Promise<unknown> = Promise.resolve();
  const open = (broken: () => void) => {
    Object.assign(pools, { opened: pools.opened + 1, broken });
    return {
      run(one: EncodedImage) {
        const reply = turn.then(() => act(one));
        turn = reply.catch(() => undefined);
        return reply;
      },
      destroy: async () => void pools.destroyed++,
    };
  };
  return { pools, preprocessing: createImagePreprocessing({ threads: 1, queue: 256, pixels: 25e6, open }) };
}

const after = <T>(milliseconds: number, value: T) =>
  new Promise<T>((resolve) => setTimeout(() => resolve(value), milliseconds));
const damaged = { code: 'damaged-image', sentence: 'damaged' } as const;

it.each<[string, () => Promise<PreprocessReply>]>([
  ['damaged at their first byte', async () => damaged],
  ['given up by their thread after 3 s', () => after(3000, null).then(() => Promise.reject(new Error('died')))],
])('photos that are %s do not change the estimate for others', async (_, act) => {
  let isGood = false;
  const pool = scripted(() => (isGood ? after(50, done) : act()));
  const large = { bytes: png(5000, 5000), name: 'The image' };
  for (let n = 0; n < 20; n++) {
    const answer = pool.preprocessing
      .preprocess([large], garment, until(performance.now() + 10_000))
      .catch(() => undefined);
    await vi.runAllTimersAsync();
    await answer;
  }
  isGood = true;
  // 76 ms each are expected of 0.76 megapixels before anything is known, 13 of them in a second.
  const began = performance.now();
  const answers = Array.from({ length: 40 }, () =>
    pool.preprocessing.preprocess([photo], garment, until(began + 2000)).then(
      () => true,
      () => false,
    ),
  );
  await vi.runAllTimersAsync();
  const taken = (await Promise.all(answers)).filter((one) => one).length;
  expect(taken).toBeGreaterThanOrEqual(10);
  expect(taken).toBeLessThanOrEqual(16);
});

it('of several images that fail the first is reported, whichever fails first', async () => {
  const { preprocessing } = scripted(({ name }) => {
    const failed = { ...damaged, sentence: name };
    return name === 'b' ? after(100, failed) : Promise.resolve(name === 'a' ? done : failed);
  });
  const images = ['a', 'b', 'c'].map((name) => ({ ...photo, name }));
  const answer = preprocessing
    .preprocess(images, garment, until(performance.now() + 2000))
    .catch((error: Error) => error.message);
  await vi.runAllTimersAsync();
  expect(await answer).toBe('b');
});

it('threads that cannot start are replaced by others', async () => {
  const { preprocessing, pools } = scripted(async () => done);
  await preprocessing.warm();
  expect(pools.opened).toBe(1);
  pools.broken();
  await vi.advanceTimersByTimeAsync(1500);
  expect(pools.destroyed).toBe(1);
  const answer = preprocessing.preprocess([photo], garment, until(performance.now() + 2000));
  await vi.runAllTimersAsync();
  expect(await answer).toEqual([done]);
  expect(pools.opened).toBe(2);
});
