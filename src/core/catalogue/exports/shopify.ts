import type { FeedProduct, SourceRow } from '../product.ts';
import { type FilledTexts, filledTexts, fillRow } from './fill.ts';
import { addColumns, cellsOf, machineRow, noColumns } from './rows.ts';
import type { ExportedProduct, ExportOptions, ProductSource } from './types.ts';

/**
 * Writes Shopify's product CSV. Products that came from one keep their rows and columns; each other one becomes a product with one
 * variant. Tags go into the row that has the product's Title: the first variant's are the product's.
 */
export async function* writeShopify(products: ProductSource, options: ExportOptions): AsyncGenerator<string> {
  const columns = noColumns();
  for await (const one of products()) for (const row of shopifyRows(one, options)) addColumns(columns, row);
  if (columns.names.length === 0) addColumns(columns, newRow);
  yield machineRow(columns.names, ',');
  for await (const one of products()) {
    for (const row of shopifyRows(one, options)) yield machineRow(cellsOf(columns, row), ',');
  }
}

function shopifyRows(exported: ExportedProduct, options: ExportOptions): readonly SourceRow[] {
  const { product, feedFormat } = exported;
  const rows = feedFormat === 'shopify-csv' ? product.source : newRows(product);
  const texts = filledTexts(exported, options);
  return texts ? rows.map((row) => fillShopify(row, texts, options.overwrite)) : rows;
}

function fillShopify(row: SourceRow, texts: FilledTexts, overwrite: boolean): SourceRow {
  const hasTitle = row.some(([column, value]) => column === 'Title' && value.trim() !== '');
  if (!hasTitle) return row;
  const fills = [
    ['Product Category', texts.shopify],
    ['Type', texts.name],
    ['Tags', texts.colours.join(', ')],
  ] as const;
  return fillRow(row, fills, overwrite);
}

const newRow: SourceRow = [
  ['Handle', ''],
  ['Title', ''],
  ['Body (HTML)', ''],
  ['Vendor', ''],
  ['Product Category', ''],
  ['Type', ''],
  ['Tags', ''],
  ['Option1 Name', ''],
  ['Option1 Value', ''],
  ['Variant SKU', ''],
  ['Variant Price', ''],
  ['Image Src', ''],
  ['Image Position', ''],
];

function newRows(product: FeedProduct): SourceRow[] {
  const handle = handleOf(product.id);
  const made = (values: Readonly<Record<string, string>>): SourceRow =>
    newRow.map(([column]) => [column, values[column] ?? ''] as const);
  const [picture, ...further] = product.pictures;
  const first = made({
    Handle: handle,
    Title: product.title || product.id,
    'Body (HTML)': product.description,
    Vendor: product.attributes['brand'] ?? product.attributes['Vendor'] ?? '',
    'Option1 Name': 'Title',
    'Option1 Value': 'Default Title',
    'Variant SKU': product.id,
    'Variant Price': product.price?.amount ?? '',
    'Image Src': picture ?? '',
    'Image Position': '1',
  });
  const others = further.map((one, i) => made({ Handle: handle, 'Image Src': one, 'Image Position': String(i + 2) }));
  return [first, ...others];
}

/** Handles have letters, digits and hyphens; other ids get their hash, so that they stay different. */
function handleOf(id: string): string {
  const plain = id
    .toLowerCase()
    .replace(/[^a-z\d]+/g, '-')
    .replace(/^-|-$/g, '');
  if (plain === id) return id;
  // FNV-1a
  let hash = 0x811c9dc5;
  for (const unit of Array.from(id, (character) => character.codePointAt(0)!))
    hash = Math.imul(hash ^ unit, 0x01000193);
  return `${plain === '' ? 'product' : plain}-${(hash >>> 0).toString(16)}`;
}
