import { areNearDuplicates, type Fingerprints } from '../../../core/data/pictures/nearDuplicates.ts';
import type { Database } from '../database/database.ts';
import type { IndexedPicture } from '../store/indexed.ts';
import { type FoundPicture, findByIndex, findProduct } from '../store/indexSearch.ts';
import type { StoredModel } from '../store/models.ts';
import { keysOfProduct, type ProductFilter, queryKey, type SimilarSource } from './source.ts';

/** What one query finds in the database's approximate index. Rows are numbered as they are found, so each query needs its own. */
export function databaseSource(database: Database, model: StoredModel): SimilarSource {
  const found: FoundPicture[] = [];
  const rows = new Map<string, number>();
  const rowOf = (picture: FoundPicture): number => {
    const key = JSON.stringify([picture.product.id, picture.digest]);
    const known = rows.get(key);
    if (known !== undefined) return known;
    rows.set(key, found.length);
    return found.push(picture) - 1;
  };
  return {
    model,
    search: {
      async nearest(query, limit, filter: ProductFilter = { attributes: {} }) {
        const pictures = await findByIndex(database, model, query, limit, filter);
        return pictures.map((picture) => ({ row: rowOf(picture), score: picture.score }));
      },
    },
    async find(id) {
      const one = await findProduct(database, model, id);
      return (
        one && {
          product: one.product,
          vectors: one.pictures.map(({ features }) => vectorIn(features)),
          fingerprints: fingerprintsIn(one.pictures),
        }
      );
    },
    productOf: (row) => found[row]!.product,
    digestOf: (row) => found[row]!.digest,
    vectorOf: (row) => vectorIn(found[row]!.features),
    keysOf(own) {
      const seen: number[] = [];
      const prints = new Map<number, Fingerprints>();
      const printOf = (row: number) => {
        const print = prints.get(row) ?? fingerprintsIn([found[row]!]);
        prints.set(row, print);
        return print;
      };
      return (row) => {
        const { product, digest } = found[row]!;
        const print = printOf(row);
        const keys = [...keysOfProduct(product), `picture ${digest}`];
        for (let i = 0; i < own.hashes.length / 2; i++) if (areNearDuplicates(print, 0, own, i)) keys.push(queryKey);
        keys.push(`near ${seen.find((other) => areNearDuplicates(print, 0, printOf(other), 0)) ?? row}`);
        seen.push(row);
        return keys;
      };
    },
  };
}

const vectorIn = (text: string): Float32Array => Float32Array.from(JSON.parse(text) as number[]);

function fingerprintsIn(pictures: readonly Pick<IndexedPicture, 'high' | 'low' | 'fingerprint'>[]): Fingerprints {
  const [first] = pictures;
  const thumbnails = new Uint8Array(pictures.length * (first?.fingerprint.length ?? 0));
  for (const [i, { fingerprint }] of pictures.entries()) thumbnails.set(fingerprint, i * fingerprint.length);
  return { hashes: Uint32Array.from(pictures.flatMap(({ high, low }) => [high, low])), thumbnails };
}
