import { SelvedgeError } from '../../errors.ts';
import type { FeedEntry, SourceRow } from '../product.ts';
import { feedLimits } from './limits.ts';
import type { FeedOptions } from './options.ts';
import { feedProblem, readProduct } from './readProduct.ts';
import { readTable, type TableRow } from './table.ts';

/** The columns that describe a variant; a row without any of them only adds a picture. */
const variantColumns = ['Option1 Value', 'Variant SKU', 'Variant Price'] as const;
const optionNumbers = [1, 2, 3] as const;

/**
 * Reads Shopify's product CSV. Rows with one Handle, which must follow each other, are one product: each of its variants becomes a
 * product of the group of that name, with the Variant SKU as its id, or the Handle and the variant's number where it has none. Rows
 * without a variant are further pictures. A variant has its own picture, then the product's that are no other variant's.
 * @see https://help.shopify.com/en/manual/products/import-export/using-csv
 */
export async function* readShopifyFeed(
  chunks: AsyncIterable<Uint8Array>,
  options: FeedOptions,
): AsyncGenerator<FeedEntry> {
  let columns: readonly string[] | undefined;
  let rows: ShopifyRow[] = [];
  for await (const entry of readTable(chunks, [','], options.name)) {
    if ('kind' in entry) {
      yield entry;
      continue;
    }
    if (!columns) {
      columns = entry.cells;
      requireHeader(columns, options.name);
      continue;
    }
    const row = shopifyRow(columns, entry);
    if (row.handle === '') {
      yield feedProblem(row.line, '', 'the row has no Handle');
      continue;
    }
    if (rows.length > 0 && rows[0]!.handle !== row.handle) {
      yield* readHandle(rows, options);
      rows = [];
    }
    // Longer products are reported; their rows are not kept.
    if (rows.length <= feedLimits.rowsOfHandle) rows.push(row);
  }
  if (rows.length > 0) yield* readHandle(rows, options);
}

interface ShopifyRow {
  readonly line: number;
  readonly handle: string;
  readonly pairs: SourceRow;
  readonly value: (column: string) => string;
}

function shopifyRow(columns: readonly string[], { line, cells }: TableRow): ShopifyRow {
  const pairs: SourceRow = columns.map((column, i) => [column, cells[i]!] as const);
  const value = (column: string) => pairs.find(([name]) => name === column)?.[1].trim() ?? '';
  return { line, handle: value('Handle'), pairs, value };
}

function requireHeader(columns: readonly string[], name: string): void {
  const missing = ['Handle', 'Image Src'].find((column) => !columns.includes(column));
  if (missing === undefined) return;
  throw new SelvedgeError(
    'bad-data',
    `${name} has no column "${missing}", which a Shopify product CSV has; name another format, or export the products from Shopify again.`,
  );
}

function* readHandle(rows: readonly ShopifyRow[], options: FeedOptions): Generator<FeedEntry> {
  const first = rows[0]!;
  if (rows.length > feedLimits.rowsOfHandle) {
    yield feedProblem(first.line, '', `the Handle has more than ${feedLimits.rowsOfHandle} rows`);
    return;
  }
  const variants: ShopifyRow[][] = [];
  for (const row of rows) {
    const isVariant = variantColumns.some((column) => row.value(column) !== '');
    if (isVariant || variants.length === 0) variants.push([row]);
    else variants.at(-1)!.push(row);
  }
  const ownPictures = new Set(variants.map(([row]) => row!.value('Variant Image')).filter((picture) => picture !== ''));
  const shared = rows
    .map((row) => row.value('Image Src'))
    .filter((picture) => picture !== '' && !ownPictures.has(picture));
  for (const [i, variant] of variants.entries()) {
    const row = variant[0]!;
    const own = row.value('Variant Image');
    // Of several variants with pictures of their own, each one shows what differs.
    const pictures = own === '' && shared.length === 0 ? [...ownPictures] : [own, ...shared];
    const values = {
      id: row.value('Variant SKU') || `${row.handle}-${i + 1}`,
      group: variants.length > 1 ? row.handle : '',
      title: row.value('Title') || first.value('Title'),
      description: row.value('Body (HTML)') || first.value('Body (HTML)'),
      link: '',
      price: row.value('Variant Price'),
      currency: '',
      inStock: inStock(row),
      pictures,
      attributes: attributesOf(row, first),
    };
    const source = variant.map(({ pairs }) => pairs);
    yield readProduct(values, source, row.line, options);
  }
}

/** A variant whose stock is not tracked, or that may be sold beyond it, is in stock. */
function inStock(row: ShopifyRow): string {
  const has = (column: string) => row.pairs.some(([name]) => name === column);
  if (!has('Variant Inventory Tracker') || !has('Variant Inventory Qty')) return row.value('Variant Inventory Qty');
  const isUnlimited =
    row.value('Variant Inventory Tracker') === '' || row.value('Variant Inventory Policy') === 'continue';
  return isUnlimited ? 'yes' : row.value('Variant Inventory Qty');
}

const notAttributes = new Set(['Handle', 'Title', 'Body (HTML)', 'Image Src', 'Image Position', 'Image Alt Text']);
const isAttribute = (column: string) =>
  !notAttributes.has(column) && !/^Variant (SKU|Price|Image|Inventory )/.test(column) && !/^Option\d/.test(column);

function attributesOf(row: ShopifyRow, first: ShopifyRow): [string, string][] {
  const plain = first.pairs.flatMap(([column, value], i): [string, string][] => {
    const own = row.pairs[i]![1];
    return isAttribute(column) ? [[column, own.trim() === '' && !column.startsWith('Variant ') ? value : own]] : [];
  });
  const options = optionNumbers.flatMap((n): [string, string][] => {
    const name = row.value(`Option${n} Name`) || first.value(`Option${n} Name`);
    // Shopify's stand-in where a product has no options.
    return name === '' || name === 'Title' ? [] : [[name, row.value(`Option${n} Value`)]];
  });
  return [...plain, ...options];
}
