import type { NewJob } from '../jobs/jobQueue.ts';

/** The queue of batches of products whose pictures are to be read and tagged. */
export const productQueue = 'products';

/** Products of one job: enough that a network works on full batches, few enough that a worker that dies loses seconds. */
const perJob = 100;
/** How often a product is tried whose pictures cannot be fetched now, and the pause before the second try; each is four times the last. */
const mostTries = 5;
const firstPauseSeconds = 15;

export interface ProductJob {
  readonly products: readonly string[];
  /** The digest of the model that tags them. */
  readonly model: string;
  /** `given`: pictures where the feed says they are; `stored`: those that the catalogue keeps, for another model. */
  readonly pictures: 'given' | 'stored';
  /** From 0. */
  readonly tries: number;
}

/** Jobs for products that are new or changed, or that another model is to tag. */
export function productJobs(
  ids: readonly string[],
  model: string,
  pictures: ProductJob['pictures'] = 'given',
): [queue: string, jobs: NewJob[]] {
  const jobs: NewJob[] = [];
  for (let from = 0; from < ids.length; from += perJob) {
    const data: ProductJob = { products: ids.slice(from, from + perJob), model, pictures, tries: 0 };
    jobs.push({ data });
  }
  return [productQueue, jobs];
}

/** Another try for products of a job, or undefined where there were enough. */
export function nextTry(
  ids: readonly string[],
  { model, pictures, tries }: ProductJob,
  afterMs: number,
): NewJob | undefined {
  if (tries + 1 >= mostTries) return undefined;
  const pause = Math.max(afterMs, firstPauseSeconds * 1000 * 4 ** tries);
  const data: ProductJob = { products: ids, model, pictures, tries: tries + 1 };
  return { data, startAfter: new Date(Date.now() + pause) };
}
