import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleSweep } from '../../../test/fixtures/sampleSweep.ts';
import type { SweepResult } from '../../core/tuning/result.ts';
import { beyondEdge, byValue, shownValues, showParameter, tints } from './objective.ts';

const accuracy = { metric: 'validationAccuracy', direction: 'maximize' } as const;
const loss = { metric: 'validationLoss', direction: 'minimize' } as const;

function withValues(values: readonly (number | null)[], objective: SweepResult['objective'] = accuracy): SweepResult {
  const sweep = sampleSweep({ trials: values.length });
  return { ...sweep, objective, trials: sweep.trials.map((trial, i) => ({ ...trial, value: values[i]! })) };
}

describe('byValue', () => {
  const order = (sweep: SweepResult) => byValue(sweep).map(({ number }) => number);

  it('puts the best first, equal ones by number, those without a value last', () => {
    expect(order(withValues([null, 0.9, 0.8, 0.9, Number.NaN, 0.95]))).toEqual([5, 1, 3, 2, 0, 4]);
    expect(order(withValues([null, 0.9, 0.8, 0.9, Number.NaN, 0.95], loss))).toEqual([2, 1, 3, 5, 0, 4]);
  });
});

describe('shownValues', () => {
  it('leaves out what is more than three times as far from the best as the third quartile', () => {
    expect(shownValues([0.93, 0.92, 0.92, 0.91, 0.9, 0.1], accuracy)).toEqual([0.9, 0.93]);
    expect(shownValues([0.2, 0.25, 0.3, 0.3, 0.31, 50], loss)).toEqual([0.2, 0.31]);
  });

  it('shows all values where the others are equal, one value, and none', () => {
    expect(shownValues([0.9, 0.9, 0.9, 0.9, 0.9, 0.1], accuracy)).toEqual([0.1, 0.9]);
    expect(shownValues([0.5], loss)).toEqual([0.5, 0.5]);
    expect(shownValues([Number.NaN], loss)).toEqual([0, 1]);
  });

  it('always has the best value at its end, and three quarters of the values inside', () => {
    const value = fc.double({ min: 0, max: 10, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 50 }),
        fc.constantFrom(accuracy, loss),
        (values, objective) => {
          const [low, high] = shownValues(values, objective);
          expect(objective === accuracy ? high : low).toBe(
            objective === accuracy ? Math.max(...values) : Math.min(...values),
          );
          const inside = values.filter((one) => one >= low && one <= high).length;
          expect(inside).toBeGreaterThanOrEqual(0.75 * values.length);
        },
      ),
    );
  });
});

it('says how many values lie beyond an axis', () => {
  expect(beyondEdge([1, 2, 3], [1, 3], 'value')).toBe('');
  expect(beyondEdge([0, 2, 3], [1, 3], 'value')).toBe(' 1 value lies beyond the axis and is drawn at its edge.');
  expect(beyondEdge([0, 2, 4], [1, 3], 'value')).toBe(' 2 values lie beyond the axis and are drawn at its edge.');
});

it('colours by the square of the rank: 100, 25 and 0 for three trials', () => {
  expect([...tints(withValues([0.5, 0.9, null, 0.8]))]).toEqual([
    [1, 100],
    [3, 25],
    [0, 0],
  ]);
  expect([...tints(withValues([0.5]))]).toEqual([[0, 100]]);
});

it('writes parameters with four significant digits, and whole numbers and words as they are', () => {
  expect([0.00123456, 123456, -0.5, true, 'adam-w', '-x', undefined, Number.NaN].map(showParameter)).toEqual([
    ...['0.001235', '123456', '−0.5', 'true', 'adam-w', '-x', '–', '–'],
  ]);
});
