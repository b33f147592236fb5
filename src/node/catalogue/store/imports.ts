import type { FeedFormat } from '../../../core/catalogue/product.ts';
import type { Queryable } from '../database/database.ts';

export interface ImportStatus {
  readonly id: number;
  readonly source: string;
  readonly format: FeedFormat;
  readonly state: 'reading' | 'read' | 'interrupted';
  /** Products that the feed named so far. */
  readonly products: number;
  /** Of these, new or different from before. */
  readonly changed: number;
  readonly withdrawn: number;
  readonly problems: number;
}

export interface ImportProblem {
  readonly line: number;
  readonly id: string;
  readonly reason: string;
}

/** The most problems of an import that are kept, since a feed may be wrong in each row; all are counted. */
export const mostProblems = 10_000;

const columns = `id, source, format, state, products, changed, withdrawn, problems`;

export async function startImport(database: Queryable, source: string, format: FeedFormat): Promise<number> {
  await database.query(`UPDATE imports SET state = 'interrupted' WHERE source = $1 AND state = 'reading'`, [source]);
  const [row] = await database.query<{ id: number }>(
    `INSERT INTO imports (source, format, state) VALUES ($1, $2, 'reading') RETURNING id`,
    [source, format],
  );
  return row!.id;
}

/** Adds to an import's counts, and keeps its new problems. */
export async function countImport(
  transaction: Queryable,
  id: number,
  counts: { readonly products: number; readonly changed: number },
  problems: readonly ImportProblem[],
): Promise<void> {
  await transaction.query(
    'UPDATE imports SET products = products + $2, changed = changed + $3, problems = problems + $4 WHERE id = $1',
    [id, counts.products, counts.changed, problems.length],
  );
  if (problems.length === 0) return;
  await transaction.query(
    `INSERT INTO import_problems (import_id, line, product_id, reason)
     SELECT $1, line, id, reason FROM jsonb_to_recordset($2::jsonb) AS x(line integer, id text, reason text)
     LIMIT greatest(0, $3 - (SELECT count(*) FROM import_problems WHERE import_id = $1))`,
    [id, JSON.stringify(problems), mostProblems],
  );
}

export async function endImport(transaction: Queryable, id: number, withdrawn: number): Promise<void> {
  await transaction.query(`UPDATE imports SET state = 'read', read_at = now(), withdrawn = $2 WHERE id = $1`, [
    id,
    withdrawn,
  ]);
}

export async function importStatus(database: Queryable, id: number): Promise<ImportStatus | undefined> {
  const [row] = await database.query<ImportStatus>(`SELECT ${columns} FROM imports WHERE id = $1`, [id]);
  return row;
}

export async function importProblems(database: Queryable, id: number, limit = mostProblems): Promise<ImportProblem[]> {
  return database.query<ImportProblem>(
    `SELECT line, product_id AS id, reason FROM import_problems WHERE import_id = $1 ORDER BY line LIMIT $2`,
    [id, limit],
  );
}

/** How far the catalogue is: products by state. */
export interface CatalogueCounts {
  readonly waiting: number;
  readonly ready: number;
  readonly failed: number;
  readonly withdrawn: number;
}

export async function catalogueCounts(database: Queryable): Promise<CatalogueCounts> {
  const [row] = await database.query<CatalogueCounts>(
    `SELECT count(*) FILTER (WHERE state = 'waiting' AND NOT withdrawn)::int AS waiting,
       count(*) FILTER (WHERE state = 'ready' AND NOT withdrawn)::int AS ready,
       count(*) FILTER (WHERE state = 'failed' AND NOT withdrawn)::int AS failed,
       count(*) FILTER (WHERE withdrawn)::int AS withdrawn FROM products`,
  );
  return row!;
}
