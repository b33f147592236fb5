import { resolve } from 'node:path';
import { Command } from 'commander';
import { type FeedFormat, feedFormats } from '../../../../core/catalogue/product.ts';
import { SelvedgeError } from '../../../../core/errors.ts';
import { integer } from '../../../../views/numbers.ts';
import type { CatalogueClient } from '../../../catalogue/client.ts';
import type { ImportProgress } from '../../../catalogue/operations/imports.ts';
import { interruptible } from '../../interruption.ts';
import { wordOption } from '../../options.ts';
import { progressOn, type Streams } from '../../progress.ts';
import { type CatalogueFlags, onCatalogue, withWork } from './place.ts';

interface Flags extends CatalogueFlags {
  readonly model?: string;
  readonly format?: FeedFormat;
  readonly mapping?: string;
  readonly complete?: true;
  readonly json?: true;
}

const pollMs = 200;
/** Problems that are printed; all that are kept are in --json. */
const shownProblems = 20;

/** `selvedge catalogue import SOURCE`. */
export function importCatalogueCommand({ stdout, stderr }: Streams): Command {
  return withWork(
    new Command('import')
      .description('read a feed of products, and tag and embed their pictures')
      .argument(
        '<source>',
        'a feed (CSV, JSON Lines, Google Merchant XML or TSV, Shopify CSV) or a folder of pictures',
      ),
  )
    .option('--model <model>', "a run's folder or a model's file; the catalogue keeps it")
    .option(
      '--format <format>',
      `how to read the feed: ${feedFormats.join(', ')} (default: detected)`,
      wordOption(feedFormats),
    )
    .option('--mapping <file>', "a JSON file with the shop's own names of columns and categories")
    .option('--complete', 'withdraw products that the feed does not name')
    .option('--json', 'end with one JSON object on standard output')
    .addHelpText(
      'after',
      `
Examples:
  selvedge catalogue import photos/ --store shop --model runs/first
  selvedge catalogue import feed.xml --store shop --complete
  selvedge catalogue import feed.csv --database-file database.txt --model runs/first

What a feed says a second time is not processed again. An import that was stopped is continued by the same command. Rows with
mistakes are reported, and the others are imported.`,
    )
    .action(async (source: string, flags: Flags) => {
      const options = { command: 'selvedge catalogue import', create: flags.model !== undefined };
      const { model, format, mapping, complete = false, json } = flags;
      await onCatalogue(flags, { stderr }, options, async (client) => {
        if (model !== undefined) {
          const { state } = await client.call('addModel', { path: resolve(model) });
          if (state === 'incoming') {
            stderr.write(
              'Another model is active: the new one tags all products in the background, and then replaces it.\n',
            );
          }
        }
        const { import: id } = await client.call('startImport', {
          source: resolve(source),
          complete,
          ...(format && { format }),
          ...(mapping !== undefined && { mapping: resolve(mapping) }),
        });
        const end = await follow(client, id, stderr);
        const { problems } = await client.call('importProblems', { import: id });
        if (json) {
          const { products, changed, withdrawn, failed } = end;
          stdout.write(`${JSON.stringify({ import: id, products, changed, withdrawn, failed, problems })}\n`);
        } else {
          stdout.write(summary(end));
          for (const { line, reason } of problems.slice(0, shownProblems)) stderr.write(`  line ${line}: ${reason}\n`);
          if (problems.length > shownProblems) {
            stderr.write(`  and ${integer(problems.length - shownProblems)} more; --json lists them\n`);
          }
        }
        if (end.problems > 0 || end.waiting > 0) process.exitCode = 1;
      });
    });
}

/** Shows progress until every product is processed. */
async function follow(client: CatalogueClient, id: number, stderr: Streams['stderr']): Promise<ImportProgress> {
  const progress = progressOn(stderr);
  const stop = () => progress.log('Stopping: jobs in hand are given back.');
  try {
    return await interruptible(stop, async (signal) => {
      let most = 0;
      for (;;) {
        const now = await client.call('importProgress', { import: id });
        if (now.error !== '') throw new SelvedgeError('bad-data', now.error);
        if (signal.aborted) {
          throw new SelvedgeError(
            'aborted',
            'Stopped; what is done is stored, and the same command goes on from there.',
          );
        }
        if (now.state === 'reading') progress.update(now.read, `reading the feed: ${integer(now.products)} products`);
        else if (!now.isWorking) return now;
        else {
          most = Math.max(most, now.waiting);
          const done = most - now.waiting;
          progress.update(
            done / most,
            `${integer(done)} of ${integer(most)} products`,
            (rate) => `${Math.round(rate * most)} a second`,
          );
        }
        await client.service?.check();
        await new Promise((wake) => setTimeout(wake, pollMs));
      }
    });
  } finally {
    progress.done('');
  }
}

function summary({ products, changed, withdrawn, problems, failed, waiting }: ImportProgress): string {
  const parts = [
    `${integer(products)} products, ${integer(changed)} of them new or changed`,
    ...(withdrawn > 0 ? [`${integer(withdrawn)} withdrawn`] : []),
    ...(problems > 0 ? [`${integer(problems)} rows with mistakes`] : []),
    ...(failed > 0 ? [`${integer(failed)} without a usable picture`] : []),
    ...(waiting > 0 ? [`${integer(waiting)} in jobs that failed for good: selvedge catalogue retry`] : []),
  ];
  return `${parts.join('; ')}.\n`;
}
