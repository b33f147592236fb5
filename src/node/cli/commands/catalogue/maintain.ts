import { resolve } from 'node:path';
import { Command } from 'commander';
import { integer } from '../../../../views/numbers.ts';
import { restore } from '../../../catalogue/backup/backup.ts';
import { placeFrom } from '../../../catalogue/database/address.ts';
import { openCatalogue } from '../../../catalogue/openCatalogue.ts';
import { availableThreads } from '../../../workers/available.ts';
import { countOption } from '../../options.ts';
import { progressOn, type Streams } from '../../progress.ts';
import { type CatalogueFlags, onCatalogue, withPlace } from './place.ts';

/** `selvedge catalogue remove|retry`. */
export function removeCommand({ stdout, stderr }: Streams): Command {
  return withPlace(
    new Command('remove')
      .description('erase products: their pictures, embeddings, tags and reviews')
      .argument('<ids...>', "products' ids"),
  )
    .option('--json', 'print one JSON object')
    .action(async (ids: string[], flags: CatalogueFlags & { json?: true }) => {
      const options = { command: 'selvedge catalogue remove' };
      const removed = await onCatalogue(flags, { stderr }, options, (client) => client.call('remove', { ids }));
      stdout.write(
        flags.json
          ? `${JSON.stringify(removed)}\n`
          : `${integer(removed.products)} products and ${integer(removed.pictures)} pictures are erased. Backups still have them.\n`,
      );
    });
}

export function retryCommand({ stdout, stderr }: Streams): Command {
  return withPlace(
    new Command('retry')
      .description('list jobs that failed for good, and try them again')
      .option('--list', 'only list them'),
  ).action(async (flags: CatalogueFlags & { list?: true }) => {
    await onCatalogue(flags, { stderr }, { command: 'selvedge catalogue retry' }, async (client) => {
      const { deadLetters } = await client.call('deadLetters', {});
      for (const { at, reason, data } of deadLetters) {
        const { products = [] } = data as { products?: readonly string[] };
        stdout.write(`${at}  ${reason}  ${products.slice(0, 5).join(', ')}${products.length > 5 ? ', …' : ''}\n`);
      }
      if (flags.list) return;
      const { retried } = await client.call('retry', {});
      stdout.write(`${integer(retried)} jobs wait again; selvedge catalogue import or serve works on them.\n`);
    });
  });
}

export function backupCommand({ stdout, stderr }: Streams): Command {
  return withPlace(new Command('backup').description('write all of a catalogue to a file, pictures included'))
    .requiredOption('--to <dir>', 'the folder of backups')
    .option('--keep <n>', 'how many backups of the folder stay, the new one included', countOption, 7)
    .addHelpText(
      'after',
      `
Example:
  selvedge catalogue backup --store shop --to backups

A backup is of one moment, and selvedge catalogue restore makes a catalogue of it in an empty place, of either kind.`,
    )
    .action(async (flags: CatalogueFlags & { to: string; keep: number }) => {
      const progress = progressOn(stderr);
      const options = { command: 'selvedge catalogue backup' };
      const { file } = await onCatalogue(flags, { stderr }, options, async (client) => {
        const look = async () => {
          const { progress: now } = await client.call('backupProgress', {});
          if (now)
            progress.update(now.done / now.total, `${integer(now.done)} of ${integer(now.total)} rows and pictures`);
        };
        const timer = setInterval(() => void look().catch(() => undefined), pollMs);
        try {
          return await client.call('backup', { folder: resolve(flags.to), keep: flags.keep });
        } finally {
          clearInterval(timer);
        }
      }).finally(() => progress.done(''));
      stdout.write(`${file}\n`);
    });
}

const pollMs = 200;

/** `selvedge catalogue restore|migrate`, which need a catalogue to themselves. */
export function restoreCommand({ stdout, stderr }: Streams): Command {
  return withPlace(
    new Command('restore')
      .description('fill an empty place from a backup')
      .argument('<file>', 'a file that backup wrote'),
  ).action(async (file: string, flags: CatalogueFlags) => {
    const progress = progressOn(stderr);
    const catalogue = await open(flags, 'restore', true);
    try {
      const { rows } = await restore(catalogue, file, (done) =>
        progress.update(undefined, `${integer(done)} rows and pictures`),
      );
      progress.done('');
      stdout.write(`${integer(rows)} rows and pictures are restored.\n`);
    } finally {
      progress.done('');
      await catalogue.close();
    }
  });
}

export function migrateCommand({ stdout }: Streams): Command {
  return withPlace(
    new Command('migrate').description('bring the schema of a catalogue up to date; every command does it by itself'),
  ).action(async (flags: CatalogueFlags) => {
    const catalogue = await open(flags, 'migrate');
    await catalogue.close();
    stdout.write('The catalogue is up to date.\n');
  });
}

async function open(flags: CatalogueFlags, name: string, create = false) {
  return openCatalogue(await placeFrom(flags), {
    command: `selvedge catalogue ${name}`,
    create,
    threads: availableThreads(),
    pictures: flags.pictures,
  });
}
