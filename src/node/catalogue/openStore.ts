import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SelvedgeError } from '../../core/errors.ts';
import { makeFolder } from '../runs/writeWhole.ts';
import type { CataloguePlace } from './database/address.ts';
import type { Database } from './database/database.ts';
import { openEmbedded } from './database/embedded.ts';
import { type FolderLock, lockFolder } from './database/folderLock.ts';
import { migrate } from './database/migrate.ts';
import { openServer } from './database/server.ts';
import { type JobQueue, openJobQueue } from './jobs/jobQueue.ts';

export interface StoreOptions {
  /** What this process does, for the sentence that another one shows. */
  readonly command: string;
  /** Whether an empty place becomes a catalogue. */
  readonly create?: boolean;
  /** Names of the jobs' queues. */
  readonly queues: readonly string[];
}

/** A database and its jobs, without what reads and tags pictures. */
export interface Store {
  readonly database: Database;
  readonly queue: JobQueue;
  /** Undefined for a server. */
  readonly lock: FolderLock | undefined;
  close(): Promise<void>;
}

/** Where the embedded database and the pictures are in a catalogue's folder. */
const databaseFolder = 'database';
export const picturesFolder = 'pictures';

/**
 * Opens a catalogue's database and its queues: takes the folder's lock or connects, and brings the schema up to date.
 * @throws SelvedgeError 'bad-option' where another process has the folder or packages are missing, 'bad-data' where there is no catalogue
 *   or one of a newer version, 'cannot-write'
 */
export async function openStore(place: CataloguePlace, options: StoreOptions): Promise<Store> {
  const closing: (() => unknown)[] = [];
  const close = async () => {
    for (const one of closing.reverse()) await one();
  };
  try {
    const { database, lock } = await openDatabase(place, options, closing);
    await migrate(database, options.create ?? false);
    const queue = await openJobQueue(database, options.queues);
    closing.push(() => queue.close());
    return { database, queue, lock, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openDatabase(
  place: CataloguePlace,
  { command, create = false }: StoreOptions,
  closing: (() => unknown)[],
): Promise<{ database: Database; lock: FolderLock | undefined }> {
  if (place.kind === 'server') {
    const database = await openServer(place.address);
    closing.push(() => database.close());
    return { database, lock: undefined };
  }
  const folder = resolve(place.folder);
  const inside = await readdir(folder).catch(() => undefined);
  const isCatalogue = inside?.includes(databaseFolder) ?? false;
  if (!isCatalogue && !create) {
    throw new SelvedgeError(
      'missing-file',
      `There is no catalogue in ${place.folder}; make one with: selvedge catalogue import SOURCE --store ${place.folder} --model MODEL`,
    );
  }
  // A process that was killed may have left a lock, and a database that it was making.
  if (!isCatalogue && inside?.some((name) => !/^(lock\.json|database\.|pictures$)/.test(name))) {
    throw new SelvedgeError(
      'bad-option',
      `${place.folder} is no catalogue and not empty; choose a new folder for --store.`,
    );
  }
  await makeFolder(folder);
  const lock = await lockFolder(folder, command);
  closing.push(() => lock.release());
  const database = await openEmbedded(join(folder, databaseFolder));
  closing.push(() => database.close());
  return { database, lock };
}
