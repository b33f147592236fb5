import { z } from 'zod';
import type { Catalogue } from '../openCatalogue.ts';
import type { WorkerLoop } from '../process/workerLoop.ts';
import { openCurrentIndex } from '../similar/currentIndex.ts';
import { catalogueCounts } from '../store/imports.ts';
import { storedModels } from '../store/models.ts';
import { indexOperations, recallInput } from './approximateIndex.ts';
import { backupInput, backupOperations } from './backups.ts';
import { duplicatesInput, duplicatesOperation } from './duplicates.ts';
import { exportInput, exportOperation } from './exports.ts';
import { addCatalogueModel, createImports, importInput, listProblems, number } from './imports.ts';
import {
  doubtfulInput,
  pictureInput,
  productOperations,
  productsInput,
  removeInput,
  reviewInput,
  reviewsInput,
  undoInput,
} from './products.ts';

import { similarInput, similarOperation } from './similar.ts';

/** An operation of a catalogue, with its input as JSON has it. */
interface Operation<Input, Output> {
  readonly input: z.ZodType<Input, unknown>;
  run(input: Input): Promise<Output>;
}

const nothing = z.strictObject({});
const importNumber = z.strictObject({ import: number });

/** Where jobs are left to other processes. */
const elsewhere: WorkerLoop = { wake: () => {}, check: () => {}, stop: async () => {} };

/**
 * What a process that has a catalogue open can do with it. Commands call it directly, or through the server that holds the folder.
 * Inputs and outputs are JSON.
 * @param works whether this process works on jobs
 */
export function createCatalogueService(catalogue: Catalogue, { works = true }: { readonly works?: boolean } = {}) {
  let loop: WorkerLoop | undefined;
  const work = () => {
    loop ??= works ? catalogue.work() : elsewhere;
    return loop;
  };
  const imports = createImports(catalogue, work);
  const { database, queue } = catalogue;
  const products = productOperations(catalogue);
  const index = openCurrentIndex(database);
  const backups = backupOperations(catalogue);
  const approximate = indexOperations(catalogue, index);
  const operations = {
    addModel: operation(z.strictObject({ path: z.string() }), async ({ path }) => ({
      state: await addCatalogueModel(catalogue, path),
    })),
    startImport: operation(importInput, (input) => imports.start(input)),
    importProgress: operation(importNumber, ({ import: id }) => imports.progress(id)),
    importProblems: operation(importNumber, ({ import: id }) => listProblems(catalogue, id)),
    status: operation(nothing, async () => ({
      products: await catalogueCounts(database),
      models: await storedModels(database),
      deadLetters: (await queue.deadLetters()).length,
    })),
    products: operation(productsInput, products.products),
    similar: operation(similarInput, similarOperation(catalogue, index)),
    duplicates: operation(duplicatesInput, duplicatesOperation(index)),
    buildIndex: operation(nothing, approximate.buildIndex),
    dropIndex: operation(nothing, approximate.dropIndex),
    backup: operation(backupInput, backups.backup),
    backupProgress: operation(nothing, backups.backupProgress),
    recall: operation(recallInput, approximate.recall),
    export: operation(exportInput, exportOperation(catalogue)),
    remove: operation(removeInput, products.remove),
    doubtful: operation(doubtfulInput, products.doubtful),
    review: operation(reviewInput, products.review),
    undo: operation(undoInput, products.undo),
    reviews: operation(reviewsInput, products.reviews),
    picture: operation(pictureInput, products.picture),
    deadLetters: operation(nothing, async () => ({ deadLetters: await queue.deadLetters() })),
    retry: operation(z.strictObject({ ids: z.array(z.uuid()).optional() }), async ({ ids }) => {
      const retried = await queue.retry(ids);
      work().wake();
      return { retried };
    }),
  };
  return {
    operations,
    imports,
    work,
    /** Keeps the index of similar items in memory, up to date. */
    follow: () => index.follow(),
    index,
    /** Works again after what {@link check} reports, such as a full disk that is no longer full. */
    resume() {
      loop = undefined;
      work();
    },
    /** @throws what stopped the work, such as a full disk */
    check: async () => loop?.check(),
    async close() {
      try {
        await imports.stop();
        // It throws what stopped the work.
        await loop?.stop();
      } finally {
        await index.stop();
        await catalogue.close();
      }
    },
  };
}

function operation<Input, Output>(
  input: z.ZodType<Input, unknown>,
  run: (input: Input) => Promise<Output>,
): Operation<Input, Output> {
  return { input, run };
}

export type CatalogueService = ReturnType<typeof createCatalogueService>;
export type CatalogueOperations = CatalogueService['operations'];
export type OperationName = keyof CatalogueOperations;
export type InputOf<Name extends OperationName> = z.input<CatalogueOperations[Name]['input']>;
export type OutputOf<Name extends OperationName> = Awaited<ReturnType<CatalogueOperations[Name]['run']>>;
