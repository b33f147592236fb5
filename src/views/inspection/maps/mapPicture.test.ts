import fc from 'fast-check';
import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { colorAt, diverging, sequential } from './colormap.ts';
import { enlarged, mapSheet, mapsOf, paletteDataUri, peaks, pictureSheet } from './mapPicture.ts';

/** Two maps of 1 × 2: [0, 4] and [−1, 1]. */
const two = mapsOf(Float32Array.of(0, -1, 4, 1), [1, 2, 2]);

describe('mapSheet', () => {
  it('lays maps side by side, each on its own scale or all on one', () => {
    expect(peaks(two)).toEqual(Float64Array.of(4, 1));
    const own = mapSheet(two, { signed: true, scale: 'map', columns: 2 });
    expect([own.width, own.height, ...own.indices]).toEqual([4, 1, 33, 64, 1, 64]);
    const shared = mapSheet(two, { signed: true, scale: 'layer', columns: 1 });
    expect([shared.width, shared.height, ...shared.indices]).toEqual([2, 2, 33, 64, 25, 40]);
  });

  it('leaves gaps and what is not finite transparent, and a map of zeros at zero', () => {
    const maps = mapsOf(Float32Array.of(0, Number.NaN, Number.POSITIVE_INFINITY), [3]);
    expect(Array.from(mapSheet(maps, { signed: false, scale: 'map', columns: 2, gap: 1 }).indices)).toEqual([
      1, 0, 0, 0, 0, 0, 0, 0, 0,
    ]);
  });

  it('draws only the maps that are asked for, in that order', () => {
    const sheet = mapSheet(two, { signed: false, scale: 'map', columns: 2, only: [1, 0] });
    expect(Array.from(sheet.indices)).toEqual([1, 64, 1, 64]);
  });
});

it('writes a PNG of which every pixel has its colour of the scale, the gaps transparent', () => {
  fc.assert(
    fc.property(fc.array(fc.float({ noNaN: true, min: -9, max: 9 }), { minLength: 1, maxLength: 30 }), (values) => {
      const sheet = mapSheet(mapsOf(values, [values.length]), { signed: true, scale: 'layer', columns: 4, gap: 1 });
      const png = decode(Buffer.from(paletteDataUri(sheet).split(',')[1]!, 'base64'));
      expect([png.width, png.height]).toEqual([sheet.width, sheet.height]);
      expect(Array.from(png.data)).toEqual(Array.from(sheet.indices));
      expect(png.palette?.[0]?.[3]).toBe(0);
      expect(png.palette?.[64]?.slice(0, 3)).toEqual(diverging.at(-1));
      const large = enlarged(sheet, 2);
      expect([large.width, large.height]).toEqual([2 * sheet.width, 2 * sheet.height]);
      large.indices.forEach((value, i) => {
        const [y, x] = [Math.floor(i / large.width), i % large.width];
        expect(value).toBe(sheet.indices[Math.floor(y / 2) * sheet.width + Math.floor(x / 2)]);
      });
    }),
    { numRuns: 25 },
  );
});

it('lays pictures in a grid, grey and coloured', () => {
  const grey = { pixels: Uint8Array.of(0, 255), height: 1, width: 2, channels: 1 };
  const sheet = pictureSheet([grey, grey, grey], 2, { x: 1, y: 1 });
  expect([sheet.width, sheet.height]).toEqual([5, 4]);
  const decoded = decode(Buffer.from(sheet.address.split(',')[1]!, 'base64'));
  expect(Array.from(decoded.data)).toEqual([1, 64, 0, 1, 64, 0, 0, 0, 0, 0, 1, 64, 0, 0, 0, 0, 0, 0, 0, 0]);
  const red = { pixels: Uint8Array.of(255, 0, 0), height: 1, width: 1, channels: 3 };
  const colours = decode(Buffer.from(pictureSheet([red], 1, { x: 1, y: 1 }).address.split(',')[1]!, 'base64'));
  expect(Array.from(colours.data)).toEqual([255, 0, 0, 255, 0, 0, 0, 0]);
});

describe('the colour scales', () => {
  it('go from end to end, and no further', () => {
    expect([colorAt(sequential, -1), colorAt(sequential, 0)]).toEqual([sequential[0], sequential[0]]);
    expect([colorAt(sequential, 1), colorAt(sequential, 2)]).toEqual([sequential.at(-1), sequential.at(-1)]);
    expect(colorAt(diverging, 0.5)).toEqual([247, 247, 247]);
  });

  it('grow lighter step by step, and alike to both sides of zero within 4 of 100 (CIE L*)', () => {
    const lightness = Array.from({ length: 33 }, (_, i) => lStar(colorAt(sequential, i / 32)));
    for (let i = 1; i < 33; i++) expect(lightness[i]).toBeGreaterThan(lightness[i - 1]!);
    for (let t = 0; t <= 0.5; t += 0.05) {
      expect(Math.abs(lStar(colorAt(diverging, t)) - lStar(colorAt(diverging, 1 - t)))).toBeLessThan(4);
    }
  });
});

function lStar([r, g, b]: readonly [number, number, number]): number {
  const linear = (v: number) => (v <= 10.3 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  return 116 * Math.cbrt(0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)) - 16;
}
