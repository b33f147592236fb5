import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { CurvePoint } from '../../../core/tuning/journal.ts';
import type { Database, Queryable } from '../../catalogue/database/database.ts';
import type { HeldJob, JobQueue } from '../../catalogue/jobs/jobQueue.ts';
import type { TrialOutcome } from '../trialRunner.ts';
import { isSameTask, type SharedTask, type TrialJob, trialQueue } from './sharedTask.ts';
import type { TrialFiles } from './trialFiles.ts';

/** How a trial ended for its sweep; what stops a worker only sends it to another one. */
export type SharedOutcome = Extract<TrialOutcome, { readonly kind: 'reached' | 'failed' }>;

const refusalsSchema = z.array(z.object({ worker: z.string(), reason: z.string() }));

/** What a sweep sees of its trials. */
export interface TrialRow {
  readonly trial: number;
  readonly generation: string;
  readonly state: 'waiting' | 'running' | 'ended';
  readonly epochs: number;
  readonly curve: readonly CurvePoint[];
  readonly warnings: readonly string[];
  readonly refusals: z.infer<typeof refusalsSchema>;
  readonly outcome: SharedOutcome | null;
}

/**
 * Hands a trial to the workers. One with the same task that waits, runs or has ended is taken as it is.
 * @param local reads the files of its folder here; they count where the database has none
 * @returns the generation of its row
 */
export async function handOver(
  { database, queue }: { readonly database: Database; readonly queue: JobQueue },
  { sweep, trial }: Pick<TrialJob, 'sweep' | 'trial'>,
  task: SharedTask,
  local: () => Promise<TrialFiles>,
): Promise<string> {
  return database.transaction(async (transaction) => {
    const [row] = await transaction.query<{ generation: string; task: unknown; state: TrialRow['state'] }>(
      'SELECT generation::text AS generation, task, state FROM trials WHERE sweep = $1 AND trial = $2 FOR UPDATE',
      [sweep, trial],
    );
    if (row && isSameTask(row.task, task)) {
      await transaction.query('UPDATE trials SET wanted = true, task = $3::json WHERE sweep = $1 AND trial = $2', [
        ...[sweep, trial],
        JSON.stringify(task),
      ]);
      return row.generation;
    }
    const generation = randomUUID();
    await transaction.query(
      `INSERT INTO trials (sweep, trial, generation, task) VALUES ($1, $2, $3, $4::json)
       ON CONFLICT (sweep, trial) DO UPDATE SET generation = excluded.generation, task = excluded.task, state = 'waiting',
         wanted = true, job = NULL, worker = '', takes = 0, epochs = 0, curve = '[]', warnings = '[]', refusals = '[]',
         outcome = NULL, changed_at = now()`,
      [sweep, trial, generation, JSON.stringify(task)],
    );
    const [stored] = await transaction.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM trial_files WHERE sweep = $1 AND trial = $2',
      [sweep, trial],
    );
    if (stored!.count === 0) await putFiles(transaction, { sweep, trial }, await local());
    await sendTrial(queue, { sweep, trial, generation }, transaction);
    return generation;
  });
}

/** @param startAfter when it may be taken; default: now */
export async function sendTrial(
  queue: JobQueue,
  { sweep, trial, generation }: TrialJob,
  transaction: Queryable,
  startAfter?: Date,
): Promise<void> {
  await queue.send(
    trialQueue,
    [{ data: { sweep, trial, generation }, ...(startAfter && { startAfter }) }],
    transaction,
  );
}

/** Rows of a sweep's trials. */
export async function trialRows(database: Queryable, sweep: string, trials: readonly number[]): Promise<TrialRow[]> {
  return database.query<TrialRow>(
    `SELECT trial, generation::text AS generation, state, epochs, curve, warnings, refusals, outcome FROM trials
     WHERE sweep = $1 AND trial = ANY($2::int[]) ORDER BY trial`,
    [sweep, trials],
  );
}

/** Asks workers to pause these trials, and to leave those that wait. */
export async function withdrawTrials(database: Queryable, sweep: string, trials: readonly number[]): Promise<void> {
  await database.query(`UPDATE trials SET wanted = false WHERE sweep = $1 AND trial = ANY($2::int[])`, [sweep, trials]);
}

export async function forgetSweep(database: Queryable, sweep: string): Promise<void> {
  await database.query('DELETE FROM trials WHERE sweep = $1', [sweep]);
}

export async function filesOfTrial(database: Queryable, sweep: string, trial: number): Promise<TrialFiles> {
  const rows = await database.query<{ name: string; bytes: Uint8Array }>(
    'SELECT name, bytes FROM trial_files WHERE sweep = $1 AND trial = $2',
    [sweep, trial],
  );
  return Object.fromEntries(rows.map(({ name, bytes }) => [name, bytes]));
}

/** Of a run that is on the sweep's machine and will not go on. */
export async function removeFiles(database: Queryable, sweep: string, trial: number): Promise<void> {
  await database.query('DELETE FROM trial_files WHERE sweep = $1 AND trial = $2', [sweep, trial]);
}

async function putFiles(
  transaction: Queryable,
  { sweep, trial }: Pick<TrialJob, 'sweep' | 'trial'>,
  files: TrialFiles,
): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) {
    await transaction.query(
      `INSERT INTO trial_files (sweep, trial, name, bytes) VALUES ($1, $2, $3, $4)
       ON CONFLICT (sweep, trial, name) DO UPDATE SET bytes = excluded.bytes`,
      [sweep, trial, name, bytes],
    );
  }
}

/** A trial as the worker that took it has it. */
export interface TakenTrial {
  readonly task: unknown;
  /** Takes since its last checkpoint, this one included. */
  readonly takes: number;
}

type Held = Pick<HeldJob<TrialJob>, 'id' | 'data' | 'write' | 'finish'>;

/** Writes to the row that a worker has; without a row its sweep does not want it any more. */
async function update<R>(
  transaction: Queryable,
  { id, data: { sweep, trial, generation } }: Held,
  assignments: string,
  values: readonly (string | number | null)[] = [],
): Promise<R | undefined> {
  const [row] = await transaction.query<R>(
    `UPDATE trials SET changed_at = now(), ${assignments}
     WHERE sweep = $1 AND trial = $2 AND generation = $3 AND job = $4 AND state = 'running'
     RETURNING takes, wanted, task, trial`,
    [sweep, trial, generation, id, ...values],
  );
  return row;
}

/** @returns undefined where there is nothing to do for it any more */
export async function takeTrial(job: Held, worker: string): Promise<TakenTrial | undefined> {
  const { sweep, trial, generation } = job.data;
  return job.write(async (transaction) => {
    const [row] = await transaction.query<TakenTrial>(
      `UPDATE trials SET state = 'running', job = $4, worker = $5, takes = takes + 1, changed_at = now()
       WHERE sweep = $1 AND trial = $2 AND generation = $3 AND state <> 'ended' AND wanted RETURNING task, takes`,
      [sweep, trial, generation, job.id, worker],
    );
    return row;
  });
}

export interface TrialProgress {
  readonly epochs: number;
  readonly curve: readonly CurvePoint[];
  readonly warnings: readonly string[];
}

/** @returns whether the sweep still wants the trial */
export async function writeProgress(job: Held, { epochs, curve, warnings }: TrialProgress): Promise<boolean> {
  const row = await job.write((transaction) =>
    update<{ wanted: boolean }>(transaction, job, 'epochs = $5, curve = $6::json, warnings = $7::json', [
      epochs,
      JSON.stringify(curve),
      JSON.stringify(warnings),
    ]),
  );
  return row?.wanted ?? false;
}

export async function writeFiles(job: Held, files: TrialFiles): Promise<void> {
  await job.write(async (transaction) => {
    if (await update(transaction, job, 'takes = 0')) await putFiles(transaction, job.data, files);
  });
}

/** The trial has reached its task's epoch, or failed: its result, and its folder as it is now. */
export async function endTrial(job: Held, outcome: SharedOutcome, files: TrialFiles): Promise<void> {
  await job.finish(async (transaction) => {
    const curve = outcome.kind === 'reached' ? outcome.curve : null;
    const row = await update(
      transaction,
      job,
      `state = 'ended', outcome = $5::json, curve = coalesce($6::json, curve), epochs = coalesce($7::int, epochs)`,
      [JSON.stringify(outcome), curve && JSON.stringify(curve), curve?.length ?? null],
    );
    if (!row) return;
    await removeFiles(transaction, job.data.sweep, job.data.trial);
    await putFiles(transaction, job.data, files);
  });
}

/** Its sweep was stopped: it goes on when that does. */
export async function pauseTrial(job: Held): Promise<void> {
  await job.finish(async (transaction) => void (await update(transaction, job, `state = 'waiting', takes = 0`)));
}

/** This worker cannot run it: another one is to try, not before `startAfter`. */
export async function refuseTrial(
  queue: JobQueue,
  job: Held,
  refusal: { readonly worker: string; readonly reason: string },
  startAfter: Date,
): Promise<void> {
  await job.finish(async (transaction) => {
    const assignments = `state = 'waiting', takes = takes - 1, refusals = refusals || $5::jsonb`;
    const row = await update(transaction, job, assignments, [JSON.stringify([refusal])]);
    if (row) await sendTrial(queue, job.data, transaction, startAfter);
  });
}
