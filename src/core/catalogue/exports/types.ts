import type { ShopMapping } from '../mapping.ts';
import type { FeedFormat, FeedProduct } from '../product.ts';

export const exportFormats = ['google', 'shopify', 'csv', 'jsonl'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** What the model says about a product. */
export interface ExportedTags {
  /** A class of the model. */
  readonly category: string;
  /** Calibrated, from 0 to 1. */
  readonly confidence: number;
  /** Whether the confidence reaches the threshold of the class. */
  readonly accepted: boolean;
  /** Null where the model cannot say. */
  readonly inDistribution: boolean | null;
  /** Names, the most frequent first. */
  readonly colours: readonly string[];
  readonly googleCategory: number | null;
  readonly googlePath: string | null;
  readonly shopifyCategory: string | null;
}

export interface ExportedProduct {
  readonly product: FeedProduct;
  readonly feedFormat: FeedFormat;
  /** Null before the product is tagged. */
  readonly tags: ExportedTags | null;
}

export interface ExportOptions {
  readonly mapping: ShopMapping;
  /** Whether tags replace what the feed says; otherwise they fill what it left empty. Concerns Google and Shopify. */
  readonly overwrite: boolean;
  /** From 0 to 1: tags with less confidence are not written to Google and Shopify, accepted or not. */
  readonly minimumConfidence: number;
  /** Title of the channel of an XML feed. */
  readonly title: string;
  /** The shop's address in the channel of an XML feed; may be empty. */
  readonly link: string;
}

/** Products in the order of their feeds; every call reads them from the first one. */
export type ProductSource = () => AsyncIterable<ExportedProduct>;
