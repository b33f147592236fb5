import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { SelvedgeError } from '../../core/errors.ts';
import { makeFolder } from '../runs/writeWhole.ts';
import type { CataloguePlace } from './database/address.ts';
import type { Database } from './database/database.ts';
import { openEmbedded } from './database/embedded.ts';
import { type FolderLock, lockFolder } from './database/folderLock.ts';
import { migrate } from './database/migrate.ts';
import { openServer } from './database/server.ts';
import { createPictureFetcher, type PictureFetcher } from './fetching/createPictureFetcher.ts';
import { type JobQueue, openJobQueue } from './jobs/jobQueue.ts';
import { openPictureTable } from './pictures/databaseStore.ts';
import { openPictureFolder } from './pictures/folderStore.ts';
import { openPicturePool, type PicturePool } from './pictures/picturePool.ts';
import type { PictureStore } from './pictures/pictureStore.ts';
import { type ProductJob, productQueue } from './process/jobs.ts';
import { processProducts } from './process/processProducts.ts';
import { openTaggers, type Taggers } from './process/taggers.ts';
import { startWorkerLoop, type WorkerEvents, type WorkerLoop } from './process/workerLoop.ts';

export interface CatalogueOptions {
  /** What this process does, for the sentence that another one shows. */
  readonly command: string;
  /** Whether an empty place becomes a catalogue. */
  readonly create?: boolean;
  readonly threads: number;
  /** Hosts with private addresses from which pictures may be fetched. */
  readonly allowHosts?: readonly string[];
  /** Where pictures are kept, for a server; default: in the database. */
  readonly pictures?: string | undefined;
}

/** A catalogue that this process has open. */
export interface Catalogue {
  readonly database: Database;
  readonly queue: JobQueue;
  readonly files: PictureStore;
  readonly taggers: Taggers;
  /** Threads that decode. */
  readonly pool: PicturePool;
  /** Undefined for a server. */
  readonly lock: FolderLock | undefined;
  /** Starts to work on jobs in this process. */
  work(events?: WorkerEvents): WorkerLoop;
  close(): Promise<void>;
}

/** The jobs of a catalogue. */
export const catalogueQueues = [productQueue] as const;

/** Jobs in hand at once: one decodes while another's network runs or its results are written. */
const jobsAtOnce = 2;

/**
 * Opens a catalogue: takes the folder's lock or connects, and brings the schema up to date.
 * @throws SelvedgeError 'bad-option' where another process has the folder or packages are missing, 'bad-data' where there is no catalogue
 *   or one of a newer version, 'cannot-write'
 */
export async function openCatalogue(place: CataloguePlace, options: CatalogueOptions): Promise<Catalogue> {
  const { threads } = options;
  const closing: (() => unknown)[] = [];
  const closeAll = async () => {
    for (const close of closing.reverse()) await close();
  };
  try {
    const { database, lock } = await openDatabase(place, options, closing);
    await migrate(database, options.create ?? false);
    const queue = await openJobQueue(database, catalogueQueues);
    closing.push(() => queue.close());
    const files = await openFiles(place, options.pictures, database);
    const pool = openPicturePool(threads);
    closing.push(() => pool.close());
    const fetcher: PictureFetcher = createPictureFetcher({ allowHosts: options.allowHosts ?? [] });
    closing.push(() => fetcher.close());
    const taggers = openTaggers(database, threads);
    closing.push(() => taggers.close());
    return {
      database,
      queue,
      files,
      taggers,
      pool,
      lock,
      work: (events) =>
        startWorkerLoop<ProductJob>(
          queue,
          productQueue,
          jobsAtOnce,
          (job) => processProducts({ database, queue, tagger: taggers.of, fetcher, pool, files }, job),
          events,
        ),
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function openDatabase(
  place: CataloguePlace,
  { command, create = false }: CatalogueOptions,
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
  // A lock, and what it was written as, may be there from before.
  if (!isCatalogue && inside?.some((name) => !name.startsWith('lock.json') && name !== 'pictures')) {
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

/** Where the embedded database and the pictures are in a catalogue's folder. */
const databaseFolder = 'database';
const picturesFolder = 'pictures';

async function openFiles(
  place: CataloguePlace,
  pictures: string | undefined,
  database: Database,
): Promise<PictureStore> {
  if (place.kind === 'folder') return openPictureFolder(join(resolve(place.folder), picturesFolder));
  return pictures === undefined ? openPictureTable(database) : openPictureFolder(pictures);
}

/** What a model is called: its run's folder, or its file. */
export const modelName = (path: string): string => basename(resolve(path));
