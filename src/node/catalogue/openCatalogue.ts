import { basename, join, resolve } from 'node:path';
import type { CataloguePlace } from './database/address.ts';
import type { Database } from './database/database.ts';
import type { FolderLock } from './database/folderLock.ts';
import { createPictureFetcher, type PictureFetcher } from './fetching/createPictureFetcher.ts';
import type { JobQueue } from './jobs/jobQueue.ts';
import { openStore, picturesFolder, type StoreOptions } from './openStore.ts';
import { openPictureTable } from './pictures/databaseStore.ts';
import { openPictureFolder } from './pictures/folderStore.ts';
import { openPicturePool, type PicturePool } from './pictures/picturePool.ts';
import type { PictureStore } from './pictures/pictureStore.ts';
import { type ProductJob, productQueue } from './process/jobs.ts';
import { processProducts } from './process/processProducts.ts';
import { openTaggers, type Taggers } from './process/taggers.ts';
import { startWorkerLoop, type WorkerEvents, type WorkerLoop } from './process/workerLoop.ts';

export interface CatalogueOptions extends Omit<StoreOptions, 'queues'> {
  /** Other queues than the catalogue's. */
  readonly queues?: readonly string[];
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
  const { threads, queues = [] } = options;
  const { database, queue, lock, close } = await openStore(place, {
    ...options,
    queues: [...catalogueQueues, ...queues],
  });
  const closing: (() => unknown)[] = [close];
  const closeAll = async () => {
    const failures: unknown[] = [];
    for (const close of closing.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  };
  try {
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
    await closeAll().catch(() => undefined);
    throw error;
  }
}

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
