import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { SelvedgeError } from '../../../core/errors.ts';
import type { Database } from '../../catalogue/database/database.ts';
import type { JobQueue } from '../../catalogue/jobs/jobQueue.ts';
import { writeFileWhole } from '../../runs/writeWhole.ts';
import type { TrialEvents, TrialOutcome, TrialRunner, TrialTask } from '../trialRunner.ts';
import { type SharedTask, type TrialJob, trialQueue } from './sharedTask.ts';
import { isFinishedRun, readTrialFiles, writeTrialFiles } from './trialFiles.ts';
import {
  filesOfTrial,
  forgetSweep,
  handOver,
  removeFiles,
  sendTrial,
  type TrialRow,
  trialRows,
  withdrawTrials,
} from './trialStore.ts';

export interface SharedRunnerOptions
  extends Pick<SharedTask, 'name' | 'dataset' | 'wasmSha256' | 'allowDifferentEngine' | 'checkpointSeconds'> {
  readonly database: Database;
  readonly queue: JobQueue;
  /** Absolute path of the sweep's folder. */
  readonly folder: string;
  /** Trials that are handed out at once; more than a round's make no difference. */
  readonly slots: number;
  /** How often the trials are looked at, in milliseconds; default 500. */
  readonly pollMs?: number;
  /** How often jobs that are lost are sent again, in milliseconds; default 5,000. */
  readonly resendMs?: number;
}

export interface SharedRunner extends TrialRunner {
  /** Removes a finished sweep from the database: all of it is in its folder. */
  forget(): Promise<void>;
}

/** In the sweep's folder: by what number the database knows it, so that it finds its trials again. */
const idFile = 'workers.json';
const idSchema = z.object({ sweep: z.uuid() });

/** After how long it is said that no worker takes a trial, in milliseconds. */
const lonelyMs = 30_000;
/** How long the database may be away before the sweep ends, and how many workers may refuse a trial before that is said. */
const awayMs = 600_000;
const manyRefusals = 3;

interface Waiting {
  readonly task: TrialTask;
  readonly events: TrialEvents;
  readonly generation: string;
  readonly resolve: (outcome: TrialOutcome) => void;
  epochs: number;
  points: number;
  warnings: number;
  isRefused: boolean;
}

/**
 * Hands trials to the workers of a database, which keep their checkpoints there, and writes their runs to the sweep's folder. Trials that
 * an earlier process of the same sweep has handed out are taken as they are.
 */
export function createSharedRunner(options: SharedRunnerOptions): SharedRunner {
  const { database, queue, folder, slots, pollMs = 500, resendMs = 5000 } = options;
  const active = new Map<number, Waiting>();
  let isStopping = false;
  let polling: Promise<void> | undefined;
  let known: Promise<string> | undefined;
  const id = () => {
    known ??= sweepId(folder);
    return known;
  };
  const end = (trial: number, outcome: TrialOutcome) => {
    const waiting = active.get(trial);
    active.delete(trial);
    waiting?.resolve(outcome);
  };

  const brokenBy = (what: string): TrialOutcome => ({
    kind: 'broken',
    code: 'worker-failed',
    error: `The database at ${database.place} ${what}; the same command goes on.`,
  });

  const see = async (sweep: string, row: TrialRow): Promise<void> => {
    const waiting = active.get(row.trial);
    if (!waiting || waiting.generation !== row.generation) return;
    const { events, task } = waiting;
    if (row.curve.length !== waiting.points) events.onCurve(row.curve);
    waiting.points = row.curve.length;
    if (row.epochs !== waiting.epochs) events.onProgress(row.epochs);
    waiting.epochs = row.epochs;
    for (const sentence of row.warnings.slice(waiting.warnings)) events.onWarning(sentence);
    waiting.warnings = row.warnings.length;
    const refusal = row.refusals.at(-1);
    if (refusal && row.refusals.length >= manyRefusals && !waiting.isRefused && row.state !== 'ended') {
      waiting.isRefused = true;
      events.onWarning(
        `It was refused ${row.refusals.length} times and waits for another worker; the last was ${refusal.worker}: ${refusal.reason}`,
      );
    }
    if (row.state !== 'ended') return;
    const files = await filesOfTrial(database, sweep, row.trial);
    try {
      await writeTrialFiles(task.folder, files);
    } catch (error) {
      if (!(error instanceof SelvedgeError)) throw error;
      return end(row.trial, { kind: 'broken', code: error.code, error: error.message });
    }
    // A paused trial's checkpoint stays for the worker that goes on with it.
    if (isFinishedRun(files)) await removeFiles(database, sweep, row.trial);
    end(row.trial, row.outcome!);
  };

  /** Its job may be gone: with a sweep that was stopped, after too many workers died, or with a database that was restored. */
  const ensureJob = async (job: TrialJob): Promise<void> => {
    if ((await queue.pending(trialQueue, { generation: job.generation })) > 0) return;
    await database.transaction((transaction) => sendTrial(queue, job, transaction));
  };

  const poll = async (): Promise<void> => {
    let resent = performance.now();
    let seen = performance.now();
    let busy = performance.now();
    let isLonely = false;
    let isAway = false;
    const warn = (sentence: string) => [...active.values()][0]?.events.onWarning(sentence);
    while (active.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, pollMs));
      try {
        const sweep = await id();
        const rows = await trialRows(database, sweep, [...active.keys()]);
        for (const row of rows) await see(sweep, row);
        if (performance.now() - resent > resendMs) {
          resent = performance.now();
          for (const { trial, generation, state } of rows) {
            if (state !== 'ended' && active.has(trial)) await ensureJob({ sweep, trial, generation });
          }
        }
        seen = performance.now();
        isAway = false;
        if (rows.some(({ state }) => state !== 'waiting')) busy = performance.now();
        if (performance.now() - busy > lonelyMs && !isLonely) {
          isLonely = true;
          warn(
            `No worker has taken a trial for ${lonelyMs / 1000} s; start one with: selvedge worker --database ADDRESS`,
          );
        }
      } catch (error) {
        const { message } = error as Error;
        if (!isAway) warn(`The database at ${database.place} does not answer (${message}); trying again.`);
        isAway = true;
        if (performance.now() - seen < awayMs) continue;
        const outcome = brokenBy(`has not answered for ${awayMs / 60_000} minutes (${message})`);
        for (const trial of [...active.keys()]) end(trial, outcome);
      }
    }
    polling = undefined;
  };

  let withdrawn: Promise<void> = Promise.resolve();
  return {
    slots,
    async run(task, events) {
      if (isStopping) return { kind: 'stopped' };
      const { name, dataset, wasmSha256, allowDifferentEngine, checkpointSeconds } = options;
      const { trial, configuration, network, epochs } = task;
      const shared: SharedTask = {
        ...{ name, configuration, network, epochs, dataset, wasmSha256, allowDifferentEngine, checkpointSeconds },
        recordedFolder: task.folder,
      };
      const local = () => readTrialFiles(task.folder);
      let generation: string;
      try {
        const sweep = await id();
        generation = await handOver({ database, queue }, { sweep, trial }, shared, local);
        await ensureJob({ sweep, trial, generation });
      } catch (error) {
        if (error instanceof SelvedgeError) throw error;
        return brokenBy(`failed (${(error as Error).message})`);
      }
      return new Promise((resolve) => {
        const state = { epochs: 0, points: 0, warnings: 0, isRefused: false };
        active.set(trial, { ...{ task, events, generation, resolve }, ...state });
        polling ??= poll();
      });
    },
    stop() {
      if (isStopping) return;
      isStopping = true;
      const trials = [...active.keys()];
      withdrawn = id().then((sweep) => withdrawTrials(database, sweep, trials));
      withdrawn.catch(() => undefined);
      for (const trial of trials) end(trial, { kind: 'stopped' });
    },
    async close() {
      // Where it cannot be said, the workers finish what they have.
      await withdrawn.catch(() => undefined);
      await polling;
    },
    async forget() {
      await forgetSweep(database, await id());
    },
  };
}

async function sweepId(folder: string): Promise<string> {
  const file = join(folder, idFile);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text !== undefined) {
    try {
      return idSchema.parse(JSON.parse(text)).sweep;
    } catch (cause) {
      throw new SelvedgeError(
        'bad-data',
        `${file} does not name a sweep; remove it, and trials that workers have in hand are started again.`,
        { cause },
      );
    }
  }
  const sweep = randomUUID();
  await writeFileWhole(file, `${JSON.stringify({ sweep })}\n`);
  return sweep;
}
