import type { SimilaritySearch } from '../../../core/catalogue/similarity/search.ts';
import type { KeysOf } from '../../../core/catalogue/similarity/shaping.ts';
import type { Fingerprints } from '../../../core/data/pictures/nearDuplicates.ts';
import type { IndexedProduct } from '../store/indexed.ts';
import type { StoredModel } from '../store/models.ts';

/** What products have to be like to be found. */
export interface ProductFilter {
  readonly category?: string | undefined;
  readonly colour?: string | undefined;
  /** Columns of the feed with the texts that they should have; case does not matter. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly minimumPrice?: number | undefined;
  readonly maximumPrice?: number | undefined;
  readonly currency?: string | undefined;
  readonly inStock?: boolean | undefined;
}

/** A product that is asked about. */
export interface AskedProduct {
  readonly product: IndexedProduct;
  /** Of its pictures, each of length 1. */
  readonly vectors: readonly Float32Array[];
  readonly fingerprints: Fingerprints;
}

/** Where similar products come from: memory, searched exactly, or the database's index. */
export interface SimilarSource {
  readonly model: StoredModel;
  /** Rows are pictures of products. */
  readonly search: SimilaritySearch<ProductFilter>;
  /** Undefined where there is no such product, or it is not tagged. */
  find(id: string): Promise<AskedProduct | undefined>;
  productOf(row: number): IndexedProduct;
  digestOf(row: number): string;
  vectorOf(row: number): Float32Array;
  /**
   * Keys of rows that should be shown once: of one product, variants of one product, one picture or near-duplicates of it. The
   * function remembers the rows that it was asked about, so each query needs its own.
   * @param own fingerprints of what is asked about
   */
  keysOf(own: Fingerprints): KeysOf;
}

/** The key of what is nearly the picture that is asked about. */
export const queryKey = 'the query';

/** The keys of a product and of its variants. */
export function keysOfProduct({ id, group }: Pick<IndexedProduct, 'id' | 'group'>): string[] {
  return [`product ${id}`, ...(group === null ? [] : [`group ${group}`])];
}
