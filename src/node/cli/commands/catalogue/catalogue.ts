import { Command } from 'commander';
import type { Streams } from '../../progress.ts';
import { duplicatesCommand } from './duplicates.ts';
import { exportCatalogueCommand } from './export.ts';
import { importCatalogueCommand } from './import.ts';
import { backupCommand, migrateCommand, removeCommand, restoreCommand, retryCommand } from './maintain.ts';
import { reviewCommand } from './review.ts';
import { indexCommand, recallCommand } from './searchIndex.ts';
import { serveCatalogueCommand } from './serve.ts';
import { similarCommand } from './similar.ts';
import { statusCommand } from './status.ts';

/** `selvedge catalogue` and its subcommands. */
export function catalogueCommand(streams: Streams = process): Command {
  const command = new Command('catalogue').addHelpText(
    'after',
    `
Examples:
  selvedge catalogue import feed.csv --store shop --model runs/first     tag every product of a feed
  selvedge catalogue status --store shop                                 how many products are done
  selvedge catalogue similar SKU-1 --store shop                          what looks like it

A catalogue is a folder (--store DIR), with an embedded database, or a PostgreSQL server (--database ADDRESS). An address has a
password, which other users can read in a command line: put it into a file (--database-file FILE) or into SELVEDGE_DATABASE.`,
  );
  const subcommands = [
    importCatalogueCommand,
    statusCommand,
    serveCatalogueCommand,
    similarCommand,
    duplicatesCommand,
    indexCommand,
    recallCommand,
    reviewCommand,
    exportCatalogueCommand,
    removeCommand,
    retryCommand,
    backupCommand,
    restoreCommand,
    migrateCommand,
  ];
  for (const subcommand of subcommands) command.addCommand(subcommand(streams));
  return command;
}
