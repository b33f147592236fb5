import { categoryName } from './fill.ts';
import type { ExportOptions, ProductSource } from './types.ts';

/** Writes JSON Lines: products and what the model says about them, accepted or not. Reading them again gives the same products. */
export async function* writeJsonLines(products: ProductSource, { mapping }: ExportOptions): AsyncGenerator<string> {
  for await (const { product, tags } of products()) {
    const { source: _, ...own } = product;
    yield `${JSON.stringify({ ...own, tags: tags ? { ...tags, shopCategory: categoryName(tags, mapping) } : null })}\n`;
  }
}
