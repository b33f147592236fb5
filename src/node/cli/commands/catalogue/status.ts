import { Command } from 'commander';
import { integer } from '../../../../views/numbers.ts';
import type { Streams } from '../../progress.ts';
import { type CatalogueFlags, onCatalogue, withPlace } from './place.ts';

/** `selvedge catalogue status`. */
export function statusCommand({ stdout, stderr }: Streams): Command {
  return withPlace(new Command('status').description('count products, and name the models'))
    .option('--json', 'print one JSON object')
    .action(async (flags: CatalogueFlags & { json?: true }) => {
      const options = { command: 'selvedge catalogue status' };
      const status = await onCatalogue(flags, { stderr }, options, (client) => client.call('status', {}));
      if (flags.json) {
        stdout.write(`${JSON.stringify(status)}\n`);
        return;
      }
      const { ready, waiting, failed, withdrawn } = status.products;
      stdout.write(
        `${integer(ready)} products are tagged, ${integer(waiting)} wait, ${integer(failed)} have no usable picture, ${integer(withdrawn)} are withdrawn\n`,
      );
      for (const { name, digest, state, classNames } of status.models) {
        stdout.write(`model ${name} (${digest.slice(0, 12)}), ${state}: ${classNames.join(', ')}\n`);
      }
      if (status.deadLetters > 0)
        stdout.write(`${integer(status.deadLetters)} jobs failed for good: selvedge catalogue retry\n`);
    });
}
