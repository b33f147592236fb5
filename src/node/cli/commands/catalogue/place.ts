import type { Command } from 'commander';
import { type CatalogueClient, openClient } from '../../../catalogue/client.ts';
import { type PlaceFlags, placeFrom } from '../../../catalogue/database/address.ts';
import type { CatalogueOptions } from '../../../catalogue/openCatalogue.ts';
import { availableThreads } from '../../../workers/available.ts';
import { threadsOption } from '../../options.ts';
import { progressOn, type Streams } from '../../progress.ts';

export interface CatalogueFlags extends PlaceFlags {
  readonly threads?: number;
  readonly allowHost?: readonly string[];
  readonly pictures?: string;
}

/** The options that say where a catalogue is. */
export function withPlace(command: Command): Command {
  return command
    .option('--store <dir>', "the catalogue's folder")
    .option('--database <address>', 'a PostgreSQL server: postgres://user:password@host:5432/name')
    .option('--database-file <file>', 'a file with that address');
}

/** And those for commands that read pictures. */
export function withWork(command: Command): Command {
  return withPlace(command)
    .option('--threads <n>', 'worker threads (default: the available cores)', threadsOption)
    .option(
      '--allow-host <host...>',
      'fetch pictures from this host even though its address is private: HOST or HOST:PORT',
    )
    .option(
      '--pictures <dir>',
      'with a server: keep pictures in this folder, which all workers reach, not in the database',
    );
}

/** Runs a command's work on its catalogue, and closes it. */
export async function onCatalogue<T>(
  flags: CatalogueFlags,
  { stderr }: Pick<Streams, 'stderr'>,
  options: Pick<CatalogueOptions, 'command' | 'create'>,
  work: (client: CatalogueClient) => Promise<T>,
): Promise<T> {
  const place = await placeFrom(flags);
  const progress = progressOn(stderr);
  progress.update(undefined, 'opening the catalogue');
  const client = await openClient(place, {
    ...options,
    threads: flags.threads ?? availableThreads(),
    allowHosts: flags.allowHost ?? [],
    pictures: flags.pictures,
  }).finally(() => progress.done(''));
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}
