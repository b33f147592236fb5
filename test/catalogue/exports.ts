import type {
  ExportedProduct,
  ExportedTags,
  ExportFormat,
  ExportOptions,
} from '../../src/core/catalogue/exports/types.ts';
import { writeExport } from '../../src/core/catalogue/exports/writeExport.ts';
import type { FileFeedFormat } from '../../src/core/catalogue/feeds/parseFeed.ts';
import { emptyMapping } from '../../src/core/catalogue/mapping.ts';
import type { FeedFormat, FeedProduct } from '../../src/core/catalogue/product.ts';
import { readProducts } from './feeds.ts';

export const exportOptions: ExportOptions = {
  mapping: emptyMapping,
  overwrite: false,
  minimumConfidence: 0,
  title: 'Shop',
  link: 'https://shop.example',
};

export const sneaker: ExportedTags = {
  category: 'Sneaker',
  confidence: 0.9,
  accepted: true,
  inDistribution: true,
  colours: ['red', 'white', 'black', 'grey'],
  googleCategory: 187,
  googlePath: 'Apparel & Accessories > Shoes',
  shopifyCategory: 'gid://shopify/TaxonomyCategory/aa-8-8',
};

export const exported = (
  products: readonly FeedProduct[],
  feedFormat: FeedFormat,
  tags: ExportedTags | null = null,
): ExportedProduct[] => products.map((product) => ({ product, feedFormat, tags }));

export async function exportText(
  format: ExportFormat,
  products: readonly ExportedProduct[],
  options: Partial<ExportOptions> = {},
): Promise<string> {
  async function* source() {
    yield* products;
  }
  let text = '';
  for await (const piece of writeExport(format, source, { ...exportOptions, ...options })) text += piece;
  return text;
}

/** A feed, read and exported. */
export async function throughCatalogue(
  feed: string,
  feedFormat: FileFeedFormat,
  format: ExportFormat,
  tags: ExportedTags | null = null,
  options: Partial<ExportOptions> = {},
): Promise<string> {
  return exportText(format, exported(await readProducts(feedFormat, feed), feedFormat, tags), options);
}
