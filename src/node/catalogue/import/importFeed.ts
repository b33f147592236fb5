import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FeedEntry, FeedProduct } from '../../../core/catalogue/product.ts';
import { SelvedgeError } from '../../../core/errors.ts';
import type { Database } from '../database/database.ts';
import type { OpenFeed } from '../feeds/openFeed.ts';
import type { JobQueue } from '../jobs/jobQueue.ts';
import { productJobs } from '../process/jobs.ts';
import { isRemote } from '../process/sources.ts';
import { countImport, endImport, type ImportProblem, startImport } from '../store/imports.ts';
import { contentHash, type IncomingProduct, upsertProducts, withdrawOthers } from '../store/products.ts';

/** Products that are compared and stored together. */
const together = 500;

export interface ImportOptions {
  readonly database: Database;
  readonly queue: JobQueue;
  readonly feed: OpenFeed;
  /** For the record: the feed's path or address. */
  readonly source: string;
  /** Digests of the models that tag what is new. */
  readonly models: readonly string[];
  /** Withdraw products that the feed does not name. */
  readonly complete: boolean;
  /** Called as rows are stored, with the share of the feed that was read. */
  readonly onProgress?: (share: number, products: number) => void;
  readonly onStart?: (id: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Stores what a feed says, and enqueues what is new or changed. What is stored stays stored, so an import that was interrupted is
 * continued by starting it again.
 * @returns the import's number
 * @throws SelvedgeError as the feed's reader does, and 'aborted'
 */
export async function importFeed(options: ImportOptions): Promise<number> {
  const { database, queue, feed, source, models, complete, onProgress, signal } = options;
  const id = await startImport(database, source, feed.format);
  options.onStart?.(id);
  let products: FeedProduct[] = [];
  let problems: ImportProblem[] = [];
  let total = 0;
  /** Products with a mistake in their rows are not missing. */
  const mistaken: string[] = [];
  const store = async () => {
    if (products.length + problems.length === 0) return;
    const incoming = await Promise.all(products.map((product) => withHash(product, feed.folder)));
    await database.transaction(async (transaction) => {
      const { changed } = await upsertProducts(transaction, id, feed.format, feed.folder, incoming);
      for (const model of models) await queue.send(...productJobs(changed, model), transaction);
      await countImport(transaction, id, { products: products.length, changed: changed.length }, problems);
    });
    total += products.length;
    products = [];
    problems = [];
    onProgress?.(feed.size === 0 ? 1 : feed.bytesRead() / feed.size, total);
  };
  for await (const entry of feed.entries as AsyncIterable<FeedEntry>) {
    if (signal?.aborted) {
      throw new SelvedgeError('aborted', 'Stopped; what was read is stored, and the same command goes on from there.');
    }
    if (entry.kind === 'product') products.push(entry.product);
    else {
      problems.push({ line: entry.line, id: entry.id, reason: entry.reason });
      if (entry.id !== '') mistaken.push(entry.id);
    }
    if (products.length >= together || problems.length >= together) await store();
  }
  await store();
  await database.transaction(async (transaction) => {
    const withdrawn = complete ? await withdrawOthers(transaction, id, mistaken) : 0;
    await endImport(transaction, id, withdrawn);
  });
  // The embedded database does not do it by itself.
  if (database.kind === 'folder') await database.execute('ANALYZE');
  return id;
}

async function withHash(product: FeedProduct, folder: string | null): Promise<IncomingProduct> {
  if (folder === null) return { product, hash: contentHash(product, []) };
  const files = await Promise.all(
    product.pictures
      .filter((address) => !isRemote(address))
      .map(async (address) => {
        const found = await stat(join(folder, address)).catch(() => undefined);
        return found ? `${found.size} ${found.mtimeMs}` : '';
      }),
  );
  return { product, hash: contentHash(product, files) };
}
