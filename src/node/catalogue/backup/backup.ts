import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { z } from 'zod';
import { SelvedgeError } from '../../../core/errors.ts';
import { cannotWrite, makeFolder } from '../../runs/writeWhole.ts';
import type { Queryable } from '../database/database.ts';
import { migrations } from '../database/migrate.ts';
import type { JobQueue } from '../jobs/jobQueue.ts';
import type { Catalogue } from '../openCatalogue.ts';
import { productJobs } from '../process/jobs.ts';
import { storedModels } from '../store/models.ts';

const format = 'selvedge catalogue';
const formatVersion = 1;
/** In an order in which references exist. Leases and jobs are not kept: what waits is enqueued again. */
const tables = [
  'settings',
  'models',
  'imports',
  'import_problems',
  'products',
  'removals',
  'product_pictures',
  'pictures',
  'embeddings',
  'tags',
  'reviews',
] as const;
/** Columns that count by themselves, and go on behind the largest. */
const counted = { imports: 'id', reviews: 'id' } as const;
/** Rows and pictures that are read or written together. */
const together = 200;

const header = z.object({ format: z.literal(format), version: z.int(), schema: z.int(), at: z.string() });
const line = z.union([
  z.strictObject({ table: z.enum(tables), row: z.string() }),
  z.strictObject({ picture: z.string(), original: z.base64(), thumbnail: z.base64().optional() }),
  z.strictObject({ end: z.int() }),
]);

export interface BackupProgress {
  readonly done: number;
  readonly total: number;
}

/**
 * Writes all of a catalogue to a file of gzipped JSON lines: a header, rows, pictures, and the number of lines. The database's part is of
 * one moment.
 * @param keep how many of the folder's backups stay, this one included
 * @returns the file
 * @throws SelvedgeError 'cannot-write'
 */
export async function backUp(
  { database, files }: Pick<Catalogue, 'database' | 'files'>,
  folder: string,
  { keep, onProgress }: { readonly keep: number; readonly onProgress?: (progress: BackupProgress) => void },
): Promise<string> {
  await makeFolder(folder);
  const at = new Date().toISOString();
  const file = join(folder, `catalogue-${at.replaceAll(':', '-')}${suffix}`);
  const temporary = `${file}.part`;
  const packing = createGzip({ level: 1 });
  const written = pipeline(packing, createWriteStream(temporary, { flags: 'wx', mode: 0o600 }));
  // Its failure is reported where it is awaited.
  written.catch(() => undefined);
  const write = async (value: object) => {
    if (!packing.write(`${JSON.stringify(value)}\n`)) await Promise.race([once(packing, 'drain'), written]);
  };
  let count = 0;
  const step = (total: number) => {
    if (++count % together === 0) onProgress?.({ done: count, total });
  };
  try {
    await write({ format, version: formatVersion, schema: migrations().length, at });
    const digests: string[] = [];
    await database.transaction(async (transaction) => {
      await transaction.execute('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      const total = await totalOf(transaction);
      for (const table of tables) {
        for await (const row of rowsOf(transaction, table)) {
          if (table === 'pictures') digests.push((JSON.parse(row) as { digest: string }).digest);
          await write({ table, row });
          step(total);
        }
      }
    });
    const total = count + digests.length;
    for (const digest of digests) {
      const original = await files.get(digest, 'original');
      const thumbnail = await files.get(digest, 'thumbnail');
      // It may have been removed since.
      if (!original || !thumbnail) continue;
      const isSame = Buffer.compare(original, thumbnail) === 0;
      await write({ picture: digest, original: base64(original), ...(!isSame && { thumbnail: base64(thumbnail) }) });
      step(total);
    }
    packing.end(`${JSON.stringify({ end: count })}\n`);
    await written;
    await rename(temporary, file);
  } catch (error) {
    packing.destroy();
    await unlink(temporary).catch(() => undefined);
    throw (error as { syscall?: unknown }).syscall === undefined ? error : cannotWrite(file, error);
  }
  await removeOlder(folder, keep);
  return file;
}

const suffix = '.jsonl.gz';

async function removeOlder(folder: string, keep: number): Promise<void> {
  const backups = (await readdir(folder)).filter((name) => /^catalogue-[\dTZ.-]+\.jsonl\.gz$/.test(name)).sort();
  for (const name of backups.slice(0, Math.max(0, backups.length - keep))) await unlink(join(folder, name));
}

/** How many lines there will be. */
async function totalOf(transaction: Queryable): Promise<number> {
  const counts = [...tables, 'pictures'].map((table) => `(SELECT count(*) FROM ${table})`);
  const [row] = await transaction.query<{ total: number }>(`SELECT (${counts.join(' + ')})::int AS total`);
  return row!.total;
}

/** Rows as the database's JSON texts: parsed, numbers would lose digits. */
async function* rowsOf(transaction: Queryable, table: string): AsyncGenerator<string> {
  await transaction.query(`DECLARE backup NO SCROLL CURSOR FOR SELECT to_jsonb(t)::text AS row FROM ${table} t`);
  for (;;) {
    const rows = await transaction.query<{ row: string }>(`FETCH ${together} FROM backup`);
    for (const { row } of rows) yield row;
    if (rows.length === 0) break;
  }
  await transaction.query('CLOSE backup');
}

/**
 * Fills an empty catalogue from a backup, whole or not at all.
 * @throws SelvedgeError 'missing-file', 'bad-data' where the file is damaged, of a newer version, or the catalogue is not empty
 */
export async function restore(
  { database, queue, files }: Pick<Catalogue, 'database' | 'queue' | 'files'>,
  file: string,
  onProgress?: (rows: number) => void,
): Promise<{ readonly rows: number }> {
  const [used] = await database.query('SELECT 1 FROM products UNION ALL SELECT 1 FROM models LIMIT 1');
  if (used) {
    throw new SelvedgeError('bad-option', `The catalogue in ${database.place} is not empty; restore into a new place.`);
  }
  const damaged = (why: string, cause?: unknown): never => {
    throw new SelvedgeError('bad-data', `${file} cannot be restored: ${why}.`, { cause });
  };
  let count = 0;
  try {
    await database.transaction(async (transaction) => {
      let isStarted = false;
      let ended: number | undefined;
      let table: (typeof tables)[number] | undefined;
      let rows: string[] = [];
      let pictures: { digest: string; original: Uint8Array; thumbnail: Uint8Array }[] = [];
      const store = async () => {
        if (rows.length > 0) await insertRows(transaction, table!, rows);
        rows = [];
        if (database.kind === 'folder' || pictures.length > 0) await files.put(pictures);
        pictures = [];
        onProgress?.(count);
      };
      for await (const one of linesOf(file)) {
        if (ended !== undefined) return damaged('it goes on behind its end');
        const json = parse(one) ?? damaged(`line ${isStarted ? count + 2 : 1} is no JSON`);
        if (!isStarted) {
          const { success, data } = header.safeParse(json);
          if (!success) return damaged('it is no backup of a catalogue');
          if (data.version > formatVersion || data.schema > migrations().length) {
            damaged('it is of a newer version; use a newer selvedge');
          }
          isStarted = true;
          continue;
        }
        const parsed = line.safeParse(json);
        if (!parsed.success) return damaged(`line ${count + 2} is neither a row nor a picture`);
        const { data } = parsed;
        if ('end' in data) {
          ended = data.end;
          continue;
        }
        count++;
        if ('picture' in data) {
          const original = Buffer.from(data.original, 'base64');
          const thumbnail = data.thumbnail === undefined ? original : Buffer.from(data.thumbnail, 'base64');
          pictures.push({ digest: data.picture, original, thumbnail });
        } else {
          if (data.table !== table) await store();
          table = data.table;
          rows.push(data.row);
        }
        if (rows.length + pictures.length >= together) await store();
      }
      await store();
      if (ended !== count) damaged('it is cut short');
      for (const [name, column] of Object.entries(counted)) {
        await transaction.query(
          `SELECT setval(pg_get_serial_sequence('selvedge.${name}', '${column}'), greatest(1, (SELECT max(${column}) FROM ${name})))`,
        );
      }
      await transaction.query(
        `SELECT setval('revisions', greatest(1, (SELECT max(revision) FROM products), (SELECT max(revision) FROM removals)))`,
      );
      await enqueueUnfinished(transaction, queue);
    });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof SelvedgeError) throw error;
    if (code === 'ENOENT') throw new SelvedgeError('missing-file', `There is no backup ${file}.`);
    if (code?.startsWith('Z_')) damaged(`it is cut short or damaged (${message})`, error);
    // Data that a column cannot have, and rows that contradict others.
    if (/^2[23]\w{3}$/.test(code ?? '')) damaged(`a row does not fit (${message})`, error);
    throw error;
  }
  return { rows: count };
}

/** Jobs are not in a backup: what waits for a model, or has not been tagged by one that is coming, is enqueued again. */
async function enqueueUnfinished(transaction: Queryable, queue: JobQueue): Promise<void> {
  for (const { digest } of (await storedModels(transaction)).filter(({ state }) => state !== 'former')) {
    const rows = await transaction.query<{ id: string; state: 'waiting' | 'ready' }>(
      `SELECT id, state FROM products p WHERE NOT withdrawn AND (state = 'waiting' OR state = 'ready'
         AND NOT EXISTS (SELECT FROM tags t WHERE t.product_id = p.id AND t.model = $1)) ORDER BY id`,
      [digest],
    );
    const inState = (state: string) => rows.filter((row) => row.state === state).map(({ id }) => id);
    await queue.send(...productJobs(inState('waiting'), digest, 'given'), transaction);
    await queue.send(...productJobs(inState('ready'), digest, 'stored'), transaction);
  }
}

async function insertRows(transaction: Queryable, table: string, rows: readonly string[]): Promise<void> {
  const overriding = Object.hasOwn(counted, table) ? 'OVERRIDING SYSTEM VALUE' : '';
  await transaction.query(
    `INSERT INTO ${table} ${overriding} SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1::jsonb)`,
    [`[${rows.join(',')}]`],
  );
}

/** Read to the end, where the checksum is. */
async function* linesOf(file: string): AsyncGenerator<string> {
  const unpacked = createGunzip();
  const piped = pipeline(createReadStream(file), unpacked);
  piped.catch(() => undefined);
  const decoder = new TextDecoder();
  let parts: string[] = [];
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      const [first, ...others] = decoder.decode(chunk, { stream: true }).split('\n');
      parts.push(first!);
      for (const other of others) {
        yield parts.join('');
        parts = [other];
      }
    }
  } catch (error) {
    // Why the stream ended early.
    await piped;
    throw error;
  }
  const last = parts.join('');
  if (last !== '') yield last;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
