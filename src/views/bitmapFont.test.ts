import { describe, expect, it } from 'vitest';
import { fashionMnistClassNames } from '../core/data/classNames.ts';
import { plotText, textHeight, textWidth } from './bitmapFont.ts';

function drawing(text: string): string[] {
  const rows = Array.from({ length: textHeight }, () => new Array<string>(textWidth(text)).fill('.'));
  plotText(text, (x, y) => {
    expect(x).toBeLessThan(textWidth(text));
    rows[y]![x] = '#';
  });
  return rows.map((row) => row.join(''));
}

const printable = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index));

describe('the bitmap font', () => {
  it('draws letters beside each other, one column apart', () => {
    expect(drawing('Tj').slice(0, 3)).toEqual(['#####..#', '..#.....', '..#....#']);
    expect(drawing('Tj').at(-1)).toBe('......#.');
  });

  it('has a rectangular glyph of its own for every printable ASCII character', () => {
    const drawings = printable.map((character) => drawing(character).join('\n'));
    expect(new Set(drawings).size).toBe(printable.length);
    for (const each of drawings) expect(each).toContain('#');
  });

  it('spells every class name without the box that stands for an unknown character', () => {
    const box = drawing('é').join('\n');
    for (const letter of fashionMnistClassNames.join('')) expect(drawing(letter).join('\n')).not.toBe(box);
  });

  it('gives no width to no text', () => {
    expect(textWidth('')).toBe(0);
  });
});
