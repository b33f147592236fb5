import { expect, it } from 'vitest';
import { compact, fixed, integer, percent, plural, shape } from './numbers.ts';

it('writes figures as people read them', () => {
  expect(percent(0.8936)).toBe('89.36\u00a0%');
  expect(integer(421642)).toBe('421,642');
  expect(integer(999)).toBe('999');
  expect(integer(1000000)).toBe('1,000,000');
  expect(fixed(0.28931)).toBe('0.289');
  expect(compact(4_240_000)).toBe('4.24\u00a0M');
  expect(compact(7840)).toBe('7,840');
  expect(shape([28, 28, 32])).toBe('28\u00a0×\u00a028\u00a0×\u00a032');
  expect([plural(1, 'epoch'), plural(5, 'epoch')]).toEqual(['1 epoch', '5 epochs']);
});

it('writes a dash for what is not a number', () => {
  expect([percent(null), integer(undefined), fixed(Number.NaN), compact(null), percent(1 / 0)]).toEqual(
    new Array(5).fill('–'),
  );
});
