import { SelvedgeError } from '../../errors.ts';
import { writeCsv } from '../../formats/csv.ts';
import { mostSimilar } from '../../similar.ts';
import { columnAliases, plainName } from '../feeds/columns.ts';
import { categoryName } from './fill.ts';
import type { ExportedProduct, ExportOptions, ProductSource } from './types.ts';

type Column = readonly [name: string, value: (exported: ExportedProduct, options: ExportOptions) => string | number];

const truth = (value: boolean | null | undefined) => (value === null || value === undefined ? '' : String(value));

const columns: readonly Column[] = [
  ['id', ({ product }) => product.id],
  ['item_group_id', ({ product }) => product.group ?? ''],
  ['title', ({ product }) => product.title],
  ['description', ({ product }) => product.description],
  ['link', ({ product }) => product.link],
  ['price', ({ product }) => product.price?.amount ?? ''],
  ['currency', ({ product }) => product.price?.currency ?? ''],
  ['in_stock', ({ product }) => truth(product.inStock)],
  // In addresses a bar stands for itself only as %7C.
  ['pictures', ({ product }) => product.pictures.map((one) => one.replaceAll('|', '%7C')).join('|')],
  ['predicted_category', ({ tags }, { mapping }) => (tags ? categoryName(tags, mapping) : '')],
  ['predicted_confidence', ({ tags }) => tags?.confidence ?? ''],
  ['predicted_accepted', ({ tags }) => truth(tags?.accepted)],
  ['predicted_in_distribution', ({ tags }) => truth(tags?.inDistribution)],
  ['predicted_colours', ({ tags }) => tags?.colours.join(', ') ?? ''],
  ['predicted_google_category', ({ tags }) => tags?.googleCategory ?? ''],
  ['predicted_google_path', ({ tags }) => tags?.googlePath ?? ''],
  ['predicted_shopify_category', ({ tags }) => tags?.shopifyCategory ?? ''],
];

/**
 * Writes CSV for spreadsheets: products, what the model says about them, accepted or not, and their attributes. Texts that a
 * spreadsheet would run as formulas begin with an apostrophe.
 * @throws SelvedgeError 'bad-option' where the mapping names a column that is not there
 */
export async function* writeSpreadsheet(products: ProductSource, options: ExportOptions): AsyncGenerator<string> {
  const found = new Set<string>();
  for await (const { product } of products()) for (const name of Object.keys(product.attributes)) found.add(name);
  const attributes = [...found];
  const names = [...columns.map(([name]) => name), ...attributes.map(attributeColumn)];
  const { exportColumns } = options.mapping;
  for (const own of Object.keys(exportColumns)) {
    if (names.includes(own)) continue;
    const meant = mostSimilar(own, names);
    throw new SelvedgeError(
      'bad-option',
      `exportColumns of the mapping has "${own}", which the export does not have; ${meant ? `did you mean "${meant}"?` : `it has ${names.slice(0, 30).join(', ')}.`}`,
    );
  }
  // Without the byte-order mark, Excel takes UTF-8 for the system's own encoding.
  yield '\ufeff';
  yield writeCsv([names.map((name) => (Object.hasOwn(exportColumns, name) ? exportColumns[name]! : name))]);
  for await (const one of products()) {
    const own = one.product.attributes;
    const cells = columns.map(([, value]) => value(one, options));
    yield writeCsv([[...cells, ...attributes.map((name) => (Object.hasOwn(own, name) ? own[name]! : ''))]]);
  }
}

/** An attribute must not be read again as something else. */
function attributeColumn(name: string): string {
  const plain = plainName(name);
  const isTaken =
    columns.some(([column]) => column === plain) || columnAliases.pictures.includes(plain.replace(/_\d{1,3}$/, ''));
  return isTaken ? `attribute_${name}` : name;
}
