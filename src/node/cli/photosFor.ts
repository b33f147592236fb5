import { SelvedgeError } from '../../core/errors.ts';
import type { ServableModel } from '../../core/model/model.ts';
import { placeOfModel } from '../models.ts';
import { readRun } from '../runs/readRun.ts';
import type { LoadingOptions } from './loading.ts';

/**
 * How photos are loaded for a model: resized to its input, and with the split of its run, so that its test pictures are those that it was not
 * trained on.
 * @param path the run's folder, or the model's file
 */
export async function photosFor(model: ServableModel, path: string): Promise<LoadingOptions> {
  const run = await readRun((await placeOfModel(path)).folder).catch((error: unknown) => {
    // A model's file may be without its run.
    if (error instanceof SelvedgeError && error.code === 'missing-file') return undefined;
    throw error;
  });
  return { shape: model.preprocessing.reshape, splitSeed: run?.configuration.validationSeed };
}
