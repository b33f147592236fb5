import { SelvedgeError } from '../errors.ts';

/** A row of separated values. */
export interface SeparatedRow {
  /** The line, from 1, on which it starts. */
  readonly line: number;
  readonly cells: readonly string[];
  /** What is wrong with its quotes; the cells are incomplete then. */
  readonly problem: string | null;
}

export interface RowReader {
  /** Yields the rows that end in `text`. @throws SelvedgeError 'bad-data' where a row is longer than the limit */
  push(text: string): Generator<SeparatedRow>;
  /** Yields the last row, where it has no line end. */
  end(): Generator<SeparatedRow>;
}

type State = 'cell' | 'plain' | 'quoted' | 'behindQuote' | 'skipped';

/**
 * Reads comma- or tab-separated values (RFC 4180) piece by piece: a cell in double quotes may hold separators, line ends and doubled
 * quotes. Lines end with LF, CR LF or CR; empty lines are skipped. After a broken quote, reading continues on the next line.
 *
 * Written here rather than taken from csv-parse because core has no Node streams, and because csv-parse neither continues behind a
 * quote that is never closed nor reports the line on which a row starts; the test compares the two.
 * @param name the feed in errors
 */
export function rowReader(separator: ',' | ';' | '\t', name: string, rowLength: number): RowReader {
  const breaks = new RegExp(`[${separator}\r\n]`, 'g');
  let state: State = 'cell';
  let line = 1;
  let start = 1;
  let length = 0;
  let cell = '';
  let cells: string[] = [];
  let problem: string | null = null;
  let behindCr = false;

  const append = (piece: string) => {
    length += piece.length;
    if (length > rowLength) {
      throw new SelvedgeError(
        'bad-data',
        `${name}, line ${start}: the row is longer than ${rowLength} characters; close the quote that was opened there, or shorten the row. Nothing behind it was read.`,
      );
    }
    cell += piece;
  };
  const endCell = () => {
    cells.push(cell);
    cell = '';
    length += 1;
    state = 'cell';
  };
  const endRow = (): SeparatedRow[] => {
    const row = { line: start, cells, problem };
    line += 1;
    start = line;
    length = 0;
    cell = '';
    cells = [];
    problem = null;
    state = 'cell';
    return row.problem === null && row.cells.length === 1 && row.cells[0] === '' ? [] : [row];
  };
  const nextBreak = (text: string, from: number): number => {
    breaks.lastIndex = from;
    return breaks.exec(text)?.index ?? text.length;
  };

  function* push(text: string): Generator<SeparatedRow> {
    for (let at = 0; at < text.length; ) {
      const character = text[at]!;
      if (behindCr) {
        behindCr = false;
        if (character === '\n') {
          at += 1;
          continue;
        }
      }
      if (state === 'cell') {
        state = character === '"' ? 'quoted' : 'plain';
        if (state === 'quoted') at += 1;
      } else if (state === 'quoted') {
        const found = text.indexOf('"', at);
        const end = found === -1 ? text.length : found;
        const piece = text.slice(at, end);
        append(piece);
        line += piece.split('\n').length - 1;
        at = end + 1;
        if (found !== -1) state = 'behindQuote';
      } else if (state === 'behindQuote' && character === '"') {
        append('"');
        state = 'quoted';
        at += 1;
      } else if (state === 'behindQuote' && character !== separator && character !== '\r' && character !== '\n') {
        problem = `text follows a closing quote${line > start ? ` in line ${line}` : ''}; put the whole cell in quotes, and write " in it as ""`;
        state = 'skipped';
      } else {
        const end = nextBreak(text, at);
        if (state === 'plain') append(text.slice(at, end));
        at = end + 1;
        if (end === text.length) return;
        if (state !== 'skipped') endCell();
        if (text[end] === separator) continue;
        behindCr = text[end] === '\r';
        yield* endRow();
      }
    }
  }

  function* end(): Generator<SeparatedRow> {
    if (state === 'quoted') problem = `a quote is never closed; lines ${start} to ${line} were not read`;
    if (state === 'plain' || state === 'behindQuote' || cells.length > 0) endCell();
    if (cells.length > 0 || problem !== null) yield* endRow();
  }
  return { push, end };
}
