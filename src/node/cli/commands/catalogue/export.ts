import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import type { ExportedProduct } from '../../../../core/catalogue/exports/types.ts';
import { type ExportFormat, exportFormats } from '../../../../core/catalogue/exports/types.ts';
import { writeExport } from '../../../../core/catalogue/exports/writeExport.ts';
import { emptyMapping, parseMapping } from '../../../../core/catalogue/mapping.ts';
import { SelvedgeError } from '../../../../core/errors.ts';
import { integer } from '../../../../views/numbers.ts';
import type { CatalogueClient } from '../../../catalogue/client.ts';
import { writeTextWhole } from '../../../catalogue/writeTextWhole.ts';
import { shareOption, wordOption } from '../../options.ts';
import { progressOn, type Streams } from '../../progress.ts';
import { type CatalogueFlags, onCatalogue, withPlace } from './place.ts';

interface Flags extends CatalogueFlags {
  readonly format: ExportFormat;
  readonly out: string;
  readonly mapping?: string;
  readonly overwrite?: true;
  readonly precision: number;
  readonly minimumConfidence: number;
  readonly title: string;
  readonly link: string;
}

/** `selvedge catalogue export`. */
export function exportCatalogueCommand({ stdout, stderr }: Streams): Command {
  return withPlace(new Command('export').description('write products with their tags for shops and spreadsheets'))
    .requiredOption('--format <format>', exportFormats.join(', '), wordOption(exportFormats))
    .requiredOption('--out <file>', 'the file to write')
    .option('--mapping <file>', "a JSON file with the shop's own names of columns and categories")
    .option('--overwrite', 'replace what the feed says; otherwise tags fill what it left empty')
    .option(
      '--precision <x>',
      'write a category only where its class is right this often on validation pictures',
      shareOption,
      0.95,
    )
    .option('--minimum-confidence <x>', 'and only with at least this confidence', shareOption, 0)
    .option('--title <text>', 'the title of a Google Merchant feed', 'Products')
    .option('--link <address>', "the shop's address in a Google Merchant feed", '')
    .addHelpText(
      'after',
      `
Examples:
  selvedge catalogue export --store shop --format google --out feed.xml
  selvedge catalogue export --store shop --format csv --out products.csv --precision 0.9

Products that came in a Google Merchant or Shopify feed keep its rows and columns. CSV files are for spreadsheets: texts that
one would take for formulas are neutralised.`,
    )
    .action(async (flags: Flags) => {
      const { format, out, precision, minimumConfidence, overwrite = false, title, link } = flags;
      const mapping =
        flags.mapping === undefined ? emptyMapping : parseMapping(await readText(flags.mapping), flags.mapping);
      const written = await onCatalogue(flags, { stderr }, { command: 'selvedge catalogue export' }, async (client) => {
        const { products: total } = await client.call('status', {});
        const count = total.ready + total.waiting + total.failed;
        const progress = progressOn(stderr);
        const products = () =>
          all(client, precision, (done) => progress.update(done / Math.max(1, count), `${integer(done)} products`));
        const options = { mapping, overwrite, minimumConfidence, title, link };
        try {
          await writeTextWhole(out, writeExport(format, products, options));
        } finally {
          progress.done('');
        }
        return count;
      });
      stdout.write(`${integer(written)} products are in ${out}.\n`);
    });
}

async function* all(
  client: CatalogueClient,
  precision: number,
  onProgress: (done: number) => void,
): AsyncGenerator<ExportedProduct> {
  const limit = 500;
  let after = '';
  let done = 0;
  for (;;) {
    const { products } = await client.call('export', { after, limit, precision });
    yield* products;
    done += products.length;
    onProgress(done);
    if (products.length < limit) return;
    after = products.at(-1)!.product.id;
  }
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: Error) => {
    throw new SelvedgeError('missing-file', `${file} cannot be read (${cause.message}).`, { cause });
  });
}
