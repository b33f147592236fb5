import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hexOf, hueOf, type Lab, labOf } from './lab.ts';
import { type ColourName, colourName, colourNames } from './palette.ts';

const channel = fc.nat({ max: 255 });

describe('CIELAB', () => {
  // Lindbloom's calculator, sRGB, D65.
  test.each<[string, readonly [number, number, number], Lab]>([
    ['red', [255, 0, 0], [53.2408, 80.0925, 67.2032]],
    ['green', [0, 255, 0], [87.7347, -86.1827, 83.1793]],
    ['blue', [0, 0, 255], [32.297, 79.1875, -107.8602]],
    ['white', [255, 255, 255], [100, 0, 0]],
    ['black', [0, 0, 0], [0, 0, 0]],
    ['a dark grey', [3, 3, 3], [0.8225, 0, 0]],
  ])('of %s is the published value within 0.001', (_, [r, g, b], expected) => {
    labOf(r, g, b).forEach((value, i) => {
      expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-3);
    });
  });

  test('turns back into the same 8-bit colour', () => {
    fc.assert(
      fc.property(channel, channel, channel, (r, g, b) => {
        const hex = [r, g, b].map((value) => value.toString(16).padStart(2, '0')).join('');
        expect(hexOf(labOf(r, g, b))).toBe(`#${hex}`);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  test('outside sRGB becomes a colour within', () => {
    expect(hexOf([50, 120, -120])).toMatch(/^#[0-9a-f]{6}$/);
    expect(hexOf([120, 0, 0])).toBe('#ffffff');
  });

  test('has the hue of the arctangent within 1e-10 degrees', () => {
    const part = fc.double({ min: -128, max: 128, noNaN: true });
    fc.assert(
      fc.property(part, part, (a, b) => {
        fc.pre(Math.abs(a) + Math.abs(b) > 1e-6);
        const expected = ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360;
        const gap = Math.abs(hueOf([50, a, b]) - expected);
        expect(Math.min(gap, 360 - gap)).toBeLessThan(1e-10);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});

describe('the palette', () => {
  test.each<[ColourName, readonly string[]]>([
    ['black', ['000000', '1c1c1e']],
    ['grey', ['808080', 'c0c0c0', '708090']],
    ['white', ['ffffff', 'f5f5f5']],
    ['beige', ['f5f5dc', 'f5deb3']],
    ['brown', ['8b4513', 'a0522d']],
    ['red', ['ff0000', 'dc143c']],
    ['burgundy', ['800020', '6d0a23']],
    ['pink', ['ffc0cb', 'ff69b4']],
    ['purple', ['800080', '663399']],
    ['navy', ['000080', '191970']],
    ['blue', ['0000ff', '4169e1']],
    ['light blue', ['add8e6', '87ceeb']],
    ['turquoise', ['40e0d0', '008080']],
    ['green', ['008000', '90ee90']],
    ['olive', ['808000', '556b2f']],
    ['yellow', ['ffff00', 'ffd700']],
    ['orange', ['ffa500', 'ff8c00']],
  ])('calls them %s: %s', (name, colours) => {
    for (const hex of colours) {
      const [r, g, b] = [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
      expect(colourName(labOf(r!, g!, b!))).toBe(name);
    }
  });

  test('has 17 names, one for every colour', () => {
    const found = new Set<string>();
    for (let r = 0; r < 256; r += 15) {
      for (let g = 0; g < 256; g += 15) for (let b = 0; b < 256; b += 15) found.add(colourName(labOf(r, g, b)));
    }
    expect(colourNames).toHaveLength(17);
    expect([...found].sort()).toEqual([...colourNames].sort());
  });
});
