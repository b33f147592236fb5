import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type PgBoss from 'pg-boss';
import type { Database, Queryable } from '../database/database.ts';
import { loadOptional } from '../database/optionalPackages.ts';

/** The longest that a worker may be silent before another takes its job over, and how often it shows that it lives, in seconds. */
const leaseSeconds = 30;
const heartbeatSeconds = 10;
/** How often a job is tried again when its worker fails, and the first pause before that, in seconds. Each pause is twice the last. */
const retries = { retryLimit: 5, retryDelay: 2, retryBackoff: true } as const;
/** Our leases end jobs sooner; the engine's own limit has to be longer than any job. */
const expireInHours = 23;

/** A job that this process works on. */
export interface HeldJob<Data> {
  readonly id: string;
  readonly data: Data;
  /** Aborted when the lease is lost or the worker stops. */
  readonly signal: AbortSignal;
  /**
   * Writes something before the job is done.
   * @throws LostLease where another worker has taken the job over: nothing is written
   */
  write<T>(work: (transaction: Queryable) => Promise<T>): Promise<T>;
  /**
   * Writes the job's result and marks it as done, both or neither.
   * @throws LostLease where another worker has taken the job over: nothing is written
   */
  finish(write: (transaction: Queryable) => Promise<void>): Promise<void>;
  /** Puts it back: it is tried again later, or becomes a dead letter. */
  fail(reason: string): Promise<void>;
  /** Gives it back at once, without counting a try. */
  release(): Promise<void>;
}

export class LostLease extends Error {
  constructor() {
    super('Another worker has taken the job over.');
    this.name = 'LostLease';
  }
}

export interface DeadLetter {
  readonly id: string;
  readonly queue: string;
  readonly data: unknown;
  readonly reason: string;
  readonly at: string;
}

export interface NewJob {
  readonly data: object;
  /** From when on it may be taken; default: now. */
  readonly startAfter?: Date;
}

/** Jobs in the database, by the engine pg-boss, with leases of our own. */
export interface JobQueue {
  /** Enqueues as part of a transaction: the jobs are there when it commits. */
  send(queue: string, jobs: readonly NewJob[], transaction: Queryable): Promise<void>;
  /** The next job, or undefined where none waits. */
  take<Data>(queue: string): Promise<HeldJob<Data> | undefined>;
  /** Puts back the jobs of workers that are silent; returns how many. */
  recover(): Promise<number>;
  /** Jobs that wait or run; of those whose data contain an object. */
  pending(queue: string, containing?: object): Promise<number>;
  deadLetters(): Promise<readonly DeadLetter[]>;
  /** Enqueues dead letters again, all or those named; returns how many. */
  retry(ids?: readonly string[]): Promise<number>;
  close(): Promise<void>;
}

/** The queue of dead letters of each queue. */
const deadQueue = (queue: string) => `${queue}-dead`;

/**
 * Starts the engine, with one queue and one for its dead letters for each name.
 * @param queues names of letters, digits and `-`
 */
export async function openJobQueue(database: Database, queues: readonly string[]): Promise<JobQueue> {
  const { default: Boss } = await loadOptional(() => import('pg-boss'), database.kind);
  const boss = new Boss({
    db: engineOn(database),
    schema: 'pgboss',
    schedule: false,
    // Its own supervision only archives what is old; in a folder no other process does it.
    supervise: true,
    maintenanceIntervalSeconds: 600,
    archiveCompletedAfterSeconds: 3600,
    deleteAfterDays: 7,
  });
  // It reports failed maintenance, which it tries again.
  boss.on('error', () => undefined);
  try {
    await alone(database, async () => {
      await boss.start();
      for (const queue of queues) {
        await ensureQueue(boss, { name: deadQueue(queue) });
        await ensureQueue(boss, { name: queue, deadLetter: deadQueue(queue), expireInHours, ...retries });
      }
    });
  } catch (error) {
    // Its timers would keep the process alive.
    await boss.stop({ graceful: false, close: false, wait: false }).catch(() => undefined);
    throw error;
  }
  const owner = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  const held = new Map<string, { token: string; lost: AbortController }>();

  /** One heartbeat for all jobs of this process. */
  const beat = async () => {
    const ids = [...held.keys()];
    if (ids.length === 0) return;
    const kept = await database
      .query<{ job: string; token: string }>(
        `UPDATE leases SET expires_at = now() + make_interval(secs => $3) WHERE job = ANY($1::uuid[]) AND owner = $2
         RETURNING job, token::text AS token`,
        [ids, owner, leaseSeconds],
      )
      // A database that is away for longer than the lease loses it; that shows when the result is written.
      .catch(() => undefined);
    if (!kept) return;
    const tokens = new Map(kept.map(({ job, token }) => [job, token]));
    for (const id of ids) {
      const mine = held.get(id);
      if (mine && tokens.get(id) !== mine.token) mine.lost.abort(new LostLease());
    }
  };
  const timer = setInterval(() => void beat(), heartbeatSeconds * 1000);
  timer.unref();

  /** Fails with LostLease unless this process still has the job; until the transaction ends no other can take it. */
  const fence = async (transaction: Queryable, id: string, token: string) => {
    const mine = await transaction.query('DELETE FROM leases WHERE job = $1 AND token = $2::bigint RETURNING job', [
      id,
      token,
    ]);
    if (mine.length === 0) throw new LostLease();
  };

  const send = async (queue: string, jobs: readonly NewJob[], transaction: Queryable): Promise<void> => {
    const rows = jobs.map(({ data, startAfter }) => ({
      name: queue,
      data,
      deadLetter: deadQueue(queue),
      expireInSeconds: expireInHours * 3600,
      ...retries,
      ...(startAfter && { startAfter }),
    }));
    if (rows.length > 0) await boss.insert(rows, { db: engineOn(transaction) });
  };

  return {
    send,
    async take<Data>(queue: string) {
      const taken = await database.transaction(async (transaction) => {
        const [job] = await boss.fetch<Data>(queue, { batchSize: 1, db: engineOn(transaction) });
        if (!job) return undefined;
        const [lease] = await transaction.query<{ token: string }>(
          `INSERT INTO leases (job, token, owner, expires_at)
           VALUES ($1, nextval('lease_tokens'), $2, now() + make_interval(secs => $3))
           ON CONFLICT (job) DO UPDATE SET token = excluded.token, owner = excluded.owner, expires_at = excluded.expires_at
           RETURNING token::text AS token`,
          [job.id, owner, leaseSeconds],
        );
        return { job, token: lease!.token };
      });
      if (!taken) return undefined;
      const { job, token } = taken;
      const lost = new AbortController();
      held.set(job.id, { token, lost });
      const end = async (work: (transaction: Queryable) => Promise<void>) => {
        try {
          await database.transaction(async (transaction) => {
            await fence(transaction, job.id, token);
            await work(transaction);
          });
        } finally {
          held.delete(job.id);
        }
      };
      return {
        id: job.id,
        data: job.data,
        signal: lost.signal,
        write: (work) =>
          database.transaction(async (transaction) => {
            const mine = await transaction.query(
              `UPDATE leases SET expires_at = now() + make_interval(secs => $3) WHERE job = $1 AND token = $2::bigint
               RETURNING job`,
              [job.id, token, leaseSeconds],
            );
            if (mine.length === 0) {
              const reason = new LostLease();
              lost.abort(reason);
              throw reason;
            }
            return work(transaction);
          }),
        finish: (write) =>
          end(async (transaction) => {
            await write(transaction);
            await boss.complete(queue, job.id, undefined as never, { db: engineOn(transaction) });
          }),
        fail: (reason) =>
          end((transaction) => boss.fail(queue, job.id, { message: reason }, { db: engineOn(transaction) })),
        release: () => end((transaction) => putBack(transaction, [job.id])),
      };
    },
    async recover() {
      return database.transaction(async (transaction) => {
        const silent = await transaction.query<{ id: string; name: string }>(
          `SELECT j.id, j.name FROM pgboss.job j LEFT JOIN leases l ON l.job = j.id
           WHERE j.state = 'active' AND j.name = ANY($1)
             AND (l.job IS NULL OR l.expires_at < now() OR ($2 AND l.owner <> $3))
           FOR UPDATE OF j SKIP LOCKED`,
          // Whoever else had a job of a folder is gone: its lock says so.
          [queues, database.kind === 'folder', owner],
        );
        if (silent.length === 0) return 0;
        const ids = silent.map(({ id }) => id);
        await transaction.query('DELETE FROM leases WHERE job = ANY($1::uuid[])', [ids]);
        // A folder has one process: one that was killed says nothing about the job, which is not counted as a try.
        if (database.kind === 'folder') await putBack(transaction, ids);
        else {
          for (const { id, name } of silent) {
            await boss.fail(name, id, { message: 'its worker stopped' }, { db: engineOn(transaction) });
          }
        }
        return silent.length;
      });
    },
    async pending(queue, containing = {}) {
      const [row] = await database.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM pgboss.job
         WHERE name = $1 AND state IN ('created', 'retry', 'active') AND data @> $2::jsonb`,
        [queue, JSON.stringify(containing)],
      );
      return row!.count;
    },
    async deadLetters() {
      const rows = await database.query<{ id: string; name: string; data: unknown; output: unknown; at: Date }>(
        `SELECT id, name, data, output, created_on AS at FROM pgboss.job
         WHERE name = ANY($1) AND state IN ('created', 'retry') ORDER BY created_on, id`,
        [queues.map(deadQueue)],
      );
      return rows.map(({ id, name, data, output, at }) => ({
        id,
        queue: name.replace(/-dead$/, ''),
        data,
        reason: reasonOf(output),
        at: at.toISOString(),
      }));
    },
    async retry(ids) {
      return database.transaction(async (transaction) => {
        const dead = await transaction.query<{ id: string; name: string; data: object }>(
          `DELETE FROM pgboss.job WHERE name = ANY($1) AND state IN ('created', 'retry')
             AND ($2::uuid[] IS NULL OR id = ANY($2::uuid[])) RETURNING id, name, data`,
          [queues.map(deadQueue), ids ?? null],
        );
        for (const { name, data } of dead) {
          await send(name.replace(/-dead$/, ''), [{ data }], transaction);
        }
        return dead.length;
      });
    },
    async close() {
      clearInterval(timer);
      await boss.stop({ graceful: false, close: false, wait: true });
    },
  };
}

/** As if they had not been taken. */
async function putBack(transaction: Queryable, ids: readonly string[]): Promise<void> {
  await transaction.query(
    `UPDATE pgboss.job SET state = 'created', started_on = NULL WHERE id = ANY($1::uuid[]) AND state = 'active'`,
    [ids],
  );
}

/** A number of our own, so that two programs that start do not create the same queue. */
const startLock = 7_305_002;

/** While no other process starts. A folder has one process, and one connection, which a transaction would keep from the work. */
async function alone(database: Database, work: () => Promise<void>): Promise<void> {
  if (database.kind === 'folder') return work();
  await database.transaction(async (transaction) => {
    await transaction.query('SELECT pg_advisory_xact_lock($1)', [startLock]);
    await work();
  });
}

async function ensureQueue(boss: PgBoss, queue: PgBoss.Queue): Promise<void> {
  if (!(await boss.getQueue(queue.name))) await boss.createQueue(queue.name, queue);
}

/** How pg-boss runs its statements. */
function engineOn(database: Queryable): PgBoss.Db {
  return {
    async executeSql(text, values) {
      if (values && values.length > 0) return { rows: await database.query(text, values) };
      // Of several statements it reads no rows.
      if (/;\s*\S/.test(text)) {
        await database.execute(text);
        return { rows: [] };
      }
      return { rows: await database.query(text) };
    },
  };
}

function reasonOf(output: unknown): string {
  const { message } = (output ?? {}) as { message?: unknown };
  return typeof message === 'string' ? message : '';
}
