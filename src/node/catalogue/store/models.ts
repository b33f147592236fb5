import { createHash } from 'node:crypto';
import { SelvedgeError } from '../../../core/errors.ts';
import type { Queryable } from '../database/database.ts';

export interface StoredModel {
  readonly digest: string;
  readonly name: string;
  readonly classNames: readonly string[];
  readonly dimensions: number;
  readonly state: 'active' | 'incoming' | 'former';
}

const columns = `digest, name, class_names AS "classNames", dimensions, state`;

export async function storedModels(database: Queryable): Promise<StoredModel[]> {
  return database.query<StoredModel>(`SELECT ${columns} FROM models ORDER BY added_at`);
}

/** @throws SelvedgeError 'bad-model' where the catalogue has no model */
export async function activeModel(database: Queryable): Promise<StoredModel> {
  const [model] = await database.query<StoredModel>(`SELECT ${columns} FROM models WHERE state = 'active'`);
  if (model) return model;
  throw new SelvedgeError(
    'bad-model',
    'The catalogue has no model; name one with: selvedge catalogue import SOURCE --model MODEL',
  );
}

/** The model's file. @throws SelvedgeError 'bad-model' */
export async function modelFile(database: Queryable, digest: string): Promise<Uint8Array> {
  const [row] = await database.query<{ file: Uint8Array }>('SELECT file FROM models WHERE digest = $1', [digest]);
  if (!row) throw new SelvedgeError('bad-model', `The catalogue has no model ${digest.slice(0, 12)}.`);
  const { file } = row;
  if (createHash('sha256').update(file).digest('hex') !== digest) {
    throw new SelvedgeError('bad-model', `The catalogue's model ${digest.slice(0, 12)} is damaged; add it again.`);
  }
  return file;
}

/**
 * Adds a model. The first is active at once; another one is incoming, and an earlier one that was still incoming is dropped.
 * @returns its state; 'active' also where it was that before
 */
export async function addModel(
  transaction: Queryable,
  model: Omit<StoredModel, 'state'> & { readonly file: Uint8Array },
): Promise<StoredModel['state']> {
  await transaction.query('SELECT pg_advisory_xact_lock(7305003)');
  const models = await storedModels(transaction);
  const known = models.find(({ digest }) => digest === model.digest);
  if (known && known.state !== 'former') return known.state;
  const state = models.some((other) => other.state === 'active') ? 'incoming' : 'active';
  if (state === 'incoming') await transaction.query(`UPDATE models SET state = 'former' WHERE state = 'incoming'`);
  await transaction.query(
    `INSERT INTO models (digest, name, file, class_names, dimensions, state) VALUES ($1, $2, $3, $4::jsonb, $5, $6)
     ON CONFLICT (digest) DO UPDATE SET state = excluded.state`,
    [model.digest, model.name, model.file, JSON.stringify(model.classNames), model.dimensions, state],
  );
  return state;
}

/**
 * Makes the incoming model the active one if it has tagged every product that is ready; answers of the former one go on until then.
 * @returns whether it did
 */
export async function activateWhenDone(transaction: Queryable): Promise<boolean> {
  await transaction.query('SELECT pg_advisory_xact_lock(7305003)');
  const [incoming] = await transaction.query<StoredModel>(`SELECT ${columns} FROM models WHERE state = 'incoming'`);
  if (!incoming) return false;
  const [left] = await transaction.query(
    `SELECT 1 FROM products p WHERE p.state = 'ready' AND NOT p.withdrawn
       AND NOT EXISTS (SELECT FROM tags t WHERE t.product_id = p.id AND t.model = $1) LIMIT 1`,
    [incoming.digest],
  );
  if (left) return false;
  await transaction.query(`UPDATE models SET state = 'former' WHERE state = 'active'`);
  await transaction.query(`UPDATE models SET state = 'active' WHERE digest = $1`, [incoming.digest]);
  return true;
}
