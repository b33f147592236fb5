import { nodeEngine } from '../../engine.ts';
import type { Database } from '../database/database.ts';
import { hasIndex } from '../store/indexSearch.ts';
import { activeModel } from '../store/models.ts';
import { databaseSource } from './databaseSource.ts';
import { createLiveIndex, type LiveIndex } from './liveIndex.ts';
import type { SimilarSource } from './source.ts';

/** How often a process that serves looks for changes, in milliseconds: new products are found within 5 s. */
const pollMs = 1000;

export interface CurrentIndex {
  /**
   * The index of the active model in memory, brought up to date.
   * @throws SelvedgeError 'bad-model' where the catalogue has no model
   */
  get(onProgress?: (products: number) => void): Promise<LiveIndex>;
  /**
   * Where similar products come from: the database's index, if it has one for the active model, or else memory. Where it is followed,
   * that is what was found at the last look.
   */
  source(): Promise<SimilarSource>;
  /** Keeps it up to date from now on. */
  follow(): void;
  stop(): Promise<void>;
}

export function openCurrentIndex(database: Database): CurrentIndex {
  let current: LiveIndex | undefined;
  /** What a process that follows answers from, as of its last look. */
  let followed: (() => SimilarSource) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let updating: Promise<LiveIndex> | undefined;
  const update = async (onProgress?: (products: number) => void): Promise<LiveIndex> => {
    const model = await activeModel(database);
    // Another model's index is built beside the one that answers.
    const isSame = current?.model.digest === model.digest;
    const index = isSame ? current! : createLiveIndex(database, await nodeEngine(), model);
    await index.refresh(onProgress);
    current = index;
    return index;
  };
  /** One update at a time. */
  const get = (onProgress?: (products: number) => void): Promise<LiveIndex> => {
    updating ??= update(onProgress).finally(() => {
      updating = undefined;
    });
    return updating;
  };
  const look = async (): Promise<() => SimilarSource> => {
    const model = await activeModel(database);
    if (await hasIndex(database, model)) return () => databaseSource(database, model);
    const { source } = await get();
    return () => source;
  };
  return {
    get,
    source: async () => (followed ?? (await look()))(),
    follow() {
      let isLooking = false;
      const keepUp = async () => {
        if (isLooking) return;
        isLooking = true;
        // What fails, as without a model, is reported to who asks.
        followed = await look().catch(() => undefined);
        isLooking = false;
      };
      timer ??= setInterval(() => void keepUp(), pollMs);
      timer.unref();
      void keepUp();
    },
    async stop() {
      clearInterval(timer);
      await updating?.catch(() => undefined);
    },
  };
}
