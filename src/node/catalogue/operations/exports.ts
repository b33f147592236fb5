import { z } from 'zod';
import type { ExportedProduct } from '../../../core/catalogue/exports/types.ts';
import type { Catalogue } from '../openCatalogue.ts';
import { productsPage } from '../store/products.ts';
import { acceptanceAt, exportedProduct } from './acceptance.ts';
import { precision, text } from './products.ts';

export const exportInput = z.strictObject({
  after: text.default(''),
  limit: z.int().min(1).max(1000).default(500),
  precision,
});

/** A page of products as exports take them, in the order of their ids. */
export function exportOperation({ database, taggers }: Catalogue) {
  return async ({
    after,
    limit,
    precision: at,
  }: z.output<typeof exportInput>): Promise<{ products: ExportedProduct[] }> => {
    const accepts = acceptanceAt((await taggers.active()).model, at);
    const products = await productsPage(database, { after, limit });
    return { products: products.map((product) => exportedProduct(product, accepts)) };
  };
}
