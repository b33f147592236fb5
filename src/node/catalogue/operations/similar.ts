import { z } from 'zod';
import { similarTo, visibleScore } from '../../../core/catalogue/similarity/shaping.ts';
import { meanQuery } from '../../../core/catalogue/similarity/vectors.ts';
import { type SharedTraits, whyAlike } from '../../../core/catalogue/similarity/whyAlike.ts';
import type { Fingerprints } from '../../../core/data/pictures/nearDuplicates.ts';
import { SelvedgeError } from '../../../core/errors.ts';
import type { Catalogue } from '../openCatalogue.ts';
import type { CurrentIndex } from '../similar/currentIndex.ts';
import { type AskedProduct, keysOfProduct, queryKey, type SimilarSource } from '../similar/source.ts';
import type { StoredModel } from '../store/models.ts';
import { productsOf } from '../store/products.ts';
import { text } from './products.ts';

export const filterSchema = z.strictObject({
  category: text.optional(),
  colour: text.optional(),
  /** Columns of the feed with the texts that they should have; case does not matter. */
  attributes: z
    .record(text, text)
    .refine((given) => Object.keys(given).length <= 50, 'at most 50 attributes can be named')
    .default({}),
  minimumPrice: z.number().min(0).optional(),
  maximumPrice: z.number().min(0).optional(),
  currency: text.optional(),
  inStock: z.boolean().optional(),
});

export const similarInput = z
  .strictObject({
    /** Products that are asked about. */
    ids: z.array(text.min(1)).max(50).default([]),
    /** Pictures that are asked about, base64 of PNG, JPEG or WebP files. They are not kept. */
    pictures: z.array(z.base64()).max(10).default([]),
    limit: z.int().min(1).max(200).default(10),
    /** The least score, from 0 to 1. */
    minimumScore: z.number().min(0).max(1).default(0),
    /** From 0, the most similar ones, to 1, the most different of the candidates. */
    diversity: z.number().min(0).max(1).default(0),
    filter: filterSchema.default({ attributes: {} }),
  })
  .refine(({ ids, pictures }) => ids.length + pictures.length > 0, 'name a product or send a picture');

export interface SimilarProduct {
  readonly id: string;
  readonly title: string;
  readonly link: string;
  /** The cosine of the features, from 0 to 1. */
  readonly score: number;
  readonly category: string | null;
  readonly colours: readonly string[];
  readonly price: { readonly amount: string; readonly currency: string } | null;
  /** Digest of its picture that is most similar. */
  readonly picture: string;
  /** Other products that this one stands for: variants, and products with nearly the same picture. */
  readonly alsoAs: readonly string[];
  /** What it shares with what was asked about; null where that has no tags. */
  readonly shared: SharedTraits | null;
}

export function similarOperation({ pool, taggers, database }: Catalogue, current: CurrentIndex) {
  return async (input: z.output<typeof similarInput>): Promise<{ products: SimilarProduct[] }> => {
    const { ids, limit, minimumScore, diversity, filter } = input;
    const source = await current.source();
    const asked = await Promise.all(ids.map((id) => askedProduct(source, id)));
    const sent =
      input.pictures.length === 0 ? undefined : await sentPictures({ pool, taggers }, source.model, input.pictures);
    const query = meanQuery([...asked.flatMap(({ vectors }) => vectors), ...(sent?.vectors ?? [])]);
    const found = await similarTo(source.search, query, {
      limit,
      minimumScore: minimumScore > 0 ? minimumScore : -1,
      lambda: 1 - diversity,
      filter,
      keysOf: source.keysOf(joined([...asked.map(({ fingerprints }) => fingerprints), ...(sent?.fingerprints ?? [])])),
      ownKeys: [queryKey, ...asked.flatMap(({ product }) => keysOfProduct(product))],
      vectorOf: source.vectorOf,
    });
    const details = await productsOf(
      database,
      found.map(({ row }) => source.productOf(row).id),
    );
    const byId = new Map(details.map((one) => [one.id, one]));
    const [first] = asked;
    return {
      products: found.flatMap(({ row, score, collapsed }) => {
        const product = source.productOf(row);
        const stored = byId.get(product.id);
        if (!stored) return [];
        const others = new Set(collapsed.map((other) => source.productOf(other).id));
        others.delete(product.id);
        return [
          {
            id: product.id,
            title: stored.title,
            link: stored.link,
            score: visibleScore(score),
            category: product.category,
            colours: product.colours,
            price: stored.price,
            picture: source.digestOf(row),
            alsoAs: [...others],
            shared: first ? whyAlike(first.product, product) : null,
          },
        ];
      }),
    };
  };
}

async function askedProduct(source: SimilarSource, id: string): Promise<AskedProduct> {
  const product = await source.find(id);
  if (!product) throw new SelvedgeError('bad-option', `There is no product ${id} in the catalogue that is tagged.`);
  if (product.vectors.length === 0) throw new SelvedgeError('bad-option', `The product ${id} has no usable picture.`);
  return product;
}

/** Features and fingerprints of pictures that are asked about. */
async function sentPictures(
  { pool, taggers }: Pick<Catalogue, 'pool' | 'taggers'>,
  model: StoredModel,
  pictures: readonly string[],
) {
  const tagger = await taggers.of(model.digest);
  if (!tagger) throw new SelvedgeError('bad-model', 'The model is being replaced; ask again.');
  const prepared = await pool.prepare({
    pictures: pictures.map((text, i) => ({ name: `picture ${i + 1}`, bytes: Buffer.from(text, 'base64') })),
    target: tagger.target,
    ...(tagger.fitted && { fitted: tagger.fitted }),
  });
  const usable = prepared.map((picture) => {
    if ('reason' in picture) throw new SelvedgeError('bad-image', picture.reason);
    if (picture.input === null || 'reason' in picture.input) {
      throw new SelvedgeError('bad-image', picture.input?.reason ?? 'The picture cannot be used.');
    }
    return { fingerprint: picture.fingerprint, input: picture.input, digest: picture.digest };
  });
  const answers = await tagger.answer(usable);
  return {
    vectors: answers.map(({ features }) => features),
    fingerprints: usable.map(({ fingerprint: { hash, thumbnail } }) => ({
      hashes: Uint32Array.from(hash),
      thumbnails: thumbnail,
    })),
  };
}

/** Several sets of fingerprints as one. */
function joined(sets: readonly Fingerprints[]): Fingerprints {
  const hashes = sets.flatMap((one) => [...one.hashes]);
  const thumbnails = Buffer.concat(sets.map((one) => one.thumbnails));
  return { hashes: Uint32Array.from(hashes), thumbnails };
}
