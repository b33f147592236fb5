/** A price as a feed writes it. */
export interface Price {
  /** A decimal number without sign or separators, such as `19.90`. */
  readonly amount: string;
  /** ISO 4217, such as `EUR`; empty where the feed names none. */
  readonly currency: string;
}

/** A row of a feed as it was read: pairs of column and text, in the feed's order. */
export type SourceRow = readonly (readonly [column: string, value: string])[];

/** A product as a feed describes it. */
export interface FeedProduct {
  readonly id: string;
  /** Variants of one product have the same; null without variants. */
  readonly group: string | null;
  readonly title: string;
  readonly description: string;
  /** The address of the product's page; empty where the feed has none. */
  readonly link: string;
  readonly price: Price | null;
  /** Null where the feed does not say. */
  readonly inStock: boolean | null;
  /** Other columns by which products can be filtered, in the feed's words: brand, colour, size, … */
  readonly attributes: Readonly<Record<string, string>>;
  /** Addresses (http, https) or paths relative to the feed's folder, the main picture first; at least one. */
  readonly pictures: readonly string[];
  /** The rows it was read from, so that an export returns them unchanged. */
  readonly source: readonly SourceRow[];
}

export const feedFormats = ['folder', 'csv', 'jsonl', 'google-xml', 'google-tsv', 'shopify-csv'] as const;
export type FeedFormat = (typeof feedFormats)[number];

/** What a feed contains, one after the other: a product, or what is wrong with a row. */
export type FeedEntry =
  | { readonly kind: 'product'; readonly line: number; readonly product: FeedProduct }
  | {
      readonly kind: 'problem';
      /** The line of the file, from 1, on which the row starts. */
      readonly line: number;
      /** Empty where it is unknown. */
      readonly id: string;
      /** One sentence. */
      readonly reason: string;
    };
