import { SelvedgeError } from '../../errors.ts';
import { rowReader } from '../separatedRows.ts';

/** A record of a CSV file and the number, from 1, of the line on which it starts. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Reads all of a text with comma-separated values.
 * @param name the file in errors
 * @throws SelvedgeError 'bad-data' naming the file and the line
 */
export function readCsvRows(text: string, name: string): CsvRow[] {
  const reader = rowReader(',', name, Number.POSITIVE_INFINITY);
  const rows = [...reader.push(text), ...reader.end()];
  const broken = rows.find(({ problem }) => problem !== null);
  if (broken) throw new SelvedgeError('bad-data', `${name}, line ${broken.line}: ${broken.problem}.`);
  return rows;
}
