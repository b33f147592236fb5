import { readFile, stat } from 'node:fs/promises';
import { Command } from 'commander';
import sharp from 'sharp';
import { SelvedgeError } from '../../../../core/errors.ts';
import { encodePng } from '../../../../core/formats/png.ts';
import { contactSheet } from '../../../../views/contactSheet.ts';
import type { CatalogueClient } from '../../../catalogue/client.ts';
import type { SimilarProduct } from '../../../catalogue/operations/similar.ts';
import { decodeImage } from '../../../images/decode.ts';
import { writeFileWhole } from '../../../runs/writeWhole.ts';
import { countOption, shareOption } from '../../options.ts';
import type { Streams } from '../../progress.ts';
import { type CatalogueFlags, onCatalogue, withWork } from './place.ts';

interface Flags extends CatalogueFlags {
  readonly limit: number;
  readonly minimumScore: number;
  readonly diversity: number;
  readonly category?: string;
  readonly colour?: string;
  readonly where?: readonly string[];
  readonly minimumPrice?: number;
  readonly maximumPrice?: number;
  readonly inStock?: true;
  readonly show?: string;
  readonly json?: true;
}

/** `selvedge catalogue similar ID|PHOTO…`. */
export function similarCommand({ stdout, stderr }: Streams): Command {
  return withWork(
    new Command('similar')
      .description('list the products that look most like a product or a photo')
      .argument('<what...>', "a product's id, or a picture's file; of several, what is like all of them"),
  )
    .option('--limit <n>', 'how many products', countOption, 10)
    .option('--minimum-score <x>', 'leave out what is less similar, from 0 to 1', shareOption, 0)
    .option('--diversity <x>', 'prefer products that differ from each other: 0 not at all, 1 most', shareOption, 0)
    .option('--category <name>', 'only this category')
    .option('--colour <name>', 'only products with this colour')
    .option('--where <column=value...>', 'only products with this text in a column of the feed, such as brand=Acme')
    .option('--minimum-price <x>', 'only products of this price or more', Number)
    .option('--maximum-price <x>', 'only products of this price or less', Number)
    .option('--in-stock', 'only products in stock')
    .option('--show <file>', 'write a PNG picture of the results')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  selvedge catalogue similar SKU-1 --store shop
  selvedge catalogue similar photo.jpg --store shop --limit 20 --show similar.png
  selvedge catalogue similar SKU-1 --store shop --colour navy --maximum-price 50 --in-stock

Variants of a product and near-duplicates of its picture are listed once. A photo that is asked about is not kept.`,
    )
    .action(async (what: string[], flags: Flags) => {
      const { ids, pictures } = await sortOut(what);
      const options = { command: 'selvedge catalogue similar' };
      const { category, colour, minimumPrice, maximumPrice, inStock } = flags;
      await onCatalogue(flags, { stderr }, options, async (client) => {
        const { products } = await client.call('similar', {
          ids,
          pictures: pictures.map((bytes) => bytes.toString('base64')),
          limit: flags.limit,
          minimumScore: flags.minimumScore,
          diversity: flags.diversity,
          filter: {
            attributes: columnsOf(flags.where ?? []),
            ...(category !== undefined && { category }),
            ...(colour !== undefined && { colour }),
            ...(minimumPrice !== undefined && { minimumPrice }),
            ...(maximumPrice !== undefined && { maximumPrice }),
            ...(inStock && { inStock }),
          },
        });
        if (flags.show !== undefined) await writeFileWhole(flags.show, await drawn(client, products));
        if (flags.json) stdout.write(`${JSON.stringify({ products })}\n`);
        else for (const product of products) stdout.write(lineOf(product));
      });
    });
}

/** What is a file is a picture, anything else a product's id. */
async function sortOut(what: readonly string[]): Promise<{ ids: string[]; pictures: Buffer[] }> {
  const ids: string[] = [];
  const pictures: Buffer[] = [];
  for (const one of what) {
    const found = await stat(one).catch(() => undefined);
    if (found?.isFile()) pictures.push(await readFile(one));
    else if (/\.(png|jpe?g|webp)$/i.test(one)) throw new SelvedgeError('missing-file', `There is no picture ${one}.`);
    else ids.push(one);
  }
  return { ids, pictures };
}

function columnsOf(where: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    where.map((pair) => {
      const at = pair.indexOf('=');
      if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
      throw new SelvedgeError('bad-option', `--where is '${pair}', but should be a column and its text: brand=Acme.`);
    }),
  );
}

function lineOf({ score, id, title, category, price, alsoAs }: SimilarProduct): string {
  const cost = price ? `  ${price.amount} ${price.currency}` : '';
  const also = alsoAs.length > 0 ? `  (also ${alsoAs.slice(0, 3).join(', ')}${alsoAs.length > 3 ? ', …' : ''})` : '';
  return `${score.toFixed(3)}  ${id}  ${title}  ${category ?? ''}${cost}${also}\n`;
}

const edge = 112;
const columns = 5;

/** The results' pictures, five in a row, with their scores. */
async function drawn(client: CatalogueClient, products: readonly SimilarProduct[]): Promise<Uint8Array> {
  const cells = await Promise.all(
    products.map(async ({ picture, id, score }) => {
      const { bytes } = await client.call('picture', { digest: picture, kind: 'thumbnail' });
      const fitted = await sharp(Buffer.from(bytes, 'base64'))
        .resize({ width: edge, height: edge, fit: 'contain', background: '#ffffff', kernel: 'nearest' })
        .toColourspace('srgb')
        .png()
        .toBuffer();
      const caption = [printable(id), score.toFixed(3)];
      return { image: await decodeImage(fitted, id), caption };
    }),
  );
  const rows = Array.from({ length: Math.ceil(cells.length / columns) }, (_, row) => ({
    cells: cells.slice(row * columns, (row + 1) * columns),
  }));
  return encodePng(contactSheet(rows, { scale: 1, textScale: 1, gap: 6 }));
}

/** The sheet's letters are ASCII. */
const printable = (text: string): string => text.replaceAll(/[^ -~]/g, '?').slice(0, 18);
