import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Decoded, decodeMessage, encodeMessage } from './protobuf.ts';

const inner = {
  name: { number: 1, type: 'string' },
  values: { number: 7, type: 'float', repeated: true },
} as const;
const message = {
  whole: { number: 1, type: 'int' },
  wholes: { number: 2, type: 'int', repeated: true },
  decimal: { number: 3, type: 'float' },
  bytes: { number: 4, type: 'bytes' },
  one: { number: 5, type: inner },
  many: { number: 300, type: inner, repeated: true },
} as const;

const whole = fc.oneof(fc.integer(), fc.maxSafeInteger());
const decimal = fc.float({ noNaN: true });
const text = fc.string({ unit: 'grapheme' });
/** Fields that are absent are undefined; lists are not empty, since those are not written. */
const innerValues = fc.record({ name: text, values: fc.array(decimal, { minLength: 1 }) }, { requiredKeys: [] });
const values = fc.record(
  {
    whole,
    wholes: fc.array(whole, { minLength: 1 }),
    decimal,
    bytes: fc.uint8Array(),
    one: innerValues,
    many: fc.array(innerValues, { minLength: 1 }),
  },
  { requiredKeys: [] },
);

/** Bytes of a field, as the specification of the format has them. */
const of = (...bytes: number[]) => Uint8Array.from(bytes);

describe('messages in the Protocol Buffers format', () => {
  test('are read as they were written, in 1,000 random cases', () => {
    fc.assert(
      fc.property(values, (given) => {
        const read = decodeMessage(message, encodeMessage(message, given as Decoded<typeof message>));
        // Views of a file's bytes are compared by their contents.
        expect(read).toEqual(given);
      }),
      { seed: 1, numRuns: 1000 },
    );
  });

  test('have the bytes of the specification: 150 is 08 96 01, −1 ten bytes, lists of numbers packed', () => {
    expect(encodeMessage(message, { whole: 150 })).toEqual(of(0x08, 0x96, 0x01));
    expect(encodeMessage(message, { whole: -1 })).toEqual(of(8, ...Array.from({ length: 9 }, () => 255), 1));
    expect(encodeMessage(message, { wholes: [3, 270, 86942] })).toEqual(of(0x12, 6, 3, 0x8e, 2, 0x9e, 0xa7, 5));
    expect(encodeMessage(message, { decimal: 1 })).toEqual(of(0x1d, 0, 0, 0x80, 0x3f));
  });

  test('may have lists of numbers that are not packed, and fields that are not known', () => {
    expect(
      decodeMessage(message, of(0x10, 3, 0x78, 9, 0x10, 4, 0x7a, 1, 0, 0x79, 1, 2, 3, 4, 5, 6, 7, 8)).wholes,
    ).toEqual([3, 4]);
  });

  test('have 64-bit numbers, the largest as the nearest float64', () => {
    const largest = of(8, ...Array.from({ length: 8 }, () => 255), 127);
    expect(decodeMessage(message, largest).whole).toBe(2 ** 63);
    expect(decodeMessage(message, of(8, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1)).whole).toBe(
      -(2 ** 63),
    );
  });

  test.each([
    ['cut short', of(0x08), 'it was cut short, or is damaged'],
    ['a length past the end', of(0x22, 5, 1), 'it was cut short, or is damaged'],
    ['a negative length', of(0x22, ...Array.from({ length: 9 }, () => 255), 1), 'it was cut short, or is damaged'],
    ['eleven digits', of(8, ...Array.from({ length: 10 }, () => 255), 1), 'a number in it has more than 64 bits'],
    ['a group', of(0x7b), 'it is not in the Protocol Buffers format'],
    ['a number for text', of(0x20, 1), 'field bytes has the wrong type'],
    ['text for a number', of(0x0a, 1, 1), 'field whole has the wrong type'],
    ['packed numbers past their end', of(0x12, 1, 0x80, 1), 'field wholes has the wrong length'],
    ['text that is not UTF-8', of(0x2a, 3, 0x0a, 1, 0xff), 'field name is not UTF-8 text'],
  ])('%s is refused', (_, bytes, what) => {
    expect(() => decodeMessage(message, bytes)).toThrow(
      expect.objectContaining({ code: 'bad-model', message: `it is not an ONNX file, or is damaged (${what})` }),
    );
  });

  test('of a million and more parts are refused', () => {
    const parts = new Uint8Array(2 ** 20 * 3 + 3);
    for (let i = 0; i < parts.length; i += 3) parts.set([0xe2, 0x12, 0], i);
    expect(() => decodeMessage(message, parts)).toThrow('it has more than 1048576 parts');
  });
});
