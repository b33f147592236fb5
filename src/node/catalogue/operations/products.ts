import { z } from 'zod';
import { SelvedgeError } from '../../../core/errors.ts';
import type { Catalogue } from '../openCatalogue.ts';
import { productsOf, productsPage, removeProducts } from '../store/products.ts';
import { addReviews, doubtfulProducts, reviewsOf, undoReview } from '../store/reviews.ts';
import { acceptanceAt, shownProduct } from './acceptance.ts';
import { number } from './imports.ts';

/** Text that the database can hold. */
export const text = z
  .string()
  .max(1000)
  .regex(/^[^\0\p{Surrogate}]*$/u, { error: 'it has a character that cannot be stored' });
const id = text.min(1);
/** Of a class's accepted predictions, the share that is right on validation pictures. */
export const precision = z.number().min(0.5).max(0.999).default(0.95);
export const page = { limit: z.int().min(1).max(500).default(50), offset: z.int().min(0).default(0) };

export const productsInput = z.strictObject({
  ids: z.array(id).min(1).max(500).optional(),
  /** Those behind this id, in the order of ids. */
  after: text.default(''),
  limit: page.limit,
  category: text.optional(),
  precision,
});
export const removeInput = z.strictObject({ ids: z.array(id).min(1).max(10_000) });
export const doubtfulInput = z.strictObject({ ...page, below: z.number().min(0).max(1).default(1) });
export const reviewInput = z.strictObject({
  corrections: z
    .array(z.strictObject({ id, category: text.min(1) }))
    .min(1)
    .max(10_000),
  reviewer: text.min(1).max(100),
});
export const undoInput = z.strictObject({ review: number, reviewer: text.min(1).max(100) });
export const reviewsInput = z.strictObject(page);

export function productOperations(catalogue: Catalogue) {
  const { database, files, taggers } = catalogue;
  return {
    async products({ ids, after, limit, category, precision: at }: z.output<typeof productsInput>) {
      const accepts = acceptanceAt((await taggers.active()).model, at);
      const found = ids ? await productsOf(database, ids) : await productsPage(database, { after, limit, category });
      return { products: found.map((product) => shownProduct(product, accepts)) };
    },
    async remove({ ids }: z.output<typeof removeInput>) {
      const known = new Set((await productsOf(database, ids)).map((product) => product.id));
      const missing = ids.find((one) => !known.has(one));
      if (missing !== undefined) {
        throw new SelvedgeError('bad-option', `There is no product ${missing} in the catalogue; nothing was removed.`);
      }
      const { products, pictures } = await database.transaction((transaction) => removeProducts(transaction, ids));
      for (const digest of pictures) await files.remove(digest);
      return { products, pictures: pictures.length };
    },
    doubtful: async (input: z.output<typeof doubtfulInput>) => ({ products: await doubtfulProducts(database, input) }),
    async review({ corrections, reviewer }: z.output<typeof reviewInput>) {
      const reviews = await database.transaction((transaction) => addReviews(transaction, corrections, reviewer));
      return { reviews };
    },
    undo: ({ review, reviewer }: z.output<typeof undoInput>) =>
      database.transaction((transaction) => undoReview(transaction, review, reviewer)),
    reviews: async ({ limit, offset }: z.output<typeof reviewsInput>) => ({
      reviews: await reviewsOf(database, limit, offset),
    }),
    async picture({ digest, kind }: z.output<typeof pictureInput>) {
      const bytes = await files.get(digest, kind);
      if (!bytes) throw new SelvedgeError('missing-file', `The catalogue has no picture ${digest}.`);
      return { bytes: Buffer.from(bytes).toString('base64') };
    },
  };
}

export const pictureInput = z.strictObject({
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  kind: z.enum(['original', 'thumbnail']).default('thumbnail'),
});
