import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromLittleEndianBytes, littleEndianBytes, sha256 } from './bytes.ts';

test('float32 values become little-endian bytes', () => {
  expect([...littleEndianBytes(Float32Array.of(1, -2.5))]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0]);
});

test('and back again, bit for bit, from anywhere in a buffer', () => {
  fc.assert(
    fc.property(fc.float32Array(), fc.nat({ max: 7 }), (values, shift) => {
      const bytes = littleEndianBytes(values);
      const shifted = new Uint8Array(shift + bytes.length);
      shifted.set(bytes, shift);
      expect(fromLittleEndianBytes(shifted.subarray(shift))).toEqual(values);
    }),
    { seed: 1, numRuns: 200 },
  );
});

test('sha256 of “abc” is FIPS 180-2’s', async () => {
  expect(await sha256(new TextEncoder().encode('abc'))).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});
