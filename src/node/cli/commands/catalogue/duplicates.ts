import { Command } from 'commander';
import { integer } from '../../../../views/numbers.ts';
import { countOption, seedOption, shareOption, wordOption } from '../../options.ts';
import { progressOn, type Streams } from '../../progress.ts';
import { type CatalogueFlags, onCatalogue, withPlace } from './place.ts';

interface Flags extends CatalogueFlags {
  readonly kind?: (typeof kinds)[number];
  readonly sameProduct?: number;
  readonly limit: number;
  readonly offset: number;
  readonly json?: true;
}

const kinds = ['exact', 'near', 'sameProduct'] as const;
const words = { exact: 'the same file', near: 'nearly the same picture', sameProduct: 'perhaps the same product' };

/** `selvedge catalogue duplicates`. */
export function duplicatesCommand({ stdout, stderr }: Streams): Command {
  return withPlace(
    new Command('duplicates').description('list groups of products with the same or nearly the same picture'),
  )
    .option('--kind <kind>', `only groups of this kind: ${kinds.join(', ')}`, wordOption(kinds))
    .option(
      '--same-product <cosine>',
      'also look for one product in different pictures, by features that are this similar',
      shareOption,
    )
    .option('--limit <n>', 'how many groups', countOption, 50)
    .option('--offset <n>', 'behind this many groups', seedOption, 0)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  selvedge catalogue duplicates --store shop
  selvedge catalogue duplicates --store shop --same-product 0.995 --json

Variants of one product (item_group_id) are no duplicates. Nothing is deleted; selvedge catalogue remove ID erases a product.`,
    )
    .action(async ({ kind, sameProduct, limit, offset, json, ...flags }: Flags) => {
      const progress = progressOn(stderr);
      const options = { command: 'selvedge catalogue duplicates' };
      const { total, groups } = await onCatalogue(flags, { stderr }, options, (client) => {
        progress.update(undefined, 'comparing pictures');
        return client.call('duplicates', {
          limit,
          offset,
          ...(kind && { kind }),
          ...(sameProduct !== undefined && { threshold: sameProduct }),
        });
      }).finally(() => progress.done(''));
      if (json) {
        stdout.write(`${JSON.stringify({ total, groups })}\n`);
        return;
      }
      stdout.write(
        `${integer(total)} groups${groups.length < total ? `, of which ${integer(groups.length)} are listed` : ''}\n`,
      );
      for (const group of groups) {
        stdout.write(`${words[group.kind]}: ${group.products.map(({ id }) => id).join(', ')}\n`);
      }
    });
}
