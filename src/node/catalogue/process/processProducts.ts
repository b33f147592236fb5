import type { Database } from '../database/database.ts';
import type { PictureFetcher } from '../fetching/createPictureFetcher.ts';
import { FetchError } from '../fetching/fetchError.ts';
import type { HeldJob, JobQueue } from '../jobs/jobQueue.ts';
import type { PicturePool } from '../pictures/picturePool.ts';
import type { PictureStore } from '../pictures/pictureStore.ts';
import type { CataloguePicture, PictureSource, Unusable } from '../pictures/pictureTask.ts';
import { activateWhenDone } from '../store/models.ts';
import { unprocessedProducts } from '../store/products.ts';
import {
  embeddedDigests,
  type PictureResult,
  type ProductResult,
  storedEmbeddings,
  writeResults,
} from '../store/results.ts';
import { nextTry, type ProductJob, productJobs, productQueue } from './jobs.ts';
import { isRemote } from './sources.ts';
import type { Tagger } from './tagger.ts';
import { type PictureTags, tagsOf } from './tags.ts';

export interface Processing {
  readonly database: Database;
  readonly queue: JobQueue;
  /** The model of a digest; undefined where it is not used any more. */
  readonly tagger: (digest: string) => Promise<Tagger | undefined>;
  readonly fetcher: PictureFetcher;
  readonly pool: PicturePool;
  readonly files: PictureStore;
}

/** Pictures that a thread of the pool prepares at once. */
const perTask = 16;

/** A picture on its way: where it stands, and what is known of it so far. */
interface Task {
  readonly product: string;
  readonly result: { -readonly [K in keyof PictureResult]: PictureResult[K] };
  source: PictureSource | undefined;
  /** Read from what the catalogue keeps. */
  isKept: boolean;
  /** Its host may answer later. */
  again: boolean;
}

/**
 * Reads, tags and embeds a batch of products, and writes all of it at once. A product of which no picture can be used fails with a
 * sentence; one whose pictures cannot be fetched now is tried again later.
 * @throws what stops the whole batch: a lost lease, a full disk, a dead thread
 */
export async function processProducts(processing: Processing, job: HeldJob<ProductJob>): Promise<void> {
  const { database, queue, files } = processing;
  const tagger = await processing.tagger(job.data.model);
  if (!tagger) return job.finish(async () => {});
  const isStored = job.data.pictures === 'stored';
  const products = await unprocessedProducts(database, job.data.products);
  const tasks: Task[] = products.flatMap(({ id, folder, pictures }) =>
    pictures.map(({ position, address, digest, etag, lastModified }) => ({
      product: id,
      result: { position, address, digest, etag, lastModified, problem: '' },
      source: isStored || isRemote(address) || folder === null ? undefined : { folder, path: address },
      isKept: false,
      again: false,
    })),
  );
  let latest = 0;
  await Promise.all(
    tasks.map(async (task) => {
      if (!isStored && isRemote(task.result.address)) {
        latest = Math.max(latest, await fetchOne(processing, task, job.signal));
      }
    }),
  );
  await fromStore(processing, tagger, tasks);
  job.signal.throwIfAborted();

  const read = tasks.filter(({ source }) => source !== undefined);
  const prepared = await prepareAll(processing.pool, read, tagger);
  const usable = read.flatMap((task, i) => {
    const picture = prepared[i]!;
    if (!('digest' in picture) || picture.input === null || 'reason' in picture.input) {
      const { reason } = ('digest' in picture ? picture.input : picture) as Unusable;
      task.result.digest = null;
      task.result.problem = reason;
      return [];
    }
    // What the catalogue keeps was encoded again; it goes by the digest of what came.
    const digest = task.isKept ? task.result.digest! : picture.digest;
    task.result.digest = digest;
    return [{ ...picture, digest, input: picture.input, isKept: task.isKept }];
  });
  job.signal.throwIfAborted();
  const digests = [...new Set(tasks.flatMap(({ result }) => result.digest ?? []))];
  const known = await storedEmbeddings(database, tagger.digest, digests);
  const fresh = [...new Map(usable.map((one) => [one.digest, one])).values()].filter(
    ({ digest }) => !known.has(digest),
  );
  const embeddings = await tagger.answer(fresh);
  // Before the database says that they exist. What is put twice is the same.
  await files.put(fresh.filter(({ isKept }) => !isKept));
  job.signal.throwIfAborted();

  const colours = new Map(usable.map((one) => [one.digest, one.colours]));
  const answers = new Map<string, PictureTags>([
    ...known,
    ...embeddings.map((one) => [one.digest, { ...one, colours: colours.get(one.digest)! }] as const),
  ]);
  const results: ProductResult[] = [];
  const waiting: string[] = [];
  const lost: string[] = [];
  for (const { id } of products) {
    const own = tasks.filter(({ product }) => product === id);
    const pictures = own.map(({ result }) => result);
    const found = pictures.flatMap(({ digest }) => (digest === null ? [] : (answers.get(digest) ?? [])));
    if (own.some(({ again }) => again)) waiting.push(id);
    if (found.length === 0 && own.some(({ again }) => again)) continue;
    const tags = tagsOf(tagger.model.classNames, found);
    // What the catalogue kept is gone: the picture is read where the feed says it is.
    if (tags === null && isStored) {
      lost.push(id);
      continue;
    }
    const [problem = 'No picture.'] = pictures.flatMap(({ problem }) => (problem === '' ? [] : [problem]));
    results.push({ id, pictures, tags, problem: tags === null ? problem : '' });
  }
  const retry = waiting.length === 0 ? undefined : nextTry(waiting, job.data, latest);
  if (waiting.length > 0 && !retry) {
    // Enough tries: those without any usable picture have failed.
    const done = new Set(results.map(({ id }) => id));
    for (const id of waiting.filter((one) => !done.has(one))) {
      const pictures = tasks.filter(({ product }) => product === id).map(({ result }) => result);
      results.push({ id, pictures, tags: null, problem: pictures.find(({ problem }) => problem !== '')!.problem });
    }
  }
  await job.finish(async (transaction) => {
    await writeResults(transaction, tagger.digest, fresh, embeddings, results, !isStored);
    if (retry) await queue.send(productQueue, [retry], transaction);
    await queue.send(...productJobs(lost, tagger.digest), transaction);
    await activateWhenDone(transaction);
  });
}

/** Pictures that need no fetching, and that this model has not answered for yet, are read from what the catalogue keeps. */
async function fromStore({ database, files }: Processing, tagger: Tagger, tasks: readonly Task[]): Promise<void> {
  const kept = tasks.filter(({ source, result }) => source === undefined && result.digest !== null);
  const digests = kept.map(({ result }) => result.digest!);
  const known = await embeddedDigests(database, tagger.digest, digests);
  for (const task of kept) {
    const { digest, address } = task.result;
    if (known.has(digest!)) continue;
    const bytes = await files.get(digest!, 'original');
    if (!bytes) {
      task.result.problem = `${address} is no longer in the catalogue's pictures; import it again.`;
      task.result.digest = null;
      continue;
    }
    task.source = { name: address, bytes };
    task.isKept = true;
  }
}

async function prepareAll(
  pool: PicturePool,
  tasks: readonly Task[],
  { target, fitted }: Tagger,
): Promise<(CataloguePicture | Unusable)[]> {
  const sources = tasks.map(({ source }) => source!);
  const parts: Promise<(CataloguePicture | Unusable)[]>[] = [];
  for (let from = 0; from < sources.length; from += perTask) {
    parts.push(pool.prepare({ pictures: sources.slice(from, from + perTask), target, ...(fitted && { fitted }) }));
  }
  return (await Promise.all(parts)).flat();
}

/** @returns after how many milliseconds its host wants to be asked again */
async function fetchOne({ fetcher }: Processing, task: Task, signal: AbortSignal): Promise<number> {
  const { result } = task;
  const { digest, address, etag, lastModified } = result;
  try {
    const previous =
      digest === null ? {} : { ...(etag !== null && { etag }), ...(lastModified !== null && { lastModified }) };
    const fetched = await fetcher.fetch(address, previous, signal);
    result.etag = fetched.etag ?? null;
    result.lastModified = fetched.lastModified ?? null;
    if (fetched.kind === 'fetched') task.source = { name: address, bytes: fetched.bytes };
    return 0;
  } catch (error) {
    if (!(error instanceof FetchError)) throw error;
    // What was fetched before stays in use.
    result.problem = error.message;
    task.again = error.retryable;
    return error.retryAfterMs ?? 0;
  }
}
