import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareCodePoints } from './codePoints.ts';

const points = (text: string) => Array.from(text, (character) => character.codePointAt(0)!);

test('the order is that of code points, also above 16 bits', () => {
  // By UTF-16 code units, U+1F600 would come before U+FF5E.
  expect(['\u{1f600}', '\uff5e', 'b', 'B', 'ba', ''].sort(compareCodePoints)).toEqual([
    '',
    'B',
    'b',
    'ba',
    '\uff5e',
    '\u{1f600}',
  ]);
});

test('any two texts: the sign is that of their first different code points, or of their lengths', () => {
  const text = fc
    .array(fc.constantFrom(0, 0x41, 0xd7ff, 0xe000, 0xff5e, 0xffff, 0x10000, 0x1f600, 0x10ffff), { maxLength: 4 })
    .map((list) => String.fromCodePoint(...list));
  fc.assert(
    fc.property(text, text, (a, b) => {
      const [x, y] = [points(a), points(b)];
      const at = x.findIndex((point, i) => point !== y[i]);
      const expected = at === -1 ? x.length - y.length : (x[at] ?? -1) - (y[at] ?? -1);
      expect(Math.sign(compareCodePoints(a, b))).toBe(Math.sign(expected));
    }),
  );
});
