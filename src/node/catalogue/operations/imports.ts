import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { FileFeedFormat } from '../../../core/catalogue/feeds/parseFeed.ts';
import { parseMapping } from '../../../core/catalogue/mapping.ts';
import { feedFormats } from '../../../core/catalogue/product.ts';
import { SelvedgeError } from '../../../core/errors.ts';
import { placeOfModel } from '../../models.ts';
import { type OpenFeedOptions, openFeed } from '../feeds/openFeed.ts';
import { importFeed } from '../import/importFeed.ts';
import type { Catalogue } from '../openCatalogue.ts';
import { modelName } from '../openCatalogue.ts';
import { productJobs, productQueue } from '../process/jobs.ts';
import { describeModel } from '../process/tagger.ts';
import type { WorkerLoop } from '../process/workerLoop.ts';
import { catalogueCounts, importProblems, importStatus } from '../store/imports.ts';
import { addModel, storedModels } from '../store/models.ts';

export const importInput = z.strictObject({
  /** A feed's file or a folder of pictures, on this machine. */
  source: z.string().min(1),
  format: z.enum(feedFormats).optional(),
  mapping: z.string().optional(),
  complete: z.boolean().default(false),
});

/** A number of the database. */
export const number = z
  .int()
  .min(1)
  .max(2 ** 31 - 1);

/** A feed that came over HTTP. */
export interface UploadedFeed {
  /** Of a file that nothing else changes. */
  readonly path: string;
  /** For the record: who sent it. */
  readonly source: string;
  readonly format?: FileFeedFormat | undefined;
  readonly complete: boolean;
  /** Called when the file is no longer read, also where it could not be. */
  onRead(): void;
}

/** Imports that this process reads. */
export interface Imports {
  /** Opens the feed, and reads it beside what follows. */
  start(input: z.infer<typeof importInput>): Promise<{ readonly import: number }>;
  /** The same of a feed of another machine, which may name no files of this one. */
  upload(feed: UploadedFeed): Promise<{ readonly import: number }>;
  progress(id: number): Promise<ImportProgress>;
  stop(): Promise<void>;
}

export interface ImportProgress {
  /** Of the feed, from 0 to 1. */
  readonly read: number;
  readonly state: 'reading' | 'read' | 'interrupted';
  /** Why reading ended early; empty otherwise. */
  readonly error: string;
  readonly products: number;
  readonly changed: number;
  readonly withdrawn: number;
  readonly problems: number;
  /** Products of the whole catalogue whose pictures are still to be processed. */
  readonly waiting: number;
  readonly failed: number;
  /** Whether a job is left that would process those that wait; without one, they are in jobs that failed for good. */
  readonly isWorking: boolean;
}

export function createImports(catalogue: Catalogue, loop: () => WorkerLoop): Imports {
  const { database, queue } = catalogue;
  const stopping = new AbortController();
  const running = new Map<number, { read: number; error: string; done: Promise<void> }>();
  const begin = async (
    path: string,
    source: string,
    complete: boolean,
    options: OpenFeedOptions,
    onRead = () => {},
  ): Promise<{ readonly import: number }> => {
    let reading = false;
    try {
      const models = (await storedModels(database)).filter(({ state }) => state !== 'former');
      if (models.length === 0) {
        throw new SelvedgeError('bad-model', 'The catalogue has no model; name a run or a model with --model.');
      }
      const feed = await openFeed(path, { ...options, signal: stopping.signal });
      const worker = loop();
      const state = { read: 0, error: '', done: Promise.resolve() };
      const started = new Promise<number>((resolve, reject) => {
        reading = true;
        state.done = importFeed({
          database,
          queue,
          feed,
          source,
          models: models.map(({ digest }) => digest),
          complete,
          signal: stopping.signal,
          onStart: resolve,
          onProgress(share) {
            state.read = share;
            worker.wake();
          },
        })
          .then(
            () => {
              state.read = 1;
            },
            (error: Error) => {
              state.error = error.message;
              reject(error);
            },
          )
          .finally(onRead);
      });
      const id = await started;
      running.set(id, state);
      return { import: id };
    } finally {
      if (!reading) onRead();
    }
  };
  return {
    start: async ({ source, format, mapping, complete }) =>
      begin(source, source, complete, {
        ...(format && { format }),
        ...(mapping !== undefined && { mapping: parseMapping(await readFile(mapping, 'utf8'), mapping) }),
      }),
    upload: ({ path, source, format, complete, onRead }) =>
      begin(path, source, complete, { ...(format && { format }), name: 'The feed', localPictures: false }, onRead),
    async progress(id) {
      const status = await importStatus(database, id);
      if (!status) throw noImport(id);
      // Before the products: a job that ends in between has processed them.
      const jobs = await queue.pending(productQueue);
      const { waiting, failed } = await catalogueCounts(database);
      const own = running.get(id);
      const { state, products, changed, withdrawn, problems } = status;
      const isLost = state === 'reading' && (own === undefined || own.error !== '');
      return {
        read: own?.read ?? (state === 'read' ? 1 : 0),
        state: isLost ? 'interrupted' : state,
        error: own?.error ?? '',
        products,
        changed,
        withdrawn,
        problems,
        waiting,
        failed,
        isWorking: jobs > 0 && waiting > 0,
      };
    },
    async stop() {
      stopping.abort();
      await Promise.all([...running.values()].map(({ done }) => done));
    },
  };
}

/**
 * Adds a model from a run's folder or a model's file. Where another one is active, it tags all products in the background, and
 * replaces the other when it is done.
 */
export async function addCatalogueModel(
  { database, queue }: Pick<Catalogue, 'database' | 'queue'>,
  path: string,
): Promise<'active' | 'incoming'> {
  const { file } = await placeOfModel(path);
  const bytes = await readFile(file).catch((cause: Error) => {
    throw new SelvedgeError('missing-file', `There is no model at ${file}; name a run's folder or a model's file.`, {
      cause,
    });
  });
  const digest = createHash('sha256').update(bytes).digest('hex');
  const known = (await storedModels(database)).find((model) => model.digest === digest);
  if (known?.state === 'active') return 'active';
  const { model, dimensions } = await describeModel(bytes, file);
  return database.transaction(async (transaction) => {
    const state = await addModel(transaction, {
      digest,
      name: modelName(path),
      classNames: model.classNames,
      dimensions,
      file: bytes,
    });
    if (state === 'active') return 'active';
    const ready = await transaction.query<{ id: string }>(
      `SELECT id FROM products p WHERE state = 'ready' AND NOT withdrawn
         AND NOT EXISTS (SELECT FROM tags t WHERE t.product_id = p.id AND t.model = $1) ORDER BY id`,
      [digest],
    );
    await queue.send(
      ...productJobs(
        ready.map(({ id }) => id),
        digest,
        'stored',
      ),
      transaction,
    );
    return 'incoming';
  });
}

const noImport = (id: number) => new SelvedgeError('bad-option', `There is no import ${id}.`);

export async function listProblems({ database }: Catalogue, id: number) {
  if (!(await importStatus(database, id))) throw noImport(id);
  return { problems: await importProblems(database, id) };
}
