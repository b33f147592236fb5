import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromHalfBytes, fromLittleEndianBytes, littleEndianBytes, sha256 } from './bytes.ts';

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

test('all 65,536 half-precision values are read exactly', () => {
  const bytes = new Uint8Array(2 * 65_536);
  const view = new DataView(bytes.buffer);
  for (let half = 0; half < 65_536; half++) view.setUint16(half * 2, half, true);
  const values = fromHalfBytes(bytes);
  for (let half = 0; half < 65_536; half++) {
    const [sign, exponent, mantissa] = [half >> 15 ? -1 : 1, (half >> 10) & 31, half & 1023];
    const finite = sign * (exponent === 0 ? mantissa / 1024 : 1 + mantissa / 1024) * 2 ** (Math.max(exponent, 1) - 15);
    const infinite = mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    expect(Object.is(values[half], exponent === 31 ? infinite : finite)).toBe(true);
  }
});
