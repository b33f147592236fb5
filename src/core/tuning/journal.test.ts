import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { SelvedgeError } from '../errors.ts';
import { type JournalLine, readJournal, replay, writeLine } from './journal.ts';

const sweep = { settings: { validation: 9, epochs: 4 }, parameters: { learningRate: { low: 0.1, high: 0.2 } } };
const description = { file: '/a/space.yaml', sweep, networks: {} };
const begin: JournalLine = {
  ...{ op: 'start', version: 1, name: 'a', dataset: { images: 'ab' }, wasmSha256: 'cd', dataFolder: null },
  ...description,
};
const point = (epoch: number) => ({ epoch, loss: 1 / epoch, accuracy: 0.5, seconds: 0.1 });
const lines: readonly JournalLine[] = [
  begin,
  {
    op: 'round',
    tasks: [
      { trial: 0, epochs: 1, parameters: { learningRate: 0.15 } },
      { trial: 1, epochs: 1, parameters: { learningRate: 0.2 } },
    ],
  },
  { op: 'reached', trial: 1, curve: [point(1)] },
  { op: 'failed', trial: 0, error: 'Loss – no number.' },
  { op: 'change', changes: ['trials: 20 → 30'], ...description, sweep: { ...sweep, trials: 30 } },
  { op: 'round', tasks: [{ trial: 1, epochs: 4 }] },
];
const bytes = new TextEncoder().encode(lines.map(writeLine).join(''));

it('is read as it was written', () => {
  expect(readJournal(bytes, 'j')).toEqual({ lines, bytes: bytes.length, isCut: false });
});

it('cut anywhere it is used up to the line before, and appending to that goes on', () => {
  const ends = lines.map(
    (_, i) =>
      new TextEncoder().encode(
        lines
          .slice(0, i + 1)
          .map(writeLine)
          .join(''),
      ).length,
  );
  fc.assert(
    fc.property(fc.nat(bytes.length), (length) => {
      const complete = ends.filter((end) => end <= length);
      const journal = readJournal(bytes.subarray(0, length), 'j');
      expect(journal).toEqual({
        lines: lines.slice(0, complete.length),
        bytes: complete.at(-1) ?? 0,
        isCut: length > (complete.at(-1) ?? 0),
      });
    }),
  );
});

it('with any changed byte it is read, or refused in a sentence that names the line', () => {
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), (place, value) => {
      const changed = bytes.with(place, value);
      try {
        replay(readJournal(changed, 'j').lines, 'j');
      } catch (error) {
        expect(error).toBeInstanceOf(SelvedgeError);
        const { code, message } = error as SelvedgeError;
        if (code === 'bad-data')
          expect(message).toMatch(/^Line \d of j is no line of a sweep's journal \(.*\); restore/s);
      }
    }),
    { numRuns: 500 },
  );
});

test.each<[string, readonly unknown[], string]>([
  ['no start', [lines[1]], "Line 1 of j is no line of a sweep's journal (it does not start a sweep)"],
  [
    'a result of no trial',
    [begin, { op: 'failed', trial: 3, error: '' }],
    "Line 2 of j is no line of a sweep's journal (there is no trial 3)",
  ],
  [
    'a gap',
    [begin, { op: 'round', tasks: [{ trial: 1, epochs: 1, parameters: {} }] }],
    '(trial 1 is not the next one)',
  ],
  ['an unknown operation', [begin, { op: 'undo' }], "Line 2 of j is no line of a sweep's journal (op: "],
])('is refused with %s', (_, its, message) => {
  const text = its.map((line) => `${JSON.stringify(line)}\n`).join('');
  expect(() => replay(readJournal(new TextEncoder().encode(text), 'j').lines, 'j')).toThrow(message);
});

it('says of each trial what it is to do, what it has done, and by which version of the file it was suggested', () => {
  const { versions, trials, changes, ...rest } = replay(lines, 'j');
  expect(rest).toEqual({ name: 'a', dataset: { images: 'ab' }, wasmSha256: 'cd', dataFolder: null });
  expect(versions.map(({ spec }) => spec.trials)).toEqual([20, 30]);
  expect(changes).toEqual([{ trial: 2, change: 'trials: 20 → 30' }]);
  expect(trials).toEqual([
    {
      ...{ number: 0, parameters: { learningRate: 0.15 }, version: 0, epochs: 1 },
      ...{ isPending: false, curve: [], error: 'Loss – no number.' },
    },
    {
      ...{ number: 1, parameters: { learningRate: 0.2 }, version: 0, epochs: 4 },
      ...{ isPending: true, curve: [point(1)], error: null },
    },
  ]);
});

it('does not depend on the order of the results in a round', () => {
  const exchanged = [lines[0]!, lines[1]!, lines[3]!, lines[2]!, ...lines.slice(4)];
  expect(replay(exchanged, 'j')).toEqual(replay(lines, 'j'));
});
