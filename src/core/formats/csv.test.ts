import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeCsv } from './csv.ts';

/** The cells of RFC 4180. */
function parse(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    let value = '';
    if (text[at] === '"') {
      for (at++; text[at] !== '"' || text[at + 1] === '"'; at++) {
        if (text[at] === '"') at++;
        value += text[at];
      }
      at++;
    } else {
      while (text[at] !== ',' && text[at] !== '\r') value += text[at++];
    }
    row.push(value);
    if (text[at] === ',') at++;
    else {
      at += 2;
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

describe('writeCsv', () => {
  it('quotes commas, quotes and line ends', () => {
    expect(writeCsv([['a,b', 'say "x"', 1.5, 'two\nlines']])).toBe('"a,b","say ""x""",1.5,"two\nlines"\r\n');
  });

  it.each(['=1+1', '+1', '-1', '@sum(A1)', '\t=1'])('%j is no formula any more', (text) => {
    expect(parse(writeCsv([[text]]))).toEqual([[`'${text}`]]);
  });

  it('any texts are read back as they were, formulas with an apostrophe', () => {
    const rows = fc.array(fc.array(fc.string(), { minLength: 2, maxLength: 4 }), { minLength: 1 });
    fc.assert(
      fc.property(rows, (table) => {
        const written = table.map((row) => row.map((text) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text)));
        expect(parse(writeCsv(table))).toEqual(written);
      }),
    );
  });
});
