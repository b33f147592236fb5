import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SelvedgeError } from '../../../core/errors.ts';
import type { CurvePoint } from '../../../core/tuning/journal.ts';
import type { Database } from '../../catalogue/database/database.ts';
import { type HeldJob, type JobQueue, LostLease } from '../../catalogue/jobs/jobQueue.ts';
import { startWorkerLoop, type WorkerLoop } from '../../catalogue/process/workerLoop.ts';
import { createProcessRunner } from '../processRunner.ts';
import type { TrialOutcome, TrialRunner } from '../trialRunner.ts';
import { parseTask, type SharedTask, type TrialJob, trialQueue } from './sharedTask.ts';
import { readCheckpointFiles, readTrialFiles, writeTrialFiles } from './trialFiles.ts';
import {
  endTrial,
  filesOfTrial,
  pauseTrial,
  refuseTrial,
  type SharedOutcome,
  takeTrial,
  writeFiles,
  writeProgress,
} from './trialStore.ts';

export interface TrialWorkerOptions {
  readonly database: Database;
  readonly queue: JobQueue;
  /** What it is called in sentences, such as its machine and process. */
  readonly name: string;
  readonly threads: number;
  /** Undefined: wherever the data set is found. */
  readonly dataFolder: string | undefined;
  /** Called with a sentence for whatever happens. */
  readonly onEvent: (sentence: string) => void;
  /** How long a trial that this worker refused waits for another one, in milliseconds; default 5,000. */
  readonly refusalMs?: number;
}

/** Takes in a row without a new checkpoint after which a trial has failed: it ends whatever works on it. */
const mostTakes = 6;
/** The longest pause of a worker that refuses one trial after the other, as a multiple of the first. */
const longestPause = 32;
const progressMs = 1000;

/** Runs trials of any sweep, one at a time, each in a child process. */
export function startTrialWorker(options: TrialWorkerOptions): WorkerLoop {
  const { queue, name, onEvent, refusalMs = 5000 } = options;
  const ending = new AbortController();
  const processes = trialProcesses(options);
  let refusals = 0;

  const work = async (job: HeldJob<TrialJob>): Promise<void> => {
    const taken = await takeTrial(job, name);
    if (!taken) return job.finish(async () => {});
    let title = `trial ${job.data.trial}`;
    const refuse = async (reason: string) => {
      onEvent(`${title}: this worker cannot run it, so another one is to try: ${reason}`);
      await refuseTrial(queue, job, { worker: name, reason }, new Date(Date.now() + refusalMs));
      // Others should take it, and the next trial is probably of the same sweep.
      await waited((refusalMs / 2) * Math.min(2 ** refusals, longestPause), ending.signal);
      refusals++;
    };
    try {
      const task = parseTask(taken.task);
      title = `trial ${job.data.trial} of ${task.name}`;
      if (taken.takes > mostTakes) {
        const error = `Its worker stopped ${mostTakes} times before there was another checkpoint.`;
        onEvent(`${title} failed: ${error}`);
        return await endTrial(job, { kind: 'failed', error }, {});
      }
      const outcome = await runTaken(job, task, title, options, processes, ending.signal);
      if (outcome.kind === 'broken') return await refuse(outcome.error);
      refusals = 0;
    } catch (error) {
      if (!(error instanceof SelvedgeError)) throw error;
      await refuse(error.message);
    }
  };
  const loop = startWorkerLoop<TrialJob>(queue, trialQueue, 1, work, { onFailure: onEvent });
  return {
    wake: loop.wake,
    check: loop.check,
    async stop() {
      ending.abort();
      try {
        await loop.stop();
      } finally {
        await processes.close();
      }
    },
  };
}

/** Runs a trial in a folder of its own, and writes what comes of it; nothing of it is written where that is 'broken'. */
async function runTaken(
  job: HeldJob<TrialJob>,
  task: SharedTask,
  title: string,
  { database, onEvent }: TrialWorkerOptions,
  processes: ReturnType<typeof trialProcesses>,
  ending: AbortSignal,
): Promise<TrialOutcome> {
  const { sweep, trial } = job.data;
  const above = await mkdtemp(join(tmpdir(), 'selvedge-trial-')).catch((cause: Error) => {
    throw new SelvedgeError('cannot-write', `No folder can be made in ${tmpdir()} (${cause.message}).`, { cause });
  });
  const folder = join(above, 'run');
  try {
    await writeTrialFiles(folder, await filesOfTrial(database, sweep, trial));
    const { configuration, network, epochs, dataset, recordedFolder } = task;
    const wasmSha256 = task.allowDifferentEngine ? null : task.wasmSha256;
    const runner = await processes.runnerFor(task);
    let isReusable = true;
    const stop = () => {
      isReusable = false;
      runner.stop();
    };
    const follower = followTrial(job, folder, {
      onStop: stop,
      onLost() {
        stop();
        void processes.end(runner);
      },
      onEvent: (sentence) => onEvent(`${title}: ${sentence}`),
    });
    ending.addEventListener('abort', stop);
    if (ending.aborted) stop();
    let outcome: TrialOutcome;
    try {
      outcome = await runner.run(
        { ...{ trial, folder, configuration, network, epochs, recordedFolder }, requires: { dataset, wasmSha256 } },
        follower.events,
      );
      // A process keeps the data set that it has read.
      if (outcome.kind === 'broken') isReusable = false;
    } finally {
      ending.removeEventListener('abort', stop);
      await follower.close();
      if (!isReusable) await processes.end(runner);
    }
    job.signal.throwIfAborted();
    await conclude(job, outcome, folder, follower.isWanted(), (sentence) => onEvent(`${title} ${sentence}`));
    return outcome;
  } catch (error) {
    if (error instanceof LostLease) onEvent(`${title}: another worker has taken it over.`);
    throw error;
  } finally {
    await rm(above, { recursive: true, force: true });
  }
}

async function conclude(
  job: HeldJob<TrialJob>,
  outcome: TrialOutcome,
  folder: string,
  isWanted: boolean,
  say: (sentence: string) => void,
): Promise<void> {
  if (outcome.kind === 'broken') return;
  const files = await readTrialFiles(folder);
  if (outcome.kind !== 'stopped') {
    await endTrial(job, outcome satisfies SharedOutcome, files);
    if (outcome.kind === 'failed') say(`failed: ${outcome.error}`);
    else say(`reached epoch ${outcome.curve.length}.`);
    return;
  }
  await writeFiles(job, files);
  if (isWanted) await job.release();
  else await pauseTrial(job);
  say(isWanted ? 'was given back with its checkpoint.' : 'was paused, as its sweep was stopped.');
}

interface Following {
  /** The sweep does not want it any more. */
  readonly onStop: () => void;
  /** Another worker has it. */
  readonly onLost: () => void;
  readonly onEvent: (sentence: string) => void;
}

/** Sends progress and checkpoints of a trial that runs to the database. */
function followTrial(job: HeldJob<TrialJob>, folder: string, { onStop, onLost, onEvent }: Following) {
  let curve: readonly CurvePoint[] = [];
  let epochs = 0;
  const warnings: string[] = [];
  let isWanted = true;
  let isClosed = false;
  job.signal.addEventListener('abort', onLost);

  // One at a time; a checkpoint that comes while another is sent replaces it.
  let isDue = false;
  let sending: Promise<void> = Promise.resolve();
  const send = async () => {
    if (!isDue || isClosed) return;
    isDue = false;
    const files = await readCheckpointFiles(folder);
    if (files) await writeFiles(job, files);
  };
  const tick = async () => {
    const wanted = await writeProgress(job, { epochs, curve, warnings });
    if (wanted || !isWanted) return;
    isWanted = false;
    onStop();
  };
  /** What fails now is tried again at the next checkpoint, or shows when the result is written. */
  const orLater = (what: string) => (error: unknown) => {
    if (!(error instanceof LostLease)) onEvent(`${what} could not be stored (${(error as Error).message}).`);
  };
  const timer = setInterval(() => {
    sending = sending.then(tick).catch(orLater('The progress'));
  }, progressMs);
  return {
    isWanted: () => isWanted,
    events: {
      onCurve(points: readonly CurvePoint[]) {
        if (curve.length === 0 && epochs === 0) {
          onEvent(points.length === 0 ? 'started.' : `goes on after epoch ${points.length}.`);
        }
        curve = points;
      },
      onProgress(done: number) {
        epochs = done;
      },
      onWarning(sentence: string) {
        warnings.push(sentence);
      },
      onCheckpoint() {
        isDue = true;
        sending = sending.then(send).catch(orLater('A checkpoint'));
      },
    },
    async close() {
      isClosed = true;
      clearInterval(timer);
      job.signal.removeEventListener('abort', onLost);
      await sending;
    },
  };
}

/** The child process of a worker: it goes on to the next trial as long as its settings are the same and nothing has stopped it. */
function trialProcesses({ threads, dataFolder }: Pick<TrialWorkerOptions, 'threads' | 'dataFolder'>) {
  let current: { readonly key: string; readonly runner: TrialRunner } | undefined;
  const end = async (runner: TrialRunner) => {
    if (current?.runner === runner) current = undefined;
    await runner.close();
  };
  return {
    async runnerFor({ checkpointSeconds, allowDifferentEngine }: SharedTask): Promise<TrialRunner> {
      const key = `${checkpointSeconds} ${allowDifferentEngine}`;
      if (current && current.key !== key) await end(current.runner);
      current ??= {
        key,
        runner: createProcessRunner({ parallel: 1, threads, dataFolder, checkpointSeconds, allowDifferentEngine }),
      };
      return current.runner;
    },
    /** Ends its process at once. */
    end,
    async close() {
      if (current) await end(current.runner);
    },
  };
}

function waited(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(end, ms);
    function end() {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    }
    signal.addEventListener('abort', end);
  });
}
