import { describe, expect, it } from 'vitest';
import { createProgress, duration } from './progress.ts';

function recorded(isTTY: boolean, columns = 100) {
  let time = 0;
  const writes: string[] = [];
  const stream = { write: (text: string) => writes.push(text) };
  const progress = createProgress(stream, { isTTY, columns: () => columns, now: () => time });
  return { progress, writes, wait: (ms: number) => (time += ms) };
}

describe('on a terminal', () => {
  it('redraws one line with bar, percentage, rate and time left', () => {
    const { progress, writes, wait } = recorded(true);
    progress.update(0, 'epoch 1');
    wait(1000);
    progress.update(0.25, 'epoch 1', (share) => `${share * 400} images/s`);
    expect(writes).toEqual([
      `\r\u001b[2K${'░'.repeat(24)} epoch 1  0 %`,
      `\r\u001b[2K${'█'.repeat(6)}${'░'.repeat(18)} epoch 1  25 %  100 images/s  3 s left`,
    ]);
  });

  it('draws at most every 100 ms', () => {
    const { progress, writes, wait } = recorded(true);
    for (let step = 0; step < 100; step++) {
      progress.update(step / 100, 'work');
      wait(10);
    }
    expect(writes).toHaveLength(10);
  });

  it('never fills the last column', () => {
    const { progress, writes } = recorded(true, 30);
    progress.update(0.5, 'a long description of the work');
    expect(writes[0]!.replace('\r\u001b[2K', '')).toHaveLength(29);
  });

  it.each([
    [60, '█░░░░░░░░░░░ epoch 1, loss 0.5  10 %  40 images/s  9 s left'],
    [54, 'epoch 1, loss 0.5  10 %  40 images/s  9 s left'],
    [44, 'epoch 1, loss 0.5  40 images/s  9 s left'],
    [30, 'epoch 1, loss 0.5  9 s left'],
    [20, 'epoch 1, loss 0.5'],
  ])('says in %s columns what fits, the time left before the speed', (columns, line) => {
    const { progress, writes, wait } = recorded(true, columns);
    progress.update(0, '');
    wait(1000);
    progress.update(0.1, 'epoch 1, loss 0.5', (share) => `${share * 400} images/s`);
    expect(writes.at(-1)).toBe(`\r\u001b[2K${line}`);
  });

  it('restarts counting when the share falls', () => {
    const { progress, writes, wait } = recorded(true);
    progress.update(0, 'first');
    wait(100_000);
    progress.update(1, 'first');
    progress.update(0, 'second');
    wait(1000);
    progress.update(0.5, 'second');
    expect(writes.at(-1)).toMatch(/second {2}50 % {2}1 s left$/);
  });

  it('counts the time in which the share stands still', () => {
    const { progress, writes, wait } = recorded(true);
    progress.update(0, 'work');
    for (let second = 1; second <= 2; second++) {
      wait(1000);
      progress.update(0.5, 'work');
    }
    expect(writes.at(-1)).toMatch(/work {2}50 % {2}2 s left$/);
  });

  it('keeps the live line below what is logged, and removes it at the end', () => {
    const { progress, writes } = recorded(true);
    progress.update(undefined, 'reading lists');
    progress.log('a note');
    progress.done('all there');
    expect(writes).toEqual(['\r\u001b[2Kreading lists', '\r\u001b[2Ka note\nreading lists', '\r\u001b[2Kall there\n']);
  });
});

describe('without a terminal', () => {
  it('writes plain lines, at most one in five seconds, and no control characters', () => {
    const { progress, writes, wait } = recorded(false);
    for (let second = 0; second <= 12; second++) {
      progress.update(second / 20, 'work');
      wait(1000);
    }
    progress.done('');
    expect(writes.filter((text) => text !== '')).toEqual(['work, 25 %, 15 s left\n', 'work, 50 %, 10 s left\n']);
  });
});

it.each([
  [8.2, '8 s'],
  [59.7, '1:00 min'],
  [125, '2:05 min'],
  [3720, '1:02 h'],
])('%s seconds read %s', (seconds, words) => {
  expect(duration(seconds)).toBe(words);
});
