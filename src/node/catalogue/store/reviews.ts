import { SelvedgeError } from '../../../core/errors.ts';
import type { Queryable } from '../database/database.ts';
import { orderRevisions } from './products.ts';

/** A product whose category a person should look at. */
export interface DoubtfulProduct {
  readonly id: string;
  readonly title: string;
  readonly link: string;
  readonly category: string;
  readonly confidence: number;
  readonly inDistribution: boolean | null;
  readonly top: readonly { readonly name: string; readonly probability: number }[];
  /** Digest of the main picture. */
  readonly picture: string | null;
}

/** Products without a review: out-of-distribution ones first, then by rising confidence. */
export async function doubtfulProducts(
  database: Queryable,
  { limit, offset, below }: { readonly limit: number; readonly offset: number; readonly below: number },
): Promise<DoubtfulProduct[]> {
  return database.query<DoubtfulProduct>(
    `SELECT p.id, p.title, p.link, t.category, t.confidence, t.in_distribution AS "inDistribution", t.top,
       (SELECT q.digest FROM product_pictures q WHERE q.product_id = p.id AND q.digest IS NOT NULL ORDER BY q.position LIMIT 1) AS picture
     FROM tags t JOIN models m ON m.digest = t.model AND m.state = 'active' JOIN products p ON p.id = t.product_id
     WHERE NOT p.withdrawn AND (t.confidence <= $3 OR t.in_distribution = false)
       AND NOT EXISTS (SELECT FROM reviews r WHERE r.product_id = p.id AND r.undone_at IS NULL)
     ORDER BY (t.in_distribution IS FALSE) DESC, t.confidence, p.id LIMIT $1 OFFSET $2`,
    [limit, offset, below],
  );
}

export interface Correction {
  readonly id: string;
  readonly category: string;
}

export interface Review extends Correction {
  readonly review: number;
  readonly predicted: string;
  readonly reviewer: string;
  readonly at: string;
}

/**
 * Records what a person says of products' categories.
 * @returns the reviews' numbers, by which they can be undone
 * @throws SelvedgeError 'bad-option' for an unknown product or category: then nothing is recorded
 */
export async function addReviews(
  transaction: Queryable,
  corrections: readonly Correction[],
  reviewer: string,
): Promise<number[]> {
  await orderRevisions(transaction);
  const [model] = await transaction.query<{ classNames: string[] }>(
    `SELECT class_names AS "classNames" FROM models WHERE state = 'active'`,
  );
  const classNames = model?.classNames ?? [];
  const named = new Set<string>();
  for (const { id, category } of corrections) {
    if (named.size === named.add(id).size) {
      throw new SelvedgeError('bad-option', `The product ${id} is named twice; name each product once.`);
    }
    if (classNames.includes(category)) continue;
    throw new SelvedgeError(
      'bad-option',
      `The product ${id} cannot be '${category}': the model's categories are ${classNames.join(', ')}.`,
    );
  }
  const rows = await transaction.query<{ id: string; review: number | null }>(
    `WITH given AS (
       SELECT id, category, n FROM jsonb_to_recordset($1::jsonb) AS x(id text, category text, n integer)
     ), known AS (
       SELECT given.*, coalesce((SELECT t.category FROM tags t JOIN models m ON m.digest = t.model AND m.state = 'active'
         WHERE t.product_id = given.id), '') AS predicted
       FROM given JOIN products p ON p.id = given.id
     ), added AS (
       INSERT INTO reviews (product_id, category, predicted, reviewer) SELECT id, category, predicted, $2 FROM known ORDER BY n
       RETURNING id AS review, product_id AS id
     ), touched AS (
       UPDATE products SET revision = nextval('revisions') WHERE id IN (SELECT id FROM known)
     )
     SELECT given.id, added.review FROM given LEFT JOIN added ON added.id = given.id ORDER BY given.n`,
    [JSON.stringify(corrections.map((correction, n) => ({ ...correction, n }))), reviewer],
  );
  const missing = rows.find(({ review }) => review === null);
  if (missing) throw new SelvedgeError('bad-option', `There is no product ${missing.id} in the catalogue.`);
  return rows.map(({ review }) => review!);
}

/** @throws SelvedgeError 'bad-option' where there is no such review, or it is undone */
export async function undoReview(transaction: Queryable, review: number, reviewer: string): Promise<Correction> {
  await orderRevisions(transaction);
  const [undone] = await transaction.query<Correction>(
    `UPDATE reviews SET undone_at = now(), undone_by = $2 WHERE id = $1 AND undone_at IS NULL RETURNING product_id AS id, category`,
    [review, reviewer],
  );
  if (!undone) throw new SelvedgeError('bad-option', `There is no review ${review} that could be undone.`);
  await transaction.query(`UPDATE products SET revision = nextval('revisions') WHERE id = $1`, [undone.id]);
  return undone;
}

/** The valid reviews, each product's last, newest first. */
export async function reviewsOf(database: Queryable, limit: number, offset: number): Promise<Review[]> {
  return database.query<Review>(
    `SELECT * FROM (
       SELECT DISTINCT ON (product_id) id AS review, product_id AS id, category, predicted, reviewer, created_at AS at
       FROM reviews WHERE undone_at IS NULL ORDER BY product_id, reviews.id DESC
     ) AS last ORDER BY review DESC LIMIT $1 OFFSET $2`,
    [limit, offset],
  );
}
