import { expect, it } from 'vitest';
import { amount, percents, points } from './format.ts';

it('formats three significant digits with a true minus sign', () => {
  expect([0, 12.345, -0.00012345, 1234.5, 1.5e-9, Number.NaN].map(amount)).toEqual([
    '0',
    '12.3',
    '−0.000123',
    '1235',
    '1.50e−9',
    '–',
  ]);
});

it('formats shares in percent and in percentage points', () => {
  expect([points(1)(0.01234), points(2)(-0.002), percents(1)(0.8936)]).toEqual(['1.2', '−0.20', '89.4\u00a0%']);
});
