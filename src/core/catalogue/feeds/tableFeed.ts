import { SelvedgeError } from '../../errors.ts';
import { mostSimilar } from '../../similar.ts';
import type { FeedEntry, SourceRow } from '../product.ts';
import { type ColumnPlan, columnAliases, plainName, planColumns, requireMapped } from './columns.ts';
import type { FeedOptions } from './options.ts';
import { readProduct, valuesOf } from './readProduct.ts';
import { readTable } from './table.ts';

/** Reads a CSV feed; its separator is a comma, a semicolon or a tab. */
export function readCsvFeed(chunks: AsyncIterable<Uint8Array>, options: FeedOptions): AsyncGenerator<FeedEntry> {
  return readTableFeed(chunks, [',', ';', '\t'], options);
}

/**
 * Reads Google Merchant's tab-separated feed. Several pictures in `additional_image_link` are separated by commas.
 * @see https://support.google.com/merchants/answer/160567
 */
export function readGoogleTsvFeed(chunks: AsyncIterable<Uint8Array>, options: FeedOptions): AsyncGenerator<FeedEntry> {
  return readTableFeed(chunks, ['\t'], options);
}

async function* readTableFeed(
  chunks: AsyncIterable<Uint8Array>,
  separators: readonly [',', ';', '\t'] | readonly ['\t'],
  options: FeedOptions,
): AsyncGenerator<FeedEntry> {
  let columns: readonly string[] = [];
  let plan: ColumnPlan | undefined;
  for await (const row of readTable(chunks, separators, options.name)) {
    if ('kind' in row) {
      yield row;
    } else if (!plan) {
      columns = row.cells;
      plan = planColumns(columns, options.mapping);
      requireMapped(columns, options.mapping, options.name);
      requireColumns(columns, plan, options.name);
    } else {
      const pairs: SourceRow = columns.map((column, i) => [column, row.cells[i]!] as const);
      yield readProduct(tableValues(pairs, plan), [pairs], row.line, options);
    }
  }
}

/** Google separates further pictures by commas, which addresses contain as well. */
const betweenPictures = /\||,\s*(?=https?:\/\/)/i;

function tableValues(row: SourceRow, plan: ColumnPlan) {
  const { pictures, ...values } = valuesOf(row, plan);
  return { ...values, pictures: pictures.flatMap((text) => text.split(betweenPictures)) };
}

function requireColumns(columns: readonly string[], plan: ColumnPlan, name: string): void {
  for (const role of ['id', 'pictures'] as const) {
    if (plan.includes(role)) continue;
    const meant = columns.find((column) => mostSimilar(plainName(column), columnAliases[role]) !== undefined);
    throw new SelvedgeError(
      'bad-data',
      `${name}: no column of the header is the ${role === 'id' ? "products' id" : "products' picture"}; name one "${columnAliases[role][0]}"${meant === undefined ? '' : ` (is it "${meant}"?)`}, or say in a mapping file which it is.`,
    );
  }
}
