import { SelvedgeError } from '../../../core/errors.ts';
import { ConnectionLost, type Database, type Queryable, type SqlValue } from './database.ts';
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
    keepAlive: true,
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
  const rethrow = (error: unknown): never => {
    throw isConnectionFault(error) ? new ConnectionLost(place, (error as Error).message) : error;
  };
  const on = (client: Pick<typeof pool, 'query'>): Queryable => ({
    query: async <R>(text: string, values: readonly SqlValue[] = []) =>
      (await client.query(text, values.map(asParameter)).catch(rethrow)).rows as R[],
    execute: async (text) => void (await client.query(text).catch(rethrow)),
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
      const client = await pool.connect().catch(rethrow);
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
        return rethrow(error);
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

/**
 * SQLSTATE's class 08, a server that stops, starts or has no more connections, and what the system reports of a connection. The driver's
 * own errors have no code.
 */
function isConnectionFault(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string') {
    return /^(08\w{3}|57P0[123]|53300|ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/.test(
      code,
    );
  }
  return /^Connection terminated|^timeout exceeded when trying to connect|is not queryable$/.test(String(message));
}

/** The driver takes a Buffer for bytes, and would write arrays of objects as PostgreSQL arrays. */
function asParameter(value: SqlValue): unknown {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;
}

/**
 * Host, port and database: what may stand in a sentence. A password with signs that end it too early would be taken for these.
 * @throws SelvedgeError 'bad-option'
 */
export function placeOf(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const [authority] = address.replace(/^[a-z]+:\/\//i, '').split(/[/?#]/, 1);
  const behind = address.slice(address.indexOf('://') + 3 + authority!.length);
  if (!url || behind.includes('@')) {
    throw new SelvedgeError(
      'bad-option',
      "The database's address should have the form postgres://user:password@host:5432/name, with @, :, /, ? and # in a password written as %40, %3A, %2F, %3F and %23.",
    );
  }
  return `${url.hostname || 'localhost'}${url.port ? `:${url.port}` : ''}${url.pathname}`;
}

/** The cause without the connection's settings, which have the password. */
function hidden(cause: unknown): Error {
  const { message, code } = cause as Error & { code?: string };
  return Object.assign(new Error(message), { code });
}
