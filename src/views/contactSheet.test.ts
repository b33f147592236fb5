import { describe, expect, it } from 'vitest';
import type { PixelImage } from '../core/data/images.ts';
import { imagesInMemory } from '../core/data/images.ts';
import { plotText, textWidth } from './bitmapFont.ts';
import { classRows, contactSheet } from './contactSheet.ts';

const grey = (shade: number): PixelImage => ({
  pixels: new Uint8Array(4).fill(shade),
  height: 2,
  width: 2,
  channels: 1,
});
const red: PixelImage = { pixels: new Uint8Array([200, 10, 20]), height: 1, width: 1, channels: 3 };

function rowsOf({ pixels, width, height, channels }: PixelImage): number[][] {
  return Array.from({ length: height }, (_, y) =>
    Array.from(pixels.subarray(y * width * channels, (y + 1) * width * channels)),
  );
}

describe('contactSheet', () => {
  it('places scaled pictures with gaps of the background between them', () => {
    const sheet = contactSheet([{ cells: [{ image: grey(1) }, { image: grey(2) }] }, { cells: [{ image: grey(3) }] }], {
      scale: 1,
      gap: 1,
      background: 9,
    });
    expect([sheet.width, sheet.height, sheet.channels]).toEqual([13, 13, 1]);
    const inner = rowsOf(sheet).slice(4, 9);
    expect(inner.map((row) => row.slice(4, 9).join(''))).toEqual(['11922', '11922', '99999', '33999', '33999']);
  });

  it('is RGB as soon as one picture is, and repeats each pixel', () => {
    const sheet = contactSheet([{ cells: [{ image: red }, { image: { ...grey(7), height: 1, width: 1 } }] }], {
      scale: 2,
      gap: 0,
    });
    expect([sheet.width, sheet.height, sheet.channels]).toEqual([4, 2, 3]);
    const line = [200, 10, 20, 200, 10, 20, 7, 7, 7, 7, 7, 7];
    expect(rowsOf(sheet)).toEqual([line, line]);
  });

  it('makes room for labels and for the widest caption', () => {
    const plain = contactSheet([{ cells: [{ image: grey(0) }] }], { scale: 5 });
    const cell = { image: grey(0), caption: ['Shirt', 'Coat 99 %'] };
    const named = contactSheet([{ label: 'Coat', cells: [cell] }], { scale: 5 });
    // Four gaps of 2 follow the label, and the caption is wider than the picture of 2 × 5.
    expect(named.width).toBe(plain.width + textWidth('Coat') + 4 * 2 + textWidth('Coat 99 %') - 10);
    expect(named.height).toBe(plain.height + 2 * 9 + 2);
    expect(named.pixels).toContain(32);
  });

  it('draws all of a label that is taller than the pictures', () => {
    const dot = { ...grey(0), height: 1, width: 1 };
    const sheet = contactSheet([{ label: 'Ankle boot', cells: [{ image: dot }] }], { scale: 1, textScale: 1 });
    let ink = 0;
    plotText('Ankle boot', () => ink++);
    expect(sheet.pixels.filter((shade) => shade === 32)).toHaveLength(ink);
  });

  it('gives a blank sheet for no pictures', () => {
    expect(contactSheet([]).pixels.every((shade) => shade === 255)).toBe(true);
  });
});

describe('classRows', () => {
  it('takes the first pictures of each class in order, fewer where there are fewer', async () => {
    const shape = { height: 1, width: 1, channels: 1 };
    const set = imagesInMemory(Uint8Array.of(10, 11, 12, 13, 14), [1, 0, 1, 1, 0], shape);
    const rows = await classRows(set, ['a', 'b', 'c'], 2);
    expect(rows.map(({ label }) => label)).toEqual(['a', 'b', 'c']);
    expect(rows.map(({ cells }) => cells.map(({ image }) => image.pixels[0]))).toEqual([[11, 14], [10, 12], []]);
  });
});
