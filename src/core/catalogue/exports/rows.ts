import type { SourceRow } from '../product.ts';

/** Columns of rows, in the order in which they first occur. A name may occur several times, as often as in the row that has most of it. */
export interface Columns {
  readonly names: string[];
  readonly times: Map<string, number>;
}

export const noColumns = (): Columns => ({ names: [], times: new Map() });

export function addColumns({ names, times }: Columns, row: SourceRow): void {
  const own = new Map<string, number>();
  for (const [name] of row) {
    const time = (own.get(name) ?? 0) + 1;
    own.set(name, time);
    if (time <= (times.get(name) ?? 0)) continue;
    times.set(name, time);
    names.push(name);
  }
}

/** @returns the row's cells, one for each column; empty where the row lacks it */
export function cellsOf({ names }: Columns, row: SourceRow): string[] {
  const values = new Map<string, string[]>();
  for (const [name, value] of row) {
    const same = values.get(name);
    if (same) same.push(value);
    else values.set(name, [value]);
  }
  const taken = new Map<string, number>();
  return names.map((name) => {
    const time = taken.get(name) ?? 0;
    taken.set(name, time + 1);
    return values.get(name)?.[time] ?? '';
  });
}

/**
 * A row of separated values for programs (RFC 4180). Texts stay as they are: an apostrophe before what a spreadsheet takes for a
 * formula would change the shop's ids and titles. For spreadsheets there is the export `csv`.
 */
export function machineRow(cells: readonly string[], separator: ',' | '\t'): string {
  const quoted = cells.map((cell) =>
    cell.includes(separator) || /["\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell,
  );
  return `${quoted.join(separator)}\r\n`;
}
