import { atomMark, googleNamespace } from '../feeds/googleXmlFeed.ts';
import { type GoogleForm, googleForm, googleRow } from './googleRow.ts';
import { addColumns, cellsOf, machineRow, noColumns } from './rows.ts';
import type { ExportOptions, ProductSource } from './types.ts';
import { escapeXml, xmlItem } from './xmlItem.ts';

/**
 * Writes Google Merchant's feed. Where all products came from tab-separated feeds it is one, where all came from Atom it is Atom,
 * otherwise it is RSS 2.0. Products that came in the same form keep their rows and columns; others get new rows.
 */
export async function* writeGoogle(products: ProductSource, options: ExportOptions): AsyncGenerator<string> {
  const form = await commonForm(products);
  if (form === 'tsv') {
    yield* writeTsv(products, options);
    return;
  }
  const isAtom = form === 'atom';
  const title = `<title>${escapeXml(options.title)}</title>`;
  const link = escapeXml(options.link);
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  yield isAtom
    ? `<feed xmlns="${atomMark[1]}" xmlns:g="${googleNamespace}">\n${title}\n<link href="${link}"/>\n`
    : `<rss version="2.0" xmlns:g="${googleNamespace}">\n<channel>\n${title}\n<link>${link}</link>\n<description/>\n`;
  for await (const one of products()) yield xmlItem(isAtom ? 'entry' : 'item', googleRow(one, form, options));
  yield isAtom ? '</feed>\n' : '</channel>\n</rss>\n';
}

async function commonForm(products: ProductSource): Promise<GoogleForm> {
  let common: GoogleForm | undefined;
  for await (const one of products()) {
    const form = googleForm(one) ?? 'rss';
    common ??= form;
    if (form !== common || form === 'rss') return 'rss';
  }
  return common ?? 'rss';
}

async function* writeTsv(products: ProductSource, options: ExportOptions): AsyncGenerator<string> {
  const columns = noColumns();
  for await (const one of products()) addColumns(columns, googleRow(one, 'tsv', options));
  yield machineRow(columns.names, '\t');
  for await (const one of products()) yield machineRow(cellsOf(columns, googleRow(one, 'tsv', options)), '\t');
}
