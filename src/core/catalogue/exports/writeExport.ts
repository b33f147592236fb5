import { writeGoogle } from './google.ts';
import { writeJsonLines } from './jsonLines.ts';
import { writeShopify } from './shopify.ts';
import { writeSpreadsheet } from './spreadsheet.ts';
import type { ExportFormat, ExportOptions, ProductSource } from './types.ts';

const writers = {
  google: writeGoogle,
  shopify: writeShopify,
  csv: writeSpreadsheet,
  jsonl: writeJsonLines,
} satisfies Record<ExportFormat, (products: ProductSource, options: ExportOptions) => AsyncIterable<string>>;

/**
 * Writes products as text, piece by piece.
 *
 * `google` and `shopify` are read by programs: products that came in that format are written with the rows and columns that they had,
 * and tags fill what was left empty. Their texts are therefore never changed, formulas included; who opens such a file in a spreadsheet
 * sees what the feed contained. `csv` is for spreadsheets: formulas are neutralised, so it is no round trip for texts that begin with
 * `=`, `+`, `-`, `@` or a tab.
 * @param products called more than once where columns have to be known before the first row
 */
export function writeExport(
  format: ExportFormat,
  products: ProductSource,
  options: ExportOptions,
): AsyncIterable<string> {
  return writers[format](products, options);
}
