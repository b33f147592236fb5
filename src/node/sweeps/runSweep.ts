import { join, resolve } from 'node:path';
import { SelvedgeError } from '../../core/errors.ts';
import { changesBetween } from '../../core/tuning/changes.ts';
import {
  advance,
  type CurvePoint,
  type JournalLine,
  replay,
  type SweepState,
  type SweepVersion,
  type Task,
} from '../../core/tuning/journal.ts';
import { optunaJournal } from '../../core/tuning/optunaJournal.ts';
import type { SweepResult } from '../../core/tuning/result.ts';
import { currentVersion, nextRound, pendingTasks } from '../../core/tuning/rounds.ts';
import { summariseSweep } from '../../core/tuning/summarise.ts';
import { folderOf, prepareTrial } from '../../core/tuning/trials.ts';
import { sweepPage } from '../../views/sweep/sweepPage.ts';
import type { LoadedDataset } from '../datasets/fashionMnist.ts';
import { nodeEngine } from '../engine.ts';
import { requireSameData } from '../runs/readRun.ts';
import { writeFileWhole } from '../runs/writeWhole.ts';
import { openSweepFolder, type SweepFolder } from './sweepFolder.ts';
import type { TrialOutcome, TrialRunner } from './trialRunner.ts';

/** What happens in a sweep, for its display. */
export type SweepEvent =
  | { readonly kind: 'cut'; readonly journal: string }
  | { readonly kind: 'resumed' }
  | { readonly kind: 'changed'; readonly changes: readonly string[] }
  | { readonly kind: 'round'; readonly tasks: readonly Task[] }
  | { readonly kind: 'started'; readonly trial: number }
  | { readonly kind: 'progress'; readonly trial: number; readonly epochs: number }
  | { readonly kind: 'ended'; readonly trial: number; readonly outcome: TrialOutcome }
  | { readonly kind: 'warning'; readonly trial: number; readonly sentence: string };

export interface SweepOptions {
  /** The sweep's file; not needed to resume. */
  readonly version: SweepVersion | undefined;
  readonly name: string;
  readonly folder: string;
  readonly data: LoadedDataset;
  readonly runner: TrialRunner;
  /** The folder that was given for the data set. */
  readonly dataFolder: string | undefined;
  readonly allowDifferentEngine: boolean;
  /** A file for the study in Optuna's journal format. */
  readonly optunaJournal?: string | undefined;
  /** Stops the running trials after their present step. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: SweepEvent, state: SweepState, running: Running) => void;
}

/** The curves so far of the trials that run now. */
export type Running = ReadonlyMap<number, readonly CurvePoint[]>;

export interface SweepOutcome {
  readonly status: 'finished' | 'stopped';
  readonly result: SweepResult;
  /** Absolute path of the report. */
  readonly page: string;
}

/** Seconds between two writings of the results while trials run. */
const writingInterval = 5;

/**
 * Runs a sweep, or goes on with the one in the folder: journal, trials' runs, `sweep.json` and `index.html` are written there.
 * @throws SelvedgeError 'bad-option' for a change after which trials could not be compared; 'bad-data' for another data set or a journal
 *   that was changed; what stopped a trial where it would stop others too, such as 'cannot-write'
 */
export async function runSweep(options: SweepOptions): Promise<SweepOutcome> {
  const folder = await openSweepFolder(resolve(options.folder));
  try {
    return await runIn(folder, options);
  } finally {
    await folder.close();
  }
}

async function runIn(folder: SweepFolder, options: SweepOptions): Promise<SweepOutcome> {
  const { runner, signal } = options;
  let state = replay(folder.journal.lines, folder.file);
  const running = new Map<number, readonly CurvePoint[]>();
  const report = (event: SweepEvent) => options.onEvent(event, state, running);
  const add = async (line: JournalLine) => {
    const next = advance(state, line);
    await folder.append(line);
    state = next;
  };
  if (folder.journal.isCut) report({ kind: 'cut', journal: folder.file });
  await begin(state, add, options, report);
  const results = resultWriter(options, () => ({ state, running }));

  let broken: SelvedgeError | undefined;
  const work = async (tasks: Task[]) => {
    for (let task = tasks.shift(); task && !signal.aborted && !broken; task = tasks.shift()) {
      const { trial } = task;
      const outcome = await runTask(task, state, options, running, report);
      running.delete(trial);
      if (outcome.kind === 'reached') await add({ op: 'reached', trial, curve: outcome.curve });
      if (outcome.kind === 'failed') await add({ op: 'failed', trial, error: outcome.error });
      if (outcome.kind === 'broken') {
        broken ??= new SelvedgeError(outcome.code, outcome.error);
        runner.stop();
      }
      report({ kind: 'ended', trial, outcome });
      await results.writeSometimes();
    }
  };
  while (!signal.aborted && !broken) {
    if (pendingTasks(state).length === 0) {
      const tasks = nextRound(state);
      if (tasks.length === 0) break;
      await add({ op: 'round', tasks });
      report({ kind: 'round', tasks });
    }
    const tasks = [...pendingTasks(state)];
    await Promise.all(Array.from({ length: runner.slots }, () => work(tasks)));
  }
  const result = await results.write();
  if (broken) throw broken;
  const status = pendingTasks(state).length > 0 || nextRound(state).length > 0 ? 'stopped' : 'finished';
  return { status, result, page: results.page };
}

/** Starts a new sweep, or checks that the one in the folder can go on, and records what was changed in its file. */
async function begin(
  state: SweepState,
  add: (line: JournalLine) => Promise<void>,
  { version, name, data, dataFolder, allowDifferentEngine, folder }: SweepOptions,
  report: (event: SweepEvent) => void,
): Promise<void> {
  const { wasmSha256 } = await nodeEngine();
  if (state.versions.length === 0) {
    if (!version) {
      throw new SelvedgeError('missing-file', `There is no sweep in ${folder}; start one with selvedge sweep FILE.`);
    }
    const folders = { dataFolder: dataFolder === undefined ? null : resolve(dataFolder) };
    await add({ op: 'start', version: 1, name, dataset: data.files, wasmSha256, ...folders, ...described(version) });
    return;
  }
  requireSameData(state.dataset, data);
  if (wasmSha256 !== state.wasmSha256 && !allowDifferentEngine) {
    throw new SelvedgeError(
      'bad-option',
      `The sweep in ${folder} was started with another build of the engine, so its trials' bits could differ; to go on nevertheless, add --allow-different-engine.`,
    );
  }
  report({ kind: 'resumed' });
  const before = currentVersion(state);
  if (!version || isSame(before, version)) return;
  const changes = changesBetween(before, version);
  if (changes.length === 0) return;
  await add({ op: 'change', changes, ...described(version) });
  report({ kind: 'changed', changes });
}

function described({ file, sweep, networks }: SweepVersion) {
  return { file, sweep, networks };
}

function isSame(a: SweepVersion, b: SweepVersion): boolean {
  return JSON.stringify([a.sweep, a.networks]) === JSON.stringify([b.sweep, b.networks]);
}

async function runTask(
  { trial: number, epochs }: Task,
  state: SweepState,
  { folder, runner }: SweepOptions,
  running: Map<number, readonly CurvePoint[]>,
  report: (event: SweepEvent) => void,
): Promise<TrialOutcome> {
  const trial = state.trials[number]!;
  const prepared = prepareTrial(state, trial);
  if (prepared instanceof SelvedgeError) return { kind: 'failed', error: prepared.message };
  running.set(number, trial.curve);
  report({ kind: 'started', trial: number });
  const { configuration, network } = prepared;
  const task = {
    ...{ trial: number, configuration, epochs },
    folder: resolve(folder, folderOf(number)),
    network: { name: network.name, spec: network.spec },
  };
  return runner.run(task, {
    onCurve: (curve) => running.set(number, curve),
    onProgress: (done) => report({ kind: 'progress', trial: number, epochs: done }),
    onWarning: (sentence) => report({ kind: 'warning', trial: number, sentence }),
  });
}

function resultWriter(
  { folder, dataFolder, optunaJournal: journalFile }: SweepOptions,
  now: () => { readonly state: SweepState; readonly running: Running },
) {
  const page = resolve(folder, 'index.html');
  const options = dataFolder === undefined ? [] : ['--data', dataFolder];
  let last = performance.now();
  let before: Promise<unknown> = Promise.resolve();
  const write = async (): Promise<SweepResult> => {
    const { state, running } = now();
    const result = summariseSweep(state, { running, folder, options });
    last = performance.now();
    // One after the other: two of them would race for the names.
    before = before.then(async () => {
      await writeFileWhole(join(resolve(folder), 'sweep.json'), `${JSON.stringify(result, null, 2)}\n`);
      await writeFileWhole(page, sweepPage(result));
      if (journalFile !== undefined) await writeFileWhole(journalFile, optunaJournal(result));
    });
    await before;
    return result;
  };
  const writeSometimes = async () => {
    if (performance.now() - last >= writingInterval * 1000) await write();
  };
  return { page, write, writeSometimes };
}
