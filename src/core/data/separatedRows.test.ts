import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trickyText } from '../../../test/catalogue/feeds.ts';
import { rowReader } from './separatedRows.ts';

const read = (pieces: readonly string[], separator: ',' | '\t' = ',', rowLength = 1_000) => {
  const reader = rowReader(separator, 'feed.csv', rowLength);
  return [...pieces.flatMap((piece) => [...reader.push(piece)]), ...reader.end()];
};
const cells = (text: string) => read([text]).map((row) => row.cells);

describe('rowReader', () => {
  it('reads quotes, line ends in cells, empty cells, and lines that end in three ways', () => {
    expect(cells('a,"b ""x"", c"\r\n"two\nlines",\n\n,5" heel\rlast,"1"')).toEqual([
      ['a', 'b "x", c'],
      ['two\nlines', ''],
      ['', '5" heel'],
      ['last', '1'],
    ]);
  });

  it('knows the line on which each row starts', () => {
    expect(read(['a\n"b\n\n"\n\r\nc\rd']).map(({ line }) => line)).toEqual([1, 2, 6, 7]);
  });

  it('continues on the next line behind text that follows a closing quote', () => {
    expect(read(['"a"b,c\nd,e\n"f\ng"h\ni'])).toMatchObject([
      { line: 1, problem: 'text follows a closing quote; put the whole cell in quotes, and write " in it as ""' },
      { line: 2, cells: ['d', 'e'], problem: null },
      { line: 3, problem: expect.stringMatching('follows a closing quote in line 4') },
      { line: 5, cells: ['i'], problem: null },
    ]);
  });

  it('reports a quote that is never closed, with the lines that are lost', () => {
    expect(read(['a,b\nc,"d\ne,f\n'])).toMatchObject([
      { line: 1, problem: null },
      { line: 2, problem: 'a quote is never closed; lines 2 to 4 were not read' },
    ]);
  });

  it('yields what comes before a row that is too long, then stops', () => {
    const reader = rowReader(',', 'feed.csv', 10);
    const found: string[] = [];
    expect(() => {
      for (const row of reader.push('a,b\n"123456789012\n')) found.push(row.cells.join());
    }).toThrow(/^feed.csv, line 2: the row is longer than 10 characters/);
    expect(found).toEqual(['a,b']);
  });

  it('skips any length behind a broken quote', () => {
    const rows = read([`"a"b${'x,'.repeat(2_000)}\nc`]);
    expect(rows.map((row) => [row.line, row.cells])).toEqual([
      [1, []],
      [2, ['c']],
    ]);
  });

  it('ten million separators are a row that is too long', () => {
    expect(() => read([','.repeat(10_000_000)])).toThrow('longer than 1000 characters');
  });

  const table = fc.array(
    fc
      .array(fc.tuple(trickyText, fc.boolean()), { minLength: 2, maxLength: 4 })
      .filter((row) => row.some(([text]) => text !== '')),
    { minLength: 1, maxLength: 5 },
  );
  const written = fc
    .tuple(table, fc.constantFrom(',' as const, '\t' as const), fc.constantFrom('\n', '\r\n'))
    .map(([rows, separator, lineEnd]) => ({
      separator,
      text: rows
        .map((row) =>
          row
            .map(([text, quoted]) => (quoted || /[",\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text))
            .join(separator),
        )
        .join(lineEnd),
    }));

  it('reads any table as csv-parse does', () => {
    fc.assert(
      fc.property(written, ({ text, separator }) => {
        const theirs = parse(text, {
          delimiter: separator,
          relax_column_count: true,
          record_delimiter: ['\n', '\r\n'],
        });
        expect(read([text], separator).map((row) => row.cells)).toEqual(theirs);
      }),
    );
  });

  it('reads any text, broken quotes included, the same in any pieces', () => {
    const anyText = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r'), maxLength: 40 });
    fc.assert(
      fc.property(anyText, fc.nat(40), fc.nat(40), (text, a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        expect(read([text.slice(0, from), text.slice(from, to), text.slice(to)])).toEqual(read([text]));
      }),
      { numRuns: 500 },
    );
  });
});
