import { SelvedgeError } from '../../../core/errors.ts';

/** A value of a query's parameter or of an answer's column, as both drivers take and give it. */
export type SqlValue = string | number | boolean | bigint | Date | Uint8Array | null | readonly SqlValue[] | object;

export type Row = Readonly<Record<string, unknown>>;

/** Where statements run: the database itself, or a transaction. */
export interface Queryable {
  /** One statement with parameters `$1`, `$2`, …; its rows. */
  query<R = Row>(text: string, values?: readonly SqlValue[]): Promise<R[]>;
  /** Several statements without parameters, as a migration has them. */
  execute(text: string): Promise<void>;
}

/**
 * PostgreSQL with pgvector: embedded in a folder, or a server. The statements are the same; `kind` is for sentences and for what only
 * a server can do.
 */
export interface Database extends Queryable {
  readonly kind: 'folder' | 'server';
  /** For sentences: the folder's path, or host, port and database without a password. */
  readonly place: string;
  /** Commits when `work` resolves, and rolls back when it rejects. */
  transaction<T>(work: (transaction: Queryable) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A server cannot be reached, or has ended the connection: later it may answer again. */
export class ConnectionLost extends SelvedgeError {
  constructor(place: string, reason: string) {
    super(
      'worker-failed',
      `The connection to the database at ${place} was lost (${reason.replace(/\.$/, '')}); check that the server runs, and repeat the command.`,
    );
    this.name = 'ConnectionLost';
  }
}

/** What PostgreSQL reports of a failed statement. */
export interface SqlError extends Error {
  /** SQLSTATE, five characters. */
  readonly code?: string;
}

export function isSqlError(error: unknown, code: string): boolean {
  return error instanceof Error && (error as SqlError).code === code;
}
