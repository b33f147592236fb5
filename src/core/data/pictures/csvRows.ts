import { SelvedgeError } from '../../errors.ts';

/** A record of a CSV file and the number, from 1, of the line on which it starts. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Reads comma-separated values (RFC 4180): a cell in double quotes may hold commas, line ends and doubled quotes. Lines end with LF or
 * CR LF; empty lines are skipped.
 * @param name the file in errors
 * @throws SelvedgeError 'bad-data' naming the file and the line
 */
export function readCsvRows(text: string, name: string): CsvRow[] {
  const rows: CsvRow[] = [];
  let line = 1;
  let at = 0;
  while (at < text.length) {
    const start = line;
    const cells: string[] = [];
    for (;;) {
      const [cell, end] = text[at] === '"' ? quotedCell(text, at, `${name}, line ${line}`) : plainCell(text, at);
      cells.push(cell);
      line += cell.split('\n').length - 1;
      at = end;
      if (text[at] !== ',') break;
      at += 1;
    }
    if (text.startsWith('\r\n', at)) at += 2;
    else if (text[at] === '\n') at += 1;
    line += 1;
    if (cells.length > 1 || cells[0] !== '') rows.push({ line: start, cells });
  }
  return rows;
}

/** @returns the cell and the index behind it */
function plainCell(text: string, from: number): [string, number] {
  let end = from;
  while (end < text.length && text[end] !== ',' && text[end] !== '\n' && !text.startsWith('\r\n', end)) end += 1;
  return [text.slice(from, end), end];
}

function quotedCell(text: string, from: number, where: string): [string, number] {
  let cell = '';
  let at = from + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote === -1)
      throw new SelvedgeError('bad-data', `${where}: a quote is never closed; add a " behind the text.`);
    cell += text.slice(at, quote);
    at = quote + 1;
    if (text[at] !== '"') break;
    cell += '"';
    at += 1;
  }
  if (at < text.length && text[at] !== ',' && text[at] !== '\n' && !text.startsWith('\r\n', at)) {
    throw new SelvedgeError(
      'bad-data',
      `${where}: text follows a closing quote; put the whole cell in quotes, and write " in it as "".`,
    );
  }
  return [cell, at];
}
