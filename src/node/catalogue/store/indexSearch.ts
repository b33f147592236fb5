import { SelvedgeError } from '../../../core/errors.ts';
import type { Database, Queryable, SqlValue } from '../database/database.ts';
import type { ProductFilter } from '../similar/source.ts';
import type { IndexedPicture, IndexedProduct } from './indexed.ts';
import type { StoredModel } from './models.ts';

/** A picture that the approximate index found. */
export interface FoundPicture extends Omit<IndexedPicture, 'productId'> {
  readonly product: IndexedProduct;
  readonly score: number;
}

/** How many neighbours the index looks at, at least: more find more of the true ones, and take longer. */
const leastEffort = 100;
const mostEffort = 1000;
/** Links per element and candidates while it is built: pgvector's own defaults are 16 and 64. */
const links = 16;
const candidates = 128;

const indexName = ({ digest }: Pick<StoredModel, 'digest'>): string => `embeddings_hnsw_${digest.slice(0, 16)}`;
const halves = ({ dimensions }: Pick<StoredModel, 'dimensions'>): string => `halfvec(${dimensions})`;

/** Columns of a product, its tags joined as `t`, as `IndexedProduct`. */
const product = `jsonb_build_object('id', p.id, 'group', p.group_id, 'price', p.price_amount, 'currency', p.price_currency,
  'inStock', p.in_stock, 'attributes', p.attributes, 'category', coalesce(r.category, t.category),
  'colours', coalesce((SELECT jsonb_agg(c->>'name') FROM jsonb_array_elements(t.colours) c), '[]')) AS product`;
const picture = `q.digest, e.features::text AS features, i.hash_high::float8 AS high, i.hash_low::float8 AS low, i.fingerprint`;
const joins = `JOIN products p ON p.id = q.product_id AND NOT p.withdrawn JOIN pictures i ON i.digest = q.digest
  LEFT JOIN LATERAL (SELECT category FROM reviews WHERE product_id = p.id AND undone_at IS NULL ORDER BY id DESC LIMIT 1) r ON true`;

/** Whether a model's features have an approximate index. */
export async function hasIndex(database: Queryable, model: StoredModel): Promise<boolean> {
  const [row] = await database.query<{ exists: boolean }>('SELECT to_regclass($1) IS NOT NULL AS exists', [
    `selvedge.${indexName(model)}`,
  ]);
  return row!.exists;
}

/** Builds a model's approximate index (HNSW over half-precision vectors); what is added later joins it. */
export async function buildIndex(database: Database, model: StoredModel): Promise<void> {
  checkDigest(model);
  await database.transaction(async (transaction) => {
    // The graph is built in memory where it fits.
    await transaction.execute(`SET LOCAL maintenance_work_mem = '${database.kind === 'folder' ? '256MB' : '1GB'}'`);
    await transaction.execute(
      `CREATE INDEX IF NOT EXISTS ${indexName(model)} ON embeddings USING hnsw ((features::${halves(model)}) halfvec_cosine_ops)
       WITH (m = ${links}, ef_construction = ${candidates}) WHERE model = '${model.digest}'`,
    );
  });
  await database.execute('ANALYZE');
}

export async function dropIndex(database: Database, model: StoredModel): Promise<void> {
  checkDigest(model);
  await database.execute(`DROP INDEX IF EXISTS ${indexName(model)}`);
}

/** The pictures nearest to a query by the index, best first. The filter applies inside the scan, which goes on until there are enough. */
export async function findByIndex(
  database: Database,
  model: StoredModel,
  query: Float32Array,
  limit: number,
  filter: ProductFilter,
): Promise<FoundPicture[]> {
  checkDigest(model);
  const values: SqlValue[] = [`[${Array.from(query, (value) => value.toPrecision(9)).join(',')}]`, limit];
  const place = (value: SqlValue) => `$${values.push(value)}`;
  const { category, colour, attributes, minimumPrice, maximumPrice, currency, inStock } = filter;
  const conditions = [
    ...(category === undefined ? [] : [`coalesce(r.category, t.category) = ${place(category)}`]),
    ...(colour === undefined ? [] : [`t.colours @> ${place(JSON.stringify([{ name: colour }]))}::jsonb`]),
    ...(inStock === undefined ? [] : [`p.in_stock = ${place(inStock)}`]),
    ...(currency === undefined ? [] : [`p.price_currency = ${place(currency)}`]),
    ...(minimumPrice === undefined ? [] : [`p.price_amount >= ${place(minimumPrice)}::float8::numeric`]),
    ...(maximumPrice === undefined ? [] : [`p.price_amount <= ${place(maximumPrice)}::float8::numeric`]),
    ...Object.entries(attributes).map(
      ([name, value]) => `lower(trim(p.attributes->>${place(name)})) = lower(trim(${place(value)}))`,
    ),
  ];
  const distance = `e.features::${halves(model)} <=> $1::${halves(model)}`;
  return database.transaction(async (transaction) => {
    await transaction.execute(
      `SET LOCAL hnsw.ef_search = ${Math.min(mostEffort, Math.max(leastEffort, limit))};
       SET LOCAL hnsw.iterative_scan = strict_order; SET LOCAL join_collapse_limit = 1; SET LOCAL enable_sort = off;
       SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_material = off;`,
    );
    // The joins follow the scan, a few rows at a time, in the order written. The index's half-precision distances order; the score is of the whole features.
    const rows = await transaction.query<FoundPicture>(
      `SELECT ${product}, ${picture}, 1 - (e.features <=> $1::vector) AS score
       FROM embeddings e JOIN product_pictures q ON q.digest = e.digest ${joins}
       JOIN tags t ON t.product_id = p.id AND t.model = '${model.digest}'
       WHERE e.model = '${model.digest}'${conditions.map((condition) => ` AND ${condition}`).join('')}
       ORDER BY ${distance} LIMIT $2`,
      values,
    );
    return rows.sort((a, b) => b.score - a.score);
  });
}

/** A tagged product with its pictures. */
export async function findProduct(
  database: Queryable,
  model: StoredModel,
  id: string,
): Promise<
  { readonly product: IndexedProduct; readonly pictures: readonly Omit<IndexedPicture, 'productId'>[] } | undefined
> {
  const rows = await database.query<Omit<FoundPicture, 'score'>>(
    `SELECT ${product}, ${picture} FROM product_pictures q JOIN embeddings e ON e.digest = q.digest AND e.model = $1 ${joins}
     JOIN tags t ON t.product_id = p.id AND t.model = $1 WHERE p.id = $2 ORDER BY q.position`,
    [model.digest, id],
  );
  const [first] = rows;
  return first && { product: first.product, pictures: rows };
}

/** Identifiers cannot be parameters. */
function checkDigest({ digest }: StoredModel): void {
  if (!/^[0-9a-f]{64}$/.test(digest))
    throw new SelvedgeError('bad-model', 'The catalogue has a model with a wrong digest.');
}
