import { expect, it } from 'vitest';
import { sampleSweep } from '../../../test/fixtures/sampleSweep.ts';
import { parallelCoordinates } from './parallelCoordinates.ts';

const lines = (markup: string) =>
  Array.from(
    markup.matchAll(/<path class="trial (\w+)"[^>]* d="([^"]*)"><title>Trial (\d+) /g),
    ([, kind, path, trial]) => ({
      kind,
      path: path!,
      trial: Number(trial),
    }),
  );
const points = (path: string) => path.split(/(?=[ML])/).length;

it('draws one line per trial, from every parameter to the objective, the best last', () => {
  const sweep = sampleSweep({ trials: 20, parameters: 4 });
  const drawn = lines(parallelCoordinates(sweep)!.markup);
  expect(drawn.map(({ trial }) => trial).sort((a, b) => a - b)).toEqual(sweep.trials.map(({ number }) => number));
  expect(drawn.at(-1)).toMatchObject({ kind: 'best', trial: sweep.best });
  for (const { kind, path } of drawn) expect(points(path)).toBe(kind === 'failed' ? 4 : 5);
});

it('puts the better lines above the worse', () => {
  const sweep = sampleSweep({ trials: 30 });
  const values = lines(parallelCoordinates(sweep)!.markup)
    .filter(({ kind }) => kind === 'valued')
    .map(({ trial }) => sweep.trials[trial]!.value!);
  expect(values).toEqual(values.toSorted((a, b) => a - b));
});

it('interrupts a line where the trial has no such parameter', () => {
  const sweep = sampleSweep({ trials: 1, parameters: 4 });
  const [trial] = sweep.trials;
  const { filters: _, ...parameters } = trial!.parameters;
  const [line] = lines(parallelCoordinates({ ...sweep, trials: [{ ...trial!, parameters }] })!.markup);
  expect(line!.path).toMatch(/^M\S+ \S+M\S+ \S+L\S+ \S+L\S+ \S+$/);
});

it('draws values beyond the axis at its edge, and says so', () => {
  const sweep = sampleSweep({ trials: 20 });
  const trials = sweep.trials.map((trial) => ({
    ...trial,
    status: 'complete' as const,
    value: 0.9 + trial.number / 1000,
  }));
  const diverged = trials.map((trial) => (trial.number === 3 ? { ...trial, value: -50 } : trial));
  const heights = (markup: string) => lines(markup).map(({ path }) => Number(path.split(' ').at(-1)));
  expect(Math.max(...heights(parallelCoordinates({ ...sweep, trials: diverged })!.markup))).toBe(338);
  expect(parallelCoordinates({ ...sweep, trials: diverged })!.markup).toContain('1 value lies beyond the axis');
  expect(parallelCoordinates({ ...sweep, trials })!.markup).not.toContain('beyond the axis');
});

it('counts failed trials and those without a value, and is left out without either', () => {
  const open = parallelCoordinates(sampleSweep({ trials: 20, unfinished: true }))!.markup;
  expect(open).toContain('1 failed trial: dotted');
  expect(open).toMatch(/\d+ trials? without a value so far (?:is|are) not drawn/);
  expect(parallelCoordinates(sampleSweep({ trials: 0 }))).toBe(null);
  expect(parallelCoordinates(sampleSweep({ trials: 3, parameters: 0 }))).toBe(null);
});
