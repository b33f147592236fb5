import { expect, it } from 'vitest';
import { sampleSweep } from '../../../test/fixtures/sampleSweep.ts';
import { importance } from './importance.ts';

const sweep = sampleSweep({ trials: 20 });

it('shows the shares, largest first', () => {
  const shares = [
    { name: 'filters', share: 0.25 },
    { name: 'flip', share: Number.NaN },
    { name: 'learningRate', share: 0.75 },
  ];
  const { markup } = importance({ ...sweep, importance: shares })!;
  const values = Array.from(markup.matchAll(/bar-value">([^<]*)</g), ([, value]) => value);
  expect(values).toEqual(['75.0\u00a0%', '25.0\u00a0%', '–']);
  expect(markup).toContain('do not say that a change of the parameter causes a better result');
});

it('is left out where it is unknown, and for one parameter, whose share is always 1', () => {
  expect(importance({ ...sweep, importance: null })).toBe(null);
  expect(importance({ ...sweep, importance: [{ name: 'flip', share: 1 }] })).toBe(null);
});
