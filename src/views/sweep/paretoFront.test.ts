import { expect, it } from 'vitest';
import { sampleSweep } from '../../../test/fixtures/sampleSweep.ts';
import type { SweepResult } from '../../core/tuning/result.ts';
import { paretoFront } from './paretoFront.ts';

function withPoints(
  points: readonly (readonly [second: number | null, value: number | null])[],
  front: number[],
): SweepResult {
  const sweep = sampleSweep({ trials: points.length });
  const trials = sweep.trials.map((trial, i) => ({ ...trial, second: points[i]![0], value: points[i]![1] }));
  return { ...sweep, trials, front };
}

it('marks the front, in steps from the cheapest to the dearest, and draws the others as rings', () => {
  const { markup } = paretoFront(
    withPoints(
      [
        [30, 0.9],
        [10, 0.7],
        [20, 0.8],
        [20, 0.75],
        [null, 0.9],
        [5, null],
      ],
      [0, 1, 2],
    ),
  )!;
  expect(markup).toContain('On the front: 3 trials of 4, from the cheapest: 1, 2, 0.');
  expect(/<path class="trial best" d="(M2 \S+H\S+V\S+H98V\S+)">/.exec(markup)).not.toBe(null);
  expect(markup.match(/plot-mark ring c1" cx="[\d.]+%/g)).toHaveLength(1);
});

it('has a logarithmic axis from a factor of 8 on', () => {
  const axis = (dear: number) =>
    paretoFront(
      withPoints(
        [
          [10, 0.9],
          [dear, 0.8],
        ],
        [0],
      ),
    )!.markup;
  expect(axis(80)).toContain('multiply-adds, logarithmic');
  expect(axis(79)).not.toContain('logarithmic');
});

it('is left out without a second objective, and without a trial that has both', () => {
  expect(paretoFront(sampleSweep({ trials: 20, second: null }))).toBe(null);
  expect(
    paretoFront(
      withPoints(
        [
          [null, 0.9],
          [5, null],
        ],
        [],
      ),
    ),
  ).toBe(null);
});

it('draws a single trial in the middle', () => {
  expect(paretoFront(withPoints([[10, 0.9]], [0]))!.markup).toContain('d="M50 ');
});
