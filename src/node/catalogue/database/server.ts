import { SelvedgeError } from '../../../core/errors.ts';
import type { Database, Queryable, SqlValue } from './database.ts';
import { loadOptional } from './optionalPackages.ts';

/** How many connections a process holds at most. */
const connections = 8;
const connectMs = 10_000;

/**
 * Connects to a PostgreSQL server.
 * @param address postgres://user:password@host:port/database?sslmode=…; never part of a sentence
 * @throws SelvedgeError 'bad-option' without its packages, or where the server cannot be reached or refuses the connection
 */
export async function openServer(address: string): Promise<Database> {
  const { default: pg } = await loadOptional(() => import('pg'), 'server');
  const place = placeOf(address);
  const pool = new pg.Pool({
    connectionString: address,
    max: connections,
    connectionTimeoutMillis: connectMs,
    application_name: 'selvedge',
    options: '-c search_path=selvedge,public',
    // Dates and numbers arrive as the embedded database gives them.
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === int8 ? Number : pg.types.getTypeParser(oid, format as 'text'),
    } as never,
  });
  // A connection that breaks while it is idle is replaced by the pool; the next statement shows a server that is gone.
  pool.on('error', () => undefined);
  const on = (client: Pick<typeof pool, 'query'>): Queryable => ({
    query: async <R>(text: string, values: readonly SqlValue[] = []) =>
      (await client.query(text, values.map(asParameter))).rows as R[],
    execute: async (text) => void (await client.query(text)),
  });
  try {
    await pool.query('SELECT 1');
  } catch (cause) {
    await pool.end();
    throw new SelvedgeError(
      'bad-option',
      `The database at ${place} cannot be used: ${(cause as Error).message.replace(/\.$/, '')}; check the address, and that the server runs.`,
      { cause: hidden(cause) },
    );
  }
  let closed: Promise<void> | undefined;
  return {
    kind: 'server',
    place,
    ...on(pool),
    async transaction(work) {
      const client = await pool.connect();
      let broken: Error | undefined;
      const onError = (error: Error) => {
        broken = error;
      };
      client.on('error', onError);
      try {
        await client.query('BEGIN');
        const result = await work(on(client as never));
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK').catch((failed: Error) => {
          broken ??= failed;
        });
        throw error;
      } finally {
        client.off('error', onError);
        client.release(broken);
      }
    },
    close() {
      closed ??= pool.end();
      return closed;
    },
  };
}

const int8 = 20;

/** The driver takes a Buffer for bytes, and would write arrays of objects as PostgreSQL arrays. */
function asParameter(value: SqlValue): unknown {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;
}

/** Host, port and database: what may stand in a sentence. */
export function placeOf(address: string): string {
  try {
    const { hostname, port, pathname } = new URL(address);
    return `${hostname || 'localhost'}${port ? `:${port}` : ''}${pathname}`;
  } catch {
    throw new SelvedgeError(
      'bad-option',
      "The database's address should have the form postgres://user:password@host:5432/name.",
    );
  }
}

/** The cause without the connection's settings, which have the password. */
function hidden(cause: unknown): Error {
  const { message, code } = cause as Error & { code?: string };
  return Object.assign(new Error(message), { code });
}
