import { expect, it } from 'vitest';
import { amount } from './format.ts';

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
