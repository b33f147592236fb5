import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDarkroom } from './imagePreprocessing.ts';
import { createPace } from './costEstimate.ts';
import type { Photo, Seen, SeenOrRefused } from './preprocess.ts';

/** A PNG's first chunk, which is all that is read of it here. */
function png(width: number, height: number): Uint8Array {
  const bytes = Buffer.alloc(20_000);
  bytes.write('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1');
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
}
const photo = { bytes: png(762, 1000), name: 'The image' };
const seen: Seen = { pixels: new Uint8Array(784), conversion: { kind: 'as-is' } };
const here = () => false;

/** Two threads that take so many milliseconds for each photo, one after the other. */
function slow(milliseconds: number) {
  const begun: Photo[] = [];
  const free = [0, 0];
  const pool = {
    run: (one: Photo) =>
      new Promise<Seen>((resolve) => {
        begun.push(one);
        const first = free.indexOf(Math.min(...free));
        free[first] = Math.max(free[first]!, performance.now()) + milliseconds;
        setTimeout(() => resolve(seen), free[first]! - performance.now());
      }),
    destroy: async () => undefined,
  };
  return { begun, darkroom: createDarkroom({ threads: 2, queue: 256, pixels: 25e6, open: () => pool }) };
}

/** What becomes of so many photos that come at once, and after how many milliseconds. */
async function askedAtOnce({ darkroom }: ReturnType<typeof slow>, count: number, limit: number) {
  const began = performance.now();
  const answers = Array.from({ length: count }, () =>
    darkroom.see([photo], began + limit, here).then(
      () => ({ code: 'seen', after: performance.now() - began, retryAfter: undefined }),
      (error) => ({ code: error.refusal, after: performance.now() - began, retryAfter: error.retryAfter }),
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
    'at %s ms each: those taken are seen by their deadline, the others get 429 at once',
    async (ms) => {
      const room = slow(ms);
      // What photos cost is learnt first.
      for (let round = 0; round < 60; round++) await askedAtOnce(room, 2, 2000);
      const { of } = await askedAtOnce(room, 300, 2000);
      const [taken, busy] = [of('seen'), of('busy')];
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

  it('much slower than expected: what is late is answered at its deadline, and hardly begun', async () => {
    const room = slow(1000);
    const { all, of } = await askedAtOnce(room, 300, 2000);
    expect(of('past-deadline').length).toBeGreaterThan(0);
    expect(Math.max(...all.map(({ after }) => after))).toBe(2000);
    expect(room.begun.length).toBeLessThan(9);
    expect((await askedAtOnce(room, 300, 2000)).of('seen').length).toBeGreaterThan(0);
    expect(room.begun.length).toBeLessThan(16);
  });

  it('an overload is told beforehand while it lasts', async () => {
    const { darkroom } = slow(50);
    expect(darkroom.overload(2000)).toBeUndefined();
    const all = Promise.allSettled(Array.from({ length: 300 }, () => darkroom.see([photo], 2000, here)));
    await vi.advanceTimersByTimeAsync(0);
    expect(darkroom.overload(500)).toMatchObject({ refusal: 'busy', retryAfter: expect.any(Number) });
    await vi.runAllTimersAsync();
    await all;
    expect(darkroom.overload(500)).toBeUndefined();
  });
});

it('a photo whose client has gone is not begun', async () => {
  const { darkroom, begun } = slow(50);
  const deadline = performance.now() + 2000;
  let gone = false;
  const answers = Promise.allSettled(Array.from({ length: 20 }, () => darkroom.see([photo], deadline, () => gone)));
  await vi.advanceTimersByTimeAsync(10);
  const had = begun.length;
  expect(had).toBeLessThan(10);
  gone = true;
  await vi.runAllTimersAsync();
  const statuses = (await answers).map(({ status }) => status);
  expect(statuses).toEqual([...Array(had).fill('fulfilled'), ...Array(20 - had).fill('rejected')]);
  expect(begun).toHaveLength(had);
});

it('an idle darkroom takes any request, however large', async () => {
  const { darkroom } = slow(10);
  const answer = darkroom.see(Array(64).fill(photo), performance.now() + 400, here);
  await vi.runAllTimersAsync();
  expect(await answer).toHaveLength(64);
});

it('a pace of 30 ms for a megapixel is learnt within 60 photos to 10 %', () => {
  const pace = createPace();
  const header = { width: 1000, height: 980, grey: false };
  const one: Photo = { bytes: new Uint8Array(), name: '', header };
  for (let i = 0; i < 60; i++) pace.note(one, 30);
  expect(pace.expected([one, one])).toBeGreaterThan(54);
  expect(pace.expected([one, one])).toBeLessThan(66);
});

/** Threads that do with each photo what is said of it, one after the other. */
function scripted(act: (photo: Photo, begun: number) => Promise<SeenOrRefused>) {
  const pools = { opened: 0, destroyed: 0, broken: () => {} };
  let turn: Promise<unknown> = Promise.resolve();
  const open = (broken: () => void) => {
    Object.assign(pools, { opened: pools.opened + 1, broken });
    let begun = 0;
    return {
      run(one: Photo) {
        const seen = turn.then(() => act(one, begun++));
        turn = seen.catch(() => undefined);
        return seen;
      },
      destroy: async () => void pools.destroyed++,
    };
  };
  return { pools, darkroom: createDarkroom({ threads: 1, queue: 256, pixels: 25e6, open }) };
}

const after = <T>(milliseconds: number, value: T) =>
  new Promise<T>((resolve) => setTimeout(() => resolve(value), milliseconds));
const damaged = { refusal: 'damaged-image', sentence: 'damaged' } as const;

it.each<[string, () => Promise<SeenOrRefused>]>([
  ['refused at their first byte', async () => damaged],
  ['given up by their thread after 3 s', () => after(3000, null).then(() => Promise.reject(new Error('died')))],
])('photos that are %s teach nothing of how long others take', async (_, act) => {
  let isGood = false;
  const room = scripted(() => (isGood ? after(50, seen) : act()));
  const large = { bytes: png(5000, 5000), name: 'The image' };
  for (let n = 0; n < 20; n++) {
    const answer = room.darkroom.see([large], performance.now() + 10_000, here).catch(() => undefined);
    await vi.runAllTimersAsync();
    await answer;
  }
  isGood = true;
  // 76 ms each are expected of 0.76 megapixels before anything is known, 13 of them in a second.
  const began = performance.now();
  const answers = Array.from({ length: 40 }, () =>
    room.darkroom.see([photo], began + 2000, here).then(
      () => true,
      () => false,
    ),
  );
  await vi.runAllTimersAsync();
  const taken = (await Promise.all(answers)).filter((one) => one).length;
  expect(taken).toBeGreaterThanOrEqual(10);
  expect(taken).toBeLessThanOrEqual(16);
});

it('of several refused images the first is told, whichever is refused first', async () => {
  const { darkroom } = scripted(({ name }) => {
    const refused = { ...damaged, sentence: name };
    return name === 'b' ? after(100, refused) : Promise.resolve(name === 'a' ? seen : refused);
  });
  const images = ['a', 'b', 'c'].map((name) => ({ ...photo, name }));
  const answer = darkroom.see(images, performance.now() + 2000, here).catch((error: Error) => error.message);
  await vi.runAllTimersAsync();
  expect(await answer).toBe('b');
});

it('threads that cannot start are replaced by others', async () => {
  const { darkroom, pools } = scripted(async () => seen);
  await darkroom.warm();
  expect(pools.opened).toBe(1);
  pools.broken();
  await vi.advanceTimersByTimeAsync(1500);
  expect(pools.destroyed).toBe(1);
  expect(await darkroom.see([photo], performance.now() + 2000, here)).toEqual([seen]);
  expect(pools.opened).toBe(2);
});
