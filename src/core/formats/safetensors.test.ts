import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SelvedgeError } from '../errors.ts';
import { readSafetensors, type TensorFile, writeSafetensors } from './safetensors.ts';

const example: TensorFile = {
  tensors: new Map([
    ['a/kernel', { shape: [2, 3], values: Float32Array.of(1, -2, 3.5, 1e-45, -0, Number.POSITIVE_INFINITY) }],
    ['empty', { shape: [0, 4], values: new Float32Array(0) }],
    ['scalar', { shape: [], values: Float32Array.of(7) }],
  ]),
  metadata: { format: 'test', title: 'Größe “1”' },
};

/** A file of any header, with `data` behind it. */
function fileOf(header: unknown, data: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

function errorOf(bytes: Uint8Array): unknown {
  try {
    readSafetensors(bytes, 'x.safetensors');
    return undefined;
  } catch (error) {
    return error;
  }
}

const messageOf = (bytes: Uint8Array) => {
  const error = errorOf(bytes);
  expect(error).toBeInstanceOf(SelvedgeError);
  expect((error as SelvedgeError).code).toBe('bad-model');
  return (error as SelvedgeError).message;
};

const headerOf = (bytes: Uint8Array) => {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  return { length, json: new TextDecoder().decode(bytes.subarray(8, 8 + length)) };
};

describe('writeSafetensors', () => {
  const bytes = writeSafetensors(example);

  test('starts with the header’s length, padded with spaces to a multiple of 8, then JSON', () => {
    const { length, json } = headerOf(bytes);
    expect(length % 8).toBe(0);
    expect(json.startsWith('{')).toBe(true);
    expect(JSON.parse(json)).toEqual({
      __metadata__: example.metadata,
      'a/kernel': { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] },
      empty: { dtype: 'F32', shape: [0, 4], data_offsets: [24, 24] },
      scalar: { dtype: 'F32', shape: [], data_offsets: [24, 28] },
    });
  });

  test('pads the header by no more than it needs, whatever its length', () => {
    for (let extra = 0; extra < 8; extra++) {
      const { length, json } = headerOf(writeSafetensors({ ...example, metadata: { key: 'x'.repeat(extra) } }));
      expect(length).toBe(Math.ceil(json.trimEnd().length / 8) * 8);
    }
  });

  test('stores little-endian float32 one array behind the other, and nothing else', () => {
    const start = 8 + headerOf(bytes).length;
    expect(bytes).toHaveLength(start + 28);
    expect([...bytes.subarray(start, start + 8)]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
  });
});

describe('readSafetensors', () => {
  test('reads what was written, wherever the bytes stand in their buffer', () => {
    const bytes = writeSafetensors(example);
    expect(readSafetensors(bytes, 'x')).toEqual(example);
    const shifted = new Uint8Array(bytes.length + 10);
    shifted.set(bytes, 3);
    expect(readSafetensors(shifted.subarray(3, 3 + bytes.length), 'x')).toEqual(example);
  });

  test('reads whatever is written', () => {
    const tensor = fc.array(fc.float(), { maxLength: 12 }).map((values) => ({
      shape: [values.length, 1],
      values: Float32Array.from(values),
    }));
    const names = fc.string().filter((name) => name !== '__metadata__' && name !== '__proto__');
    const file = fc.record({
      tensors: fc.array(fc.tuple(names, tensor), { maxLength: 5 }).map((entries) => new Map(entries)),
      metadata: fc
        .array(fc.tuple(names, fc.string()), { maxLength: 3 })
        .map((entries) => Object.fromEntries(entries) as Record<string, string>),
    });
    fc.assert(
      fc.property(file, (written) => {
        const read = readSafetensors(writeSafetensors(written), 'x');
        expect(new Map([...read.tensors].sort())).toEqual(new Map([...written.tensors].sort()));
        expect(read.metadata).toEqual(written.metadata);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  test('never takes a file that was cut short, wherever', () => {
    const bytes = writeSafetensors(example);
    for (let length = 0; length < bytes.length; length++) messageOf(bytes.slice(0, length));
  });

  test('never takes a file with bytes too many', () => {
    const bytes = writeSafetensors(example);
    const longer = new Uint8Array(bytes.length + 1);
    longer.set(bytes);
    expect(messageOf(longer)).toMatch(/its arrays end at byte \d+, but the file ends at \d+\.$/);
  });

  test('with a changed byte of the header is read, or bad-model, never another error', () => {
    const bytes = writeSafetensors(example);
    const { length } = headerOf(bytes);
    fc.assert(
      fc.property(fc.nat({ max: 7 + length }), fc.nat({ max: 255 }), (at, value) => {
        const changed = bytes.slice();
        changed[at] = value;
        const error = errorOf(changed);
        if (error !== undefined) expect(error).toMatchObject({ name: 'SelvedgeError', code: 'bad-model' });
      }),
      { seed: 2, numRuns: 1000 },
    );
  });

  test('any bytes are bad-model or a file, never another error', () => {
    const entry = fc.record(
      {
        dtype: fc.oneof(fc.constant('F32'), fc.jsonValue()),
        shape: fc.oneof(fc.array(fc.integer({ min: -1, max: 4 })), fc.jsonValue()),
        data_offsets: fc.oneof(
          fc.tuple(fc.integer({ min: -4, max: 40 }), fc.integer({ min: -4, max: 40 })),
          fc.jsonValue(),
        ),
      },
      { requiredKeys: [] },
    );
    const header = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(fc.oneof(fc.constant('__metadata__'), fc.string()), fc.oneof(entry, fc.jsonValue())),
    );
    const files = fc.oneof(
      fc.uint8Array(),
      fc.tuple(header, fc.nat({ max: 40 })).map(([json, data]) => fileOf(json, data)),
    );
    fc.assert(
      fc.property(files, (bytes) => {
        const error = errorOf(bytes);
        if (error !== undefined) expect(error).toMatchObject({ name: 'SelvedgeError', code: 'bad-model' });
      }),
      { seed: 3, numRuns: 1000 },
    );
  });

  const entry = (shape: unknown, range: unknown, dtype: unknown = 'F32') => ({ dtype, shape, data_offsets: range });
  test.each([
    ['an empty file', new Uint8Array(0), 'it has 0 bytes, too few for a safetensors header'],
    ['a text', new TextEncoder().encode('once upon a time'), 'it does not start like a safetensors file'],
    ['a header that is no JSON', fileOf('{"a": ', 0), 'its header is not a JSON object'],
    ['a header that is a list', fileOf('[]', 0), 'its header is not a JSON object'],
    ['a header that is no UTF-8', Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff), 'its header is not a JSON object'],
    ['metadata that is null', fileOf({ __metadata__: null }, 0), 'its metadata is not a table of strings'],
    ['metadata of numbers', fileOf({ __metadata__: { a: 1 } }, 0), 'its metadata is not a table of strings'],
    ['an array that is null', fileOf({ a: null }, 0), 'array a is of type undefined, not "F32" or "F16"'],
    ['bfloat16', fileOf({ a: entry([1], [0, 2], 'BF16') }, 2), 'array a is of type "BF16", not "F32" or "F16"'],
    [
      'float16 of too many bytes',
      fileOf({ a: entry([1], [0, 4], 'F16') }, 4),
      'array a has 4 bytes, but its shape needs 2',
    ],
    [
      'a type that is no string',
      fileOf({ a: entry([1], [0, 4], { toString: 1 }) }, 4),
      'array a is of type {"toString":1}, not "F32" or "F16"',
    ],
    ['a negative shape', fileOf({ a: entry([-1], [0, 4]) }, 4), 'array a has an invalid shape'],
    ['a fractional shape', fileOf({ a: entry([0.5], [0, 2]) }, 2), 'array a has an invalid shape'],
    ['no place', fileOf({ a: entry([1], undefined) }, 4), 'array a has an invalid place'],
    ['a negative place', fileOf({ a: entry([1], [-4, 0]) }, 4), 'array a has an invalid place'],
    ['a place of the wrong size', fileOf({ a: entry([2], [0, 4]) }, 4), 'array a has 4 bytes, but its shape needs 8'],
    [
      'a place that runs backwards',
      fileOf({ a: entry([1], [4, 0]) }, 4),
      'array a has -4 bytes, but its shape needs 4',
    ],
  ])('%s', (_, bytes, what) => {
    expect(messageOf(bytes)).toBe(`x.safetensors is not a usable model: ${what}.`);
  });

  test('a place past the end of the file', () => {
    expect(messageOf(fileOf({ a: entry([2], [0, 8]) }, 4))).toMatch(
      /: array a should end at byte \d+, but the file ends at \d+; it was cut short\.$/,
    );
  });

  test('two arrays in one place, or a gap between two', () => {
    const overlap = fileOf({ a: entry([2], [0, 8]), b: entry([1], [4, 8]) }, 8);
    expect(messageOf(overlap)).toMatch(/: an array starts at byte \d+, but the one before ends at \d+\.$/);
    const gap = fileOf({ a: entry([1], [0, 4]), b: entry([1], [8, 12]) }, 12);
    expect(messageOf(gap)).toMatch(/: an array starts at byte \d+, but the one before ends at \d+\.$/);
  });

  test('arrays may stand in another order than their names', () => {
    const bytes = fileOf({ b: entry([1], [4, 8]), a: entry([1], [0, 4]) }, 8);
    expect([...readSafetensors(bytes, 'x').tensors.keys()]).toEqual(['b', 'a']);
  });
});
