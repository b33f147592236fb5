import { createHash } from 'node:crypto';
import type { FeedFormat, FeedProduct, SourceRow } from '../../../core/catalogue/product.ts';
import type { Queryable } from '../database/database.ts';

/** A product of a feed, and what tells a changed one. */
export interface IncomingProduct {
  readonly product: FeedProduct;
  readonly hash: string;
}

export interface Upserted {
  /** New, or different from before: its pictures have to be read. */
  readonly changed: readonly string[];
  readonly unchanged: number;
}

/**
 * Two hashes are equal where a feed says the same of a product and its local pictures' files are the same.
 * @param files size and time of each local picture
 */
export function contentHash(product: FeedProduct, files: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([product, files]))
    .digest('hex');
}

/**
 * Whoever changes what indexes follow calls this first, so that changes become visible in the order of their numbers. It holds
 * until the transaction ends.
 */
export async function orderRevisions(transaction: Queryable): Promise<void> {
  await transaction.query('SELECT pg_advisory_xact_lock(7305002)');
}

/**
 * Inserts what is new and updates what has changed. Both wait for their pictures afterwards; until then a product that was
 * there before keeps its tags.
 * @param folder where relative paths of pictures start; null where there are none
 */
export async function upsertProducts(
  transaction: Queryable,
  importId: number,
  format: FeedFormat,
  folder: string | null,
  incoming: readonly IncomingProduct[],
): Promise<Upserted> {
  await orderRevisions(transaction);
  const rows = incoming.map(({ product, hash }) => ({
    id: product.id,
    group_id: product.group,
    title: product.title,
    description: product.description,
    link: product.link,
    price_amount: product.price?.amount ?? null,
    price_currency: product.price?.currency ?? '',
    in_stock: product.inStock,
    attributes: product.attributes,
    source: product.source,
    content_hash: hash,
    pictures: product.pictures,
  }));
  const changed = await transaction.query<{ id: string; pictures: string[] }>(
    `WITH incoming AS (
       SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(id text, group_id text, title text, description text, link text,
         price_amount numeric, price_currency text, in_stock boolean, attributes jsonb, source jsonb, content_hash text,
         pictures jsonb)
     ), written AS (
       INSERT INTO products AS p (id, group_id, title, description, link, price_amount, price_currency, in_stock, attributes,
         source, content_hash, feed_format, folder, state, import_id)
       SELECT id, group_id, title, description, link, price_amount, price_currency, in_stock, attributes, source, content_hash,
         $2, $3, 'waiting', $4 FROM incoming
       ON CONFLICT (id) DO UPDATE SET group_id = excluded.group_id, title = excluded.title, description = excluded.description,
         link = excluded.link, price_amount = excluded.price_amount, price_currency = excluded.price_currency,
         in_stock = excluded.in_stock, attributes = excluded.attributes, source = excluded.source,
         content_hash = excluded.content_hash, feed_format = excluded.feed_format, folder = excluded.folder, state = 'waiting',
         problem = '', withdrawn = false, import_id = excluded.import_id, revision = nextval('revisions'), updated_at = now()
       WHERE p.content_hash <> excluded.content_hash OR p.withdrawn OR p.state = 'failed' OR p.folder IS DISTINCT FROM excluded.folder
       RETURNING id
     )
     SELECT incoming.id, incoming.pictures FROM incoming JOIN written USING (id)`,
    [JSON.stringify(rows), format, folder, importId],
  );
  await setPictures(transaction, changed);
  const ids = new Set(changed.map(({ id }) => id));
  const others = incoming.map(({ product }) => product.id).filter((id) => !ids.has(id));
  if (others.length > 0) {
    await transaction.query('UPDATE products SET import_id = $1 WHERE id = ANY($2::text[])', [importId, others]);
  }
  return { changed: [...ids], unchanged: others.length };
}

/** A picture that has the same place and address keeps what is known of it. */
async function setPictures(
  transaction: Queryable,
  products: readonly { readonly id: string; readonly pictures: readonly string[] }[],
): Promise<void> {
  const rows = products.flatMap(({ id, pictures }) =>
    pictures.map((address, position) => ({ product_id: id, position, address })),
  );
  await transaction.query(
    `WITH incoming AS (
       SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(product_id text, position integer, address text)
     ), gone AS (
       DELETE FROM product_pictures p WHERE p.product_id = ANY($2::text[])
         AND NOT EXISTS (SELECT FROM incoming i WHERE i.product_id = p.product_id AND i.position = p.position)
     )
     INSERT INTO product_pictures AS p (product_id, position, address) SELECT product_id, position, address FROM incoming
     ON CONFLICT (product_id, position) DO UPDATE SET address = excluded.address, digest = NULL, etag = NULL,
       last_modified = NULL, problem = '' WHERE p.address <> excluded.address`,
    [JSON.stringify(rows), products.map(({ id }) => id)],
  );
}

/** Withdraws the products that an import did not name; returns how many. They are no longer found; an import that names them restores them. */
export async function withdrawOthers(
  transaction: Queryable,
  importId: number,
  keep: readonly string[],
): Promise<number> {
  await orderRevisions(transaction);
  const gone = await transaction.query(
    `UPDATE products SET withdrawn = true, revision = nextval('revisions'), updated_at = now()
     WHERE import_id <> $1 AND NOT withdrawn AND NOT (id = ANY($2::text[])) RETURNING id`,
    [importId, keep],
  );
  return gone.length;
}

/** What a worker has to know of a product to process it. */
export interface UnprocessedProduct {
  readonly id: string;
  readonly folder: string | null;
  readonly pictures: readonly {
    readonly position: number;
    readonly address: string;
    readonly digest: string | null;
    readonly etag: string | null;
    readonly lastModified: string | null;
  }[];
}

/** The products of these ids that are not withdrawn; those that were erased meanwhile are missing. */
export async function unprocessedProducts(database: Queryable, ids: readonly string[]): Promise<UnprocessedProduct[]> {
  return database.query<UnprocessedProduct>(
    `SELECT p.id, p.folder, coalesce(jsonb_agg(jsonb_build_object('position', q.position, 'address', q.address, 'digest', q.digest,
       'etag', q.etag, 'lastModified', q.last_modified) ORDER BY q.position) FILTER (WHERE q.address IS NOT NULL), '[]') AS pictures
     FROM products p LEFT JOIN product_pictures q ON q.product_id = p.id
     WHERE p.id = ANY($1::text[]) AND NOT p.withdrawn GROUP BY p.id ORDER BY p.id`,
    [ids],
  );
}

/** A product with its tags, as the API and exports show it. */
export interface StoredProduct {
  readonly id: string;
  readonly group: string | null;
  readonly title: string;
  readonly description: string;
  readonly link: string;
  readonly price: { readonly amount: string; readonly currency: string } | null;
  readonly inStock: boolean | null;
  readonly attributes: Readonly<Record<string, string>>;
  readonly state: 'waiting' | 'ready' | 'failed';
  readonly problem: string;
  readonly withdrawn: boolean;
  readonly feedFormat: FeedFormat;
  readonly source: readonly SourceRow[];
  readonly pictures: readonly { readonly address: string; readonly digest: string | null; readonly problem: string }[];
  /** Null until a model has tagged it. */
  readonly tags: {
    readonly model: string;
    readonly category: string;
    readonly confidence: number;
    readonly inDistribution: boolean | null;
    readonly top: readonly { readonly name: string; readonly probability: number }[];
    readonly colours: readonly { readonly name: string; readonly share: number; readonly hex: string }[];
  } | null;
  /** What a person chose instead; null without a review. */
  readonly review: { readonly category: string; readonly reviewer: string; readonly at: string } | null;
}

const productColumns = `p.id, p.group_id AS "group", p.title, p.description, p.link,
  CASE WHEN p.price_amount IS NOT NULL THEN jsonb_build_object('amount', p.price_amount::text, 'currency', p.price_currency) END AS price,
  p.in_stock AS "inStock", p.attributes, p.state, p.problem, p.withdrawn, p.feed_format AS "feedFormat", p.source,
  coalesce((SELECT jsonb_agg(jsonb_build_object('address', q.address, 'digest', q.digest, 'problem', q.problem) ORDER BY q.position)
    FROM product_pictures q WHERE q.product_id = p.id), '[]') AS pictures,
  (SELECT jsonb_build_object('model', t.model, 'category', t.category, 'confidence', t.confidence, 'inDistribution', t.in_distribution,
    'top', t.top, 'colours', t.colours) FROM tags t JOIN models m ON m.digest = t.model
    WHERE t.product_id = p.id AND m.state = 'active') AS tags,
  (SELECT jsonb_build_object('category', r.category, 'reviewer', r.reviewer, 'at', r.created_at) FROM reviews r
    WHERE r.product_id = p.id AND r.undone_at IS NULL ORDER BY r.id DESC LIMIT 1) AS review`;

/** In the order of `ids`; unknown ones are missing. */
export async function productsOf(database: Queryable, ids: readonly string[]): Promise<StoredProduct[]> {
  const rows = await database.query<StoredProduct>(
    `SELECT ${productColumns} FROM products p WHERE p.id = ANY($1::text[])`,
    [ids],
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** Products that are not withdrawn, in the order of their ids. */
export async function productsPage(
  database: Queryable,
  {
    after,
    limit,
    category,
  }: { readonly after: string; readonly limit: number; readonly category?: string | undefined },
): Promise<StoredProduct[]> {
  return database.query<StoredProduct>(
    `SELECT * FROM (SELECT ${productColumns} FROM products p WHERE p.id > $1 AND NOT p.withdrawn) AS shown
     WHERE $3::text IS NULL OR coalesce(review->>'category', tags->>'category') = $3 ORDER BY id LIMIT $2`,
    [after, limit, category ?? null],
  );
}

/**
 * Erases products: their pictures' bytes are no longer needed where no other product shows them.
 * @returns the digests of those pictures, and how many products there were
 */
export async function removeProducts(
  transaction: Queryable,
  ids: readonly string[],
): Promise<{ readonly products: number; readonly pictures: readonly string[] }> {
  await orderRevisions(transaction);
  const shown = await transaction.query<{ digest: string }>(
    'SELECT DISTINCT digest FROM product_pictures WHERE product_id = ANY($1::text[]) AND digest IS NOT NULL',
    [ids],
  );
  const gone = await transaction.query<{ id: string }>('DELETE FROM products WHERE id = ANY($1::text[]) RETURNING id', [
    ids,
  ]);
  await transaction.query('INSERT INTO removals (product_id) SELECT unnest($1::text[])', [gone.map(({ id }) => id)]);
  const unused = await transaction.query<{ digest: string }>(
    `DELETE FROM pictures p WHERE p.digest = ANY($1::text[])
       AND NOT EXISTS (SELECT FROM product_pictures q WHERE q.digest = p.digest) RETURNING digest`,
    [shown.map(({ digest }) => digest)],
  );
  return { products: gone.length, pictures: unused.map(({ digest }) => digest) };
}
