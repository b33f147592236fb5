import { readdirSync, readFileSync } from 'node:fs';
import { SelvedgeError } from '../../../core/errors.ts';
import type { Database } from './database.ts';

const folder = new URL('./migrations/', import.meta.url);
/** A number of our own, so that two programs do not migrate at once. */
const migrationLock = 7_305_001;
const leastServer = 140_000;
const leastVector = [0, 8, 4] as const;

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** In their order. */
export function migrations(): readonly Migration[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name, i) => ({ version: i + 1, name, sql: readFileSync(new URL(name, folder), 'utf8') }));
}

export interface Migrated {
  /** 0 where the database was empty. */
  readonly from: number;
  readonly to: number;
}

/**
 * Brings the schema up to date, each migration whole or not at all.
 * @param create whether an empty database becomes a catalogue
 * @throws SelvedgeError 'bad-data' where the database is of a newer version, has no catalogue, or is too old for one
 */
export async function migrate(database: Database, create: boolean): Promise<Migrated> {
  await checkServer(database);
  const all = migrations();
  return database.transaction(async (transaction) => {
    await transaction.query('SELECT pg_advisory_xact_lock($1)', [migrationLock]);
    const [found] = await transaction.query<{ exists: boolean }>(
      `SELECT to_regclass('selvedge.migrations') IS NOT NULL AS exists`,
    );
    if (!found!.exists) {
      if (!create) {
        throw new SelvedgeError(
          'bad-data',
          `There is no catalogue in ${database.place}; make one with: selvedge catalogue import`,
        );
      }
      await transaction.execute(`
        CREATE SCHEMA IF NOT EXISTS selvedge;
        CREATE TABLE selvedge.migrations (version integer PRIMARY KEY, name text NOT NULL, at timestamptz NOT NULL DEFAULT now());`);
    }
    const [{ version: from }] = (await transaction.query<{ version: number }>(
      'SELECT coalesce(max(version), 0) AS version FROM selvedge.migrations',
    )) as [{ version: number }];
    if (from > all.length) {
      throw new SelvedgeError(
        'bad-data',
        `The catalogue in ${database.place} is of version ${from}, and this program knows versions up to ${all.length}; use a newer selvedge.`,
      );
    }
    for (const { version, name, sql } of all.slice(from)) {
      await transaction.execute(`SET LOCAL search_path TO selvedge, public;\n${sql}`);
      await transaction.query('INSERT INTO selvedge.migrations (version, name) VALUES ($1, $2)', [version, name]);
    }
    return { from, to: all.length };
  });
}

/** What the catalogue needs of a server: its version, pgvector, and the right to create what it has. */
async function checkServer(database: Database): Promise<void> {
  const [facts] = (await database.query<{ server: number; vector: string | null; may: boolean; encoding: string }>(
    `SELECT current_setting('server_version_num')::int AS server,
       (SELECT coalesce(installed_version, default_version) FROM pg_available_extensions WHERE name = 'vector') AS vector,
       has_database_privilege(current_database(), 'CREATE') AS may,
       current_setting('server_encoding') AS encoding`,
  )) as [{ server: number; vector: string | null; may: boolean; encoding: string }];
  const fail = (why: string): never => {
    throw new SelvedgeError('bad-data', `The database at ${database.place} cannot hold a catalogue: ${why}.`);
  };
  if (facts.server < leastServer) {
    fail(`it is PostgreSQL ${Math.floor(facts.server / 10_000)}; 14 or later is needed`);
  }
  if (facts.encoding !== 'UTF8') fail(`its encoding is ${facts.encoding}; UTF8 is needed`);
  if (facts.vector === null) fail('it has no pgvector; install the extension on the server');
  const version = facts.vector!.split('.').map(Number);
  const older = leastVector.findIndex((least, i) => (version[i] ?? 0) !== least);
  if (older >= 0 && (version[older] ?? 0) < leastVector[older]!) {
    fail(`its pgvector is ${facts.vector}; ${leastVector.join('.')} or later is needed, for mistakes of earlier ones`);
  }
  if (!facts.may) fail('the user may not create a schema in it; grant CREATE on the database');
}
