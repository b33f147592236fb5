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
   * The index of the active model, read when it is first needed. Unless it is followed, it is brought up to date first.
   * @throws SelvedgeError 'bad-model' where the catalogue has no model
   */
  get(onProgress?: (products: number) => void): Promise<LiveIndex>;
  /** Where similar products come from: the database's index, if it has one for the active model, or else memory. */
  source(): Promise<SimilarSource>;
  /** Keeps it up to date from now on. */
  follow(): void;
  stop(): Promise<void>;
}

export function openCurrentIndex(database: Database): CurrentIndex {
  let current: LiveIndex | undefined;
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
  const upToDate = (onProgress?: (products: number) => void): Promise<LiveIndex> => {
    updating ??= update(onProgress).finally(() => {
      updating = undefined;
    });
    return updating;
  };
  const get = (onProgress?: (products: number) => void) =>
    timer && current ? Promise.resolve(current) : upToDate(onProgress);
  return {
    get,
    async source() {
      const model = await activeModel(database);
      return (await hasIndex(database, model)) ? databaseSource(database, model) : (await get()).source;
    },
    follow() {
      // What fails, as without a model, is reported to who asks.
      const look = () => void upToDate().catch(() => undefined);
      timer ??= setInterval(look, pollMs);
      timer.unref();
      look();
    },
    async stop() {
      clearInterval(timer);
      await updating?.catch(() => undefined);
    },
  };
}
