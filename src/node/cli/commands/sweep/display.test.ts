import { expect, it } from 'vitest';
import {
  advance,
  type CurvePoint,
  type JournalLine,
  replay,
  type SweepState,
} from '../../../../core/tuning/journal.ts';
import { summariseSweep } from '../../../../core/tuning/summarise.ts';
import { sweepDisplay } from './display.ts';
import { formatSweep } from './formatSweep.ts';

const sweep = {
  ...{ trials: 4, secondObjective: 'seconds', settings: { validation: 9, epochs: 2 } },
  parameters: { learningRate: { low: 0.001, high: 0.1, log: true }, shift: [0, 1] },
};
const begin: JournalLine = {
  ...{ op: 'start', version: 1, name: 'a', dataset: {}, wasmSha256: '', dataFolder: null },
  ...{ file: 'space.yaml', sweep, networks: {} },
};
const point = (epoch: number, accuracy: number): CurvePoint => ({ epoch, loss: 1 - accuracy, accuracy, seconds: 4 });
const parameters = (trial: number) => ({ learningRate: 0.01 * (trial + 1), shift: trial % 2 });
const round: JournalLine = {
  op: 'round',
  tasks: [0, 1, 2, 3].map((trial) => ({ trial, epochs: 2, parameters: parameters(trial) })),
};
const started = replay([begin, round], 'j');
const after = (...lines: readonly JournalLine[]): SweepState =>
  lines.reduce((state, line) => advance(state, line), started);
const first: JournalLine = { op: 'reached', trial: 0, curve: [point(1, 0.5), point(2, 0.75)] };
const failed: JournalLine = { op: 'failed', trial: 1, error: 'The loss is no number.' };

/** What is written while trial 0 ends and trial 2 is half through its second epoch, 20 seconds after the start. */
function shown(isTTY: boolean): string {
  let written = '';
  let time = 0;
  const stderr = { isTTY, columns: 60, write: (text: string) => (written += text) };
  const display = sweepDisplay(stderr, () => time);
  display.onEvent({ kind: 'started', trial: 0 }, started, new Map([[0, []]]));
  time = 20_000;
  const running = new Map([[2, [point(1, 0.25)]]]);
  const outcome = { kind: 'reached', curve: [] } as const;
  display.onEvent({ kind: 'ended', trial: 0, outcome }, after(first), running);
  time = 40_000;
  display.onEvent({ kind: 'progress', trial: 2, epochs: 1.5 }, after(first), running);
  display.done();
  return written.replaceAll('\u00a0', ' ');
}

it('on a terminal it draws the running trials below a line with the time left, and erases them', () => {
  const text = shown(true);
  expect(text).toContain('trial 0 complete after 2 epochs: 75.00 %  (8.0 s)  learningRate 0.01  shift 0\n');
  expect(text).toContain(
    '1 of 4 trials, best 75.00 %, 44 % of the epochs, 51 s left\n' +
      '  trial 2    epoch 1.5/2    25.00 %  learningRate 0.03  shi\n',
  );
  expect(text.endsWith('\u001b[2A\r\u001b[J')).toBe(true);
});

it('elsewhere it writes plain lines', () => {
  const text = shown(false);
  expect(text).not.toContain('\u001b');
  expect(text.split('\n')).toEqual([
    'trial 0 complete after 2 epochs: 75.00 %  (8.0 s)  learningRate 0.01  shift 0',
    '1 of 4 trials, best 75.00 %, 25 % of the epochs, 1:00 min left',
    '1 of 4 trials, best 75.00 %, 44 % of the epochs, 51 s left',
    '',
  ]);
});

it('the table has the best trials first, and says what failed and how to train the best', () => {
  const second: JournalLine = { op: 'reached', trial: 2, curve: [point(1, 0.5), point(2, 0.875)] };
  const summary = summariseSweep(after(first, failed, second), { running: new Map(), folder: 'f', options: [] });
  const lines = formatSweep(summary).replaceAll('\u00a0', ' ').split('\n');
  expect(lines.slice(0, 7)).toEqual([
    'trial  status    epochs  accuracy  seconds  learningRate  shift',
    '2      complete  2       87.50 %   8        0.03          0',
    '0      complete  2       75.00 %   8        0.01          0',
    '3      waiting   0       –         –        0.04          1',
    '1      failed    0       –         –        0.02          1',
    '',
    'trial 1 failed: The loss is no number.',
  ]);
  expect(lines).toContain('best         trial 2: 87.50 % on the validation images');
  expect(lines).toContain(
    'train it     selvedge train --network reference --epochs 2 --learning-rate 0.03 --validation 9',
  );
});
