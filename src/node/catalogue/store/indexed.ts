import type { Queryable } from '../database/database.ts';

/** A product as the index in memory knows it. */
export interface IndexedProduct {
  readonly id: string;
  readonly group: string | null;
  /** As a number, for ranges; null without a price. */
  readonly price: number | null;
  readonly currency: string;
  readonly inStock: boolean | null;
  readonly attributes: Readonly<Record<string, string>>;
  /** What a person chose, or else the model's; null before it is tagged. */
  readonly category: string | null;
  readonly colours: readonly string[];
}

export interface ChangedProduct extends IndexedProduct {
  readonly revision: number;
  /** Whether it can be found: tagged, and not withdrawn. */
  readonly isShown: boolean;
}

export interface IndexedPicture {
  readonly productId: string;
  readonly digest: string;
  /** As PostgreSQL writes a vector: a JSON array. */
  readonly features: string;
  readonly high: number;
  readonly low: number;
  readonly fingerprint: Uint8Array;
}

/** Products that have changed since a revision, in the order of their changes. */
export async function changedProducts(
  database: Queryable,
  model: string,
  since: number,
  limit: number,
): Promise<ChangedProduct[]> {
  return database.query<ChangedProduct>(
    `SELECT p.id, p.group_id AS "group", p.price_amount::float8 AS price, p.price_currency AS currency, p.in_stock AS "inStock",
       p.attributes, p.revision::float8 AS revision, NOT p.withdrawn AND t.category IS NOT NULL AS "isShown",
       coalesce((SELECT r.category FROM reviews r WHERE r.product_id = p.id AND r.undone_at IS NULL ORDER BY r.id DESC LIMIT 1),
         t.category) AS category,
       coalesce((SELECT jsonb_agg(c->>'name') FROM jsonb_array_elements(t.colours) c), '[]') AS colours
     FROM products p LEFT JOIN tags t ON t.product_id = p.id AND t.model = $1
     WHERE p.revision > $2 ORDER BY p.revision LIMIT $3`,
    [model, since, limit],
  );
}

/** The pictures of products, in their order, with a model's features. */
export async function indexedPictures(
  database: Queryable,
  model: string,
  ids: readonly string[],
): Promise<IndexedPicture[]> {
  return database.query<IndexedPicture>(
    `SELECT q.product_id AS "productId", q.digest, e.features::text AS features, p.hash_high::float8 AS high,
       p.hash_low::float8 AS low, p.fingerprint
     FROM product_pictures q JOIN embeddings e ON e.digest = q.digest AND e.model = $1 JOIN pictures p ON p.digest = q.digest
     WHERE q.product_id = ANY($2::text[]) ORDER BY q.product_id, q.position`,
    [model, ids],
  );
}

/** Products that were erased since a revision. */
export async function removedProducts(
  database: Queryable,
  since: number,
): Promise<{ readonly id: string; readonly revision: number }[]> {
  return database.query(
    `SELECT product_id AS id, revision::float8 AS revision FROM removals WHERE revision > $1 ORDER BY revision`,
    [since],
  );
}
