import type { KeysOf } from '../../../core/catalogue/similarity/shaping.ts';
import { createVectorIndex, type VectorIndex } from '../../../core/catalogue/similarity/vectorIndex.ts';
import { thumbnailSize } from '../../../core/data/pictures/fingerprint.ts';
import { areNearDuplicates, type Fingerprints } from '../../../core/data/pictures/nearDuplicates.ts';
import type { Engine } from '../../../core/engine/start.ts';
import type { Database } from '../database/database.ts';
import {
  changedProducts,
  type IndexedPicture,
  type IndexedProduct,
  indexedPictures,
  removedProducts,
} from '../store/indexed.ts';
import type { StoredModel } from '../store/models.ts';
import { filterOf } from './filter.ts';
import { keysOfProduct, queryKey, type SimilarSource } from './source.ts';

/** Products that are read at once. */
const page = 500;

/** A product that can be found, and the rows of its pictures. */
export interface FoundProduct extends IndexedProduct {
  readonly rows: readonly number[];
}

/** All products of a catalogue in memory, as one model sees them. */
export interface LiveIndex {
  readonly model: StoredModel;
  readonly vectors: VectorIndex;
  /** Of all rows; those that are not in use are undefined. */
  readonly fingerprints: Fingerprints;
  /** Of the last change that it has. */
  readonly revision: number;
  /** How many products can be found. */
  readonly products: number;
  /** All of them, in no particular order. */
  all(): Iterable<FoundProduct>;
  /** Brings it up to date. */
  refresh(onProgress?: (products: number) => void): Promise<void>;
  /** Similar products, searched exactly. */
  readonly source: SimilarSource;
}

export function createLiveIndex(database: Database, { module }: Pick<Engine, 'module'>, model: StoredModel): LiveIndex {
  const vectors = createVectorIndex({ module }, model.dimensions);
  const products = new Map<string, FoundProduct>();
  const owners: (FoundProduct | undefined)[] = [];
  const digests: string[] = [];
  let hashes = new Uint32Array(0);
  let thumbnails = new Uint8Array(0);
  let revision = 0;

  const reserve = (rows: number) => {
    if (2 * rows <= hashes.length) return;
    const capacity = Math.max(1024, 2 * rows);
    const [moreHashes, moreThumbnails] = [new Uint32Array(2 * capacity), new Uint8Array(capacity * thumbnailSize)];
    moreHashes.set(hashes);
    moreThumbnails.set(thumbnails);
    [hashes, thumbnails] = [moreHashes, moreThumbnails];
  };
  const forget = (id: string) => {
    for (const row of products.get(id)?.rows ?? []) {
      vectors.remove(row);
      owners[row] = undefined;
    }
    products.delete(id);
  };
  const insert = (
    { id, group, price, currency, inStock, attributes, category, colours }: IndexedProduct,
    pictures: readonly IndexedPicture[],
  ) => {
    const rows = pictures.map(({ digest, features, high, low, fingerprint }) => {
      const row = vectors.add(Float32Array.from(JSON.parse(features) as number[]));
      reserve(row + 1);
      hashes[2 * row] = high;
      hashes[2 * row + 1] = low;
      thumbnails.set(fingerprint, row * thumbnailSize);
      digests[row] = digest;
      return row;
    });
    const product = { id, group, price, currency, inStock, attributes, category, colours, rows };
    for (const row of rows) owners[row] = product;
    products.set(id, product);
  };
  const refreshNow = async (onProgress: (products: number) => void): Promise<void> => {
    // First, so that what is erased and comes back is there.
    let removed = revision;
    for (const one of await removedProducts(database, revision)) {
      forget(one.id);
      removed = one.revision;
    }
    for (;;) {
      const changed = await changedProducts(database, model.digest, revision, page);
      const shown = changed.filter(({ isShown }) => isShown).map(({ id }) => id);
      const pictures = new Map<string, IndexedPicture[]>();
      for (const picture of await indexedPictures(database, model.digest, shown)) {
        const own = pictures.get(picture.productId);
        if (own) own.push(picture);
        else pictures.set(picture.productId, [picture]);
      }
      for (const product of changed) {
        forget(product.id);
        if (product.isShown) insert(product, pictures.get(product.id) ?? []);
      }
      revision = changed.at(-1)?.revision ?? revision;
      onProgress(products.size);
      if (changed.length < page) break;
    }
    revision = Math.max(revision, removed);
  };
  const keysOf = (own: Fingerprints): KeysOf => {
    const seen: number[] = [];
    return (row) => {
      const all = { hashes, thumbnails };
      const keys = [...keysOfProduct(owners[row]!), `picture ${digests[row]}`];
      for (let i = 0; i < own.hashes.length / 2; i++) if (areNearDuplicates(all, row, own, i)) keys.push(queryKey);
      keys.push(`near ${seen.find((other) => areNearDuplicates(all, row, all, other)) ?? row}`);
      seen.push(row);
      return keys;
    };
  };
  let refreshing: Promise<void> = Promise.resolve();
  return {
    model,
    vectors,
    get fingerprints() {
      return { hashes, thumbnails };
    },
    get revision() {
      return revision;
    },
    get products() {
      return products.size;
    },
    source: {
      model,
      search: {
        nearest: async (query, limit, filter = { attributes: {} }) => {
          const passes = filterOf(filter);
          return vectors.search(query, limit, { allowed: (row) => passes(owners[row]!) });
        },
      },
      async find(id) {
        const product = products.get(id);
        return (
          product && {
            product,
            vectors: product.rows.map((row) => vectors.vector(row)),
            fingerprints: fingerprintsOf({ hashes, thumbnails }, product.rows),
          }
        );
      },
      productOf: (row) => owners[row]!,
      digestOf: (row) => digests[row]!,
      vectorOf: (row) => vectors.vector(row),
      keysOf,
    },
    all: () => products.values(),
    refresh(onProgress = () => undefined) {
      const mine = refreshing.then(() => refreshNow(onProgress));
      refreshing = mine.catch(() => undefined);
      return mine;
    },
  };
}

/** The fingerprints of some rows. */
export function fingerprintsOf({ hashes, thumbnails }: Fingerprints, rows: readonly number[]): Fingerprints {
  const some = { hashes: new Uint32Array(2 * rows.length), thumbnails: new Uint8Array(thumbnailSize * rows.length) };
  for (const [i, row] of rows.entries()) {
    some.hashes.set(hashes.subarray(2 * row, 2 * row + 2), 2 * i);
    some.thumbnails.set(thumbnails.subarray(thumbnailSize * row, thumbnailSize * (row + 1)), thumbnailSize * i);
  }
  return some;
}
