import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRetryAfter } from './retryAfter.ts';

const now = Date.UTC(2026, 0, 1);

test.each([
  ['120', 120_000],
  [' 0 ', 0],
  ['999999999999', 86_400_000],
  ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
  ['Thursday, 01-Jan-26 00:01:00 GMT', 60_000],
  ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
  ['Fri, 01 Jan 2100 00:00:00 GMT', 86_400_000],
  [undefined, null],
  ['', null],
  ['-1', null],
  ['1.5', null],
  ['soon', null],
  ['1e3', null],
  ['2026-01-01', null],
])('Retry-After %j is %j ms', (header, expected) => {
  expect(parseRetryAfter(header, now)).toBe(expected);
});

test('any header is a pause of at most a day or none', () => {
  fc.assert(
    fc.property(fc.string(), (header) => {
      const wait = parseRetryAfter(header, now);
      expect(wait === null || (wait >= 0 && wait <= 86_400_000)).toBe(true);
    }),
    { numRuns: 300, seed: 1 },
  );
});
