import type { Database } from '../database/database.ts';
import { activeModel, modelFile, storedModels } from '../store/models.ts';
import { openTagger, type Tagger } from './tagger.ts';

/** The catalogue's models, opened when they are first needed. */
export interface Taggers {
  /** Undefined for a model that is not used any more. */
  of(digest: string): Promise<Tagger | undefined>;
  /** @throws SelvedgeError 'bad-model' where the catalogue has none */
  active(): Promise<Tagger>;
  close(): Promise<void>;
}

export function openTaggers(database: Database, threads: number): Taggers {
  const open = new Map<string, Promise<Tagger>>();
  const of = async (digest: string): Promise<Tagger | undefined> => {
    const used = (await storedModels(database)).filter(({ state }) => state !== 'former');
    for (const [other, tagger] of open) {
      if (used.some((model) => model.digest === other)) continue;
      open.delete(other);
      void tagger.then((one) => one.close());
    }
    const model = used.find((one) => one.digest === digest);
    if (!model) return undefined;
    let tagger = open.get(digest);
    if (!tagger) {
      tagger = modelFile(database, digest).then((file) => openTagger(file, model.name, threads));
      open.set(digest, tagger);
      // Another attempt may succeed.
      tagger.catch(() => open.delete(digest));
    }
    return tagger;
  };
  return {
    of,
    active: async () => (await of((await activeModel(database)).digest))!,
    async close() {
      await Promise.all([...open.values()].map(async (tagger) => (await tagger).close()));
    },
  };
}
