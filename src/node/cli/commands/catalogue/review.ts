import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { readCsvRows } from '../../../../core/data/pictures/csvRows.ts';
import { SelvedgeError } from '../../../../core/errors.ts';
import { writeCsv } from '../../../../core/formats/csv.ts';
import { integer } from '../../../../views/numbers.ts';
import type { CatalogueClient } from '../../../catalogue/client.ts';
import { extensionOf } from '../../../images/decode.ts';
import { makeFolder, writeFileWhole } from '../../../runs/writeWhole.ts';
import { countOption, shareOption } from '../../options.ts';
import { progressOn, type Streams } from '../../progress.ts';
import { type CatalogueFlags, onCatalogue, withPlace } from './place.ts';

interface Flags extends CatalogueFlags {
  readonly limit: number;
  readonly below: number;
  readonly out?: string;
  readonly import?: string;
  readonly undo?: number;
  readonly labelled?: string;
  readonly json?: true;
}

/** The column that a person fills in. */
const corrected = 'correct_category';
const page = 500;

/** `selvedge catalogue review`. */
export function reviewCommand({ stdout, stderr }: Streams): Command {
  return withPlace(
    new Command('review').description(
      "list doubtful categories, take a person's corrections, and write them as a training set",
    ),
  )
    .option('--limit <n>', 'how many doubtful products', countOption, 100)
    .option(
      '--below <x>',
      'only those with at most this confidence, and those that are out-of-distribution',
      shareOption,
      1,
    )
    .option('--out <file>', 'write them as CSV, with an empty column for the correct category')
    .option('--import <file>', `read corrections from a CSV file with the columns id and ${corrected}`)
    .option('--undo <n>', 'undo the review of this number', countOption)
    .option('--labelled <dir>', 'write all reviewed pictures as a data set for selvedge train --data')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  selvedge catalogue review --store shop --out doubtful.csv         fill in ${corrected} where the category is wrong or right
  selvedge catalogue review --store shop --import doubtful.csv
  selvedge catalogue review --store shop --labelled corrections && selvedge train --data corrections --from efficientnet-lite0`,
    )
    .action(async (flags: Flags) => {
      const { undo, labelled, json } = flags;
      const file = flags.import;
      const corrections = file === undefined ? undefined : await readCorrections(file);
      const done = await onCatalogue(flags, { stderr }, { command: 'selvedge catalogue review' }, async (client) => {
        if (undo !== undefined) return client.call('undo', { review: undo, reviewer: reviewer() });
        if (labelled !== undefined) return writeLabelled(client, labelled, stderr);
        if (corrections) {
          if (corrections.length === 0) return { reviews: [] };
          return client.call('review', { corrections, reviewer: reviewer() });
        }
        return listDoubtful(client, flags.limit, flags.below);
      });
      if (json) stdout.write(`${JSON.stringify(done)}\n`);
      if ('products' in done) {
        if (flags.out !== undefined) await writeFileWhole(flags.out, table(done.products));
        else if (!json) {
          for (const { id, title, category, confidence, inDistribution } of done.products) {
            const note = inDistribution === false ? '  (out-of-distribution)' : '';
            stdout.write(`${(confidence * 100).toFixed(1).padStart(5)} %  ${id}  ${category}  ${title}${note}\n`);
          }
        }
        if (flags.out !== undefined && !json) {
          stdout.write(
            `${integer(done.products.length)} products are in ${flags.out}; fill in ${corrected}, then --import it.\n`,
          );
        }
      } else if (!json) {
        if ('reviews' in done) {
          const [first] = done.reviews;
          stdout.write(
            first === undefined
              ? `No row of ${file} has a ${corrected}.\n`
              : `${integer(done.reviews.length)} reviews are recorded, from number ${first} on; --undo NUMBER takes one back.\n`,
          );
        } else if ('pictures' in done) {
          stdout.write(`${integer(done.pictures)} pictures are in ${labelled}: selvedge train --data ${labelled}\n`);
        } else stdout.write(`The review of ${done.id} as ${done.category} is undone.\n`);
      }
    });
}

const reviewer = (): string => `${userInfo().username}@command`;

async function listDoubtful(client: CatalogueClient, limit: number, below: number) {
  const products = [];
  for (let offset = 0; offset < limit; offset += page) {
    const wanted = Math.min(page, limit - offset);
    const part = await client.call('doubtful', { limit: wanted, offset, below });
    products.push(...part.products);
    if (part.products.length < wanted) break;
  }
  return { products };
}

type Doubtful = Awaited<ReturnType<typeof listDoubtful>>['products'];

function table(products: Doubtful): string {
  const rows = products.map(({ id, title, link, category, confidence, inDistribution, top }) => [
    id,
    title,
    link,
    category,
    Number(confidence.toFixed(4)),
    inDistribution === false ? 'out-of-distribution' : '',
    top.map(({ name, probability }) => `${name} ${(probability * 100).toFixed(1)} %`).join('; '),
    '',
  ]);
  return writeCsv([['id', 'title', 'link', 'category', 'confidence', 'note', 'top', corrected], ...rows]);
}

/** Rows whose last column was filled in. */
async function readCorrections(file: string): Promise<{ id: string; category: string }[]> {
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new SelvedgeError('missing-file', `${file} cannot be read (${cause.message}).`, { cause });
  });
  const [header, ...rows] = readCsvRows(text.replace(/^\ufeff/, ''), file);
  const [id, category] = ['id', corrected].map((name) => {
    const at = header?.cells.findIndex((cell) => cell.trim().toLowerCase() === name) ?? -1;
    if (at >= 0) return at;
    throw new SelvedgeError('bad-data', `${file} has no column ${name}; write the file with --out, and fill it in.`);
  }) as [number, number];
  return rows.flatMap(({ cells }) => {
    const given = (cells[category] ?? '').trim();
    // Written so that a spreadsheet does not take it for a formula.
    return given === '' ? [] : [{ id: (cells[id] ?? '').replace(/^'(?=[=+\-@\t\r])/, ''), category: given }];
  });
}

/** The main pictures of reviewed products, with a list of their labels. */
async function writeLabelled(
  client: CatalogueClient,
  folder: string,
  stderr: Streams['stderr'],
): Promise<{ pictures: number }> {
  await makeFolder(folder);
  const rows: string[][] = [['path', 'label', 'group']];
  const progress = progressOn(stderr);
  for (let offset = 0; ; offset += page) {
    const { reviews } = await client.call('reviews', { limit: page, offset });
    if (reviews.length === 0) break;
    const { products } = await client.call('products', { ids: reviews.map(({ id }) => id), limit: page });
    for (const { id, group, category, pictures } of products) {
      for (const { digest } of pictures) {
        if (digest === null) continue;
        const { bytes } = await client.call('picture', { digest, kind: 'original' });
        const content = Buffer.from(bytes, 'base64');
        const path = `${digest}.${extensionOf(content)}`;
        await writeFileWhole(join(folder, path), content);
        rows.push([path, category!, group ?? id]);
      }
      progress.update(undefined, `${integer(rows.length - 1)} pictures`);
    }
    if (reviews.length < page) break;
  }
  progress.done('');
  if (rows.length === 1) throw new SelvedgeError('bad-option', 'No product has been reviewed yet.');
  await writeFileWhole(join(folder, 'pictures.csv'), writeCsv(rows));
  return { pictures: rows.length - 1 };
}
