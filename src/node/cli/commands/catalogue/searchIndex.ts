import { Command } from 'commander';
import { integer } from '../../../../views/numbers.ts';
import { countOption, seedOption } from '../../options.ts';
import { progressOn, type Streams } from '../../progress.ts';
import { type CatalogueFlags, onCatalogue, withPlace } from './place.ts';

/** `selvedge catalogue index`. */
export function indexCommand({ stdout, stderr }: Streams): Command {
  return withPlace(
    new Command('index')
      .description(
        'build the approximate index of similar items, for some 100,000 products or more; search is exact without it',
      )
      .option('--drop', 'remove it: search is exact again'),
  )
    .addHelpText(
      'after',
      `
Exact search holds all features in memory: about 1.3 kB a picture with 128 features. The index (HNSW) is in the database, and misses
some of the nearest items; selvedge catalogue recall measures how many. It follows new products by itself, but a large import is
quicker before it is built.`,
    )
    .action(async (flags: CatalogueFlags & { drop?: true }) => {
      const progress = progressOn(stderr);
      const options = { command: 'selvedge catalogue index' };
      await onCatalogue(flags, { stderr }, options, async (client) => {
        progress.update(undefined, flags.drop ? 'removing the index' : 'building the index');
        await client.call(flags.drop ? 'dropIndex' : 'buildIndex', {});
      }).finally(() => progress.done(''));
      stdout.write(
        flags.drop ? 'Search is exact again.\n' : 'The index is built; measure it with: selvedge catalogue recall\n',
      );
    });
}

/** `selvedge catalogue recall`. */
export function recallCommand({ stdout, stderr }: Streams): Command {
  return withPlace(
    new Command('recall').description('measure the approximate index against exact search, on your own products'),
  )
    .option('--queries <n>', 'how many pictures to ask about', countOption, 200)
    .option('--limit <n>', 'how many neighbours of each', countOption, 10)
    .option('--seed <n>', 'which pictures', seedOption, 0)
    .option('--json', 'print one JSON object')
    .action(
      async ({
        queries,
        limit,
        seed,
        json,
        ...flags
      }: CatalogueFlags & { queries: number; limit: number; seed: number; json?: true }) => {
        const progress = progressOn(stderr);
        const options = { command: 'selvedge catalogue recall' };
        const recall = await onCatalogue(flags, { stderr }, options, (client) => {
          progress.update(undefined, 'comparing');
          return client.call('recall', { queries, limit, seed });
        }).finally(() => progress.done(''));
        if (json) {
          stdout.write(`${JSON.stringify(recall)}\n`);
          return;
        }
        const share = (value: number) => `${(100 * value).toFixed(1)} %`;
        stdout.write(
          `recall@${limit}: ${share(recall.recall)} of the true neighbours over ${integer(recall.queries)} queries, ${share(recall.lowest)} in the worst one
index: ${recall.indexMs.p50.toFixed(1)} ms at the median, ${recall.indexMs.p99.toFixed(1)} ms at the 99th percentile; exact: ${recall.exactMs.p50.toFixed(1)} and ${recall.exactMs.p99.toFixed(1)} ms
`,
        );
      },
    );
}
