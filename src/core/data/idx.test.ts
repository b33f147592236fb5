import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SelvedgeError } from '../errors.ts';
import { labelledImages, parseIdx, parseIdxImages, parseIdxLabels } from './idx.ts';

function idxBytes(dimensions: readonly number[], data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * dimensions.length + data.length);
  const header = new DataView(bytes.buffer);
  header.setUint32(0, 0x0800 + dimensions.length);
  dimensions.forEach((size, axis) => {
    header.setUint32(4 + 4 * axis, size);
  });
  bytes.set(data, 4 + 4 * dimensions.length);
  return bytes;
}

function failure(action: () => unknown): SelvedgeError {
  try {
    action();
  } catch (error) {
    if (error instanceof SelvedgeError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const arrays = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 4 }).chain((dimensions) => {
  const size = dimensions.reduce((product, each) => product * each, 1);
  return fc.record({
    dimensions: fc.constant(dimensions),
    data: fc.uint8Array({ minLength: size, maxLength: size }),
  });
});

describe('parseIdx', () => {
  it('returns any array that was written', () => {
    fc.assert(
      fc.property(arrays, ({ dimensions, data }) => {
        const parsed = parseIdx(idxBytes(dimensions, data), 'a-file');
        expect(parsed.dimensions).toEqual(dimensions);
        expect(parsed.data).toEqual(data);
      }),
    );
  });

  it('reads a view that does not start at its buffer’s beginning', () => {
    const padded = new Uint8Array([9, 9, 9, ...idxBytes([2], new Uint8Array([5, 6]))]);
    expect(parseIdx(padded.subarray(3), 'a-file').data).toEqual(new Uint8Array([5, 6]));
  });

  it('refuses every truncation and every extension, naming the file', () => {
    fc.assert(
      fc.property(arrays, fc.nat(), fc.integer({ min: 1, max: 9 }), ({ dimensions, data }, cut, extra) => {
        const bytes = idxBytes(dimensions, data);
        const short = failure(() => parseIdx(bytes.subarray(0, cut % bytes.length), 'a-file'));
        const long = failure(() => parseIdx(new Uint8Array([...bytes, ...new Uint8Array(extra)]), 'a-file'));
        for (const error of [short, long]) {
          expect(error.code).toBe('bad-data');
          expect(error.message).toMatch(/^a-file .*\.$/);
        }
      }),
    );
  });

  it('refuses any change of the three magic bytes', () => {
    fc.assert(
      fc.property(arrays, fc.nat(2), fc.integer({ min: 1, max: 255 }), ({ dimensions, data }, at, change) => {
        const bytes = idxBytes(dimensions, data);
        bytes[at] = bytes[at]! ^ change;
        expect(failure(() => parseIdx(bytes, 'a-file')).message).toContain('not an IDX file of unsigned bytes');
      }),
    );
  });

  it('refuses dimensions whose product is astronomical', () => {
    const bytes = idxBytes([0xffffffff, 0xffffffff, 0xffffffff], new Uint8Array(3));
    expect(failure(() => parseIdxImages(bytes, 'a-file')).message).toContain('is cut short');
  });
});

describe('images and labels', () => {
  it('says when the labels stand where the images belong', () => {
    const labels = idxBytes([2], new Uint8Array(2));
    expect(failure(() => parseIdxImages(labels, 'train-images')).message).toBe(
      'train-images has the magic number 2049 instead of 2051 (pictures); check that the files were not swapped.',
    );
    const images = idxBytes([2, 1, 1], new Uint8Array(2));
    expect(failure(() => parseIdxLabels(images, 'train-labels')).message).toContain('2051 instead of 2049 (labels)');
  });

  it('refuses pictures without pixels', () => {
    for (const [height, width] of [
      [0, 28],
      [28, 0],
    ] as const) {
      const flat = idxBytes([2, height, width], new Uint8Array(0));
      expect(failure(() => parseIdxImages(flat, 'train-images')).message).toContain(`${height}×${width} pixels`);
    }
  });
});

describe('labelledImages', () => {
  const images = (count: number) => parseIdxImages(idxBytes([count, 2, 3], new Uint8Array(count * 6)), 'images');
  const labels = (...values: number[]) => parseIdxLabels(idxBytes([values.length], new Uint8Array(values)), 'labels');

  it('joins pictures and labels', () => {
    const set = labelledImages(images(2), labels(0, 9), 10);
    expect(set).toMatchObject({ count: 2, height: 2, width: 3, channels: 1 });
    expect(set.images).toHaveLength(12);
  });

  it('refuses counts that differ, stray labels and an empty set', () => {
    expect(failure(() => labelledImages(images(3), labels(1, 2), 10)).message).toContain(
      '3 pictures but labels holds 2',
    );
    expect(failure(() => labelledImages(images(2), labels(1, 10), 10)).message).toContain('the label 10 for item 1');
    expect(failure(() => labelledImages(images(0), labels(), 10)).message).toContain('no pictures');
  });
});
