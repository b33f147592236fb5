import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import type { LayerSpec } from '../../../core/graph/spec.ts';
import { completeConfiguration } from '../../../core/training/configuration.ts';
import { parseSweep } from '../../../core/tuning/spec.ts';
import type { Database } from '../../catalogue/database/database.ts';
import { openEmbedded } from '../../catalogue/database/embedded.ts';
import { migrate } from '../../catalogue/database/migrate.ts';
import { type JobQueue, LostLease, openJobQueue } from '../../catalogue/jobs/jobQueue.ts';
import type { WorkerLoop } from '../../catalogue/process/workerLoop.ts';
import { loadDataset } from '../../datasets/fashionMnist.ts';
import { nodeEngine } from '../../engine.ts';
import { readRun } from '../../runs/readRun.ts';
import { createProcessRunner } from '../processRunner.ts';
import { runSweep } from '../runSweep.ts';
import { runTrial } from '../runTrial.ts';
import type { TrialEvents, TrialRunner, TrialTask } from '../trialRunner.ts';
import { createSharedRunner } from './sharedRunner.ts';
import { type TrialJob, trialQueue } from './sharedTask.ts';
import { readTrialFiles } from './trialFiles.ts';
import { takeTrial, writeFiles, writeProgress } from './trialStore.ts';
import { startTrialWorker } from './trialWorker.ts';

const subset = join(import.meta.dirname, '../../../../test/fixtures/fashion-mnist-subset');
const data = await loadDataset({ folder: subset });
const { wasmSha256 } = await nodeEngine();

const sweep = {
  trials: 4,
  round: 2,
  sampler: 'random',
  halving: { firstEpochs: 1, factor: 2 },
  settings: { epochs: 2, validation: 20, batchSize: 25, limit: 120 },
  network: [
    { type: 'input', shape: [28, 28, 1] },
    { type: 'flatten' },
    { type: 'dense', units: 10, activation: 'softmax' },
  ],
  parameters: { learningRate: { low: 0.001, high: 0.1, log: true } },
};

function temporaryFolder(keep: (remove: () => void) => void = onTestFinished): string {
  const folder = mkdtempSync(join(tmpdir(), 'selvedge-shared-'));
  keep(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

let database: Database;
let queue: JobQueue;
beforeAll(async () => {
  database = await openEmbedded(join(temporaryFolder(afterAll), 'database'));
  await migrate(database, true);
  queue = await openJobQueue(database, [trialQueue]);
});
afterAll(async () => {
  await queue.close();
  await database.close();
});

beforeEach(async () => {
  await database.execute('DELETE FROM trials; DELETE FROM pgboss.job; DELETE FROM leases;');
});

interface Worker {
  readonly loop: WorkerLoop;
  readonly events: string[];
}

/** A worker with leases of its own; its queue is of another process as far as the database can see. */
async function startWorker(name: string, settings: { dataFolder?: string; refusalMs?: number } = {}): Promise<Worker> {
  const own = await openJobQueue(database, [trialQueue]);
  const events: string[] = [];
  const onEvent = (sentence: string) => void events.push(sentence);
  const loop = startTrialWorker({ database, queue: own, name, threads: 1, dataFolder: subset, onEvent, ...settings });
  onTestFinished(async () => {
    await loop.stop().catch(() => undefined);
    await own.close();
  });
  return { loop, events };
}

const sharedRunner = (folder: string, settings: object = {}) =>
  createSharedRunner({
    ...{ database, queue, folder, name: 'space', slots: 2, dataset: data.files, wasmSha256, pollMs: 50, resendMs: 200 },
    ...{ allowDifferentEngine: false, checkpointSeconds: 30, ...settings },
  });

async function runIn(
  folder: string,
  runner: TrialRunner,
  warnings: string[] = [],
  signal = new AbortController().signal,
) {
  return runSweep({
    version: { spec: parseSweep(sweep, 'space.yaml'), networks: {}, sweep, file: 'space.yaml' },
    ...{ name: 'space', folder, data, runner, dataFolder: subset, allowDifferentEngine: false, signal },
    onEvent: (event) => {
      if (event.kind === 'warning') warnings.push(event.sentence);
    },
  });
}

/** What a sweep leaves, without times: the journal's lines in the order of trials, and each trial's files and weights. */
async function leftIn(folder: string) {
  const text = readFileSync(join(folder, 'journal.jsonl'), 'utf8').replaceAll(/"seconds":[\d.e-]+/g, '"seconds":0');
  const trials = readdirSync(join(folder, 'trials')).sort();
  return {
    journal: text.trimEnd().split('\n').sort(),
    trials: await Promise.all(
      trials.map(async (trial) => {
        const files = readdirSync(join(folder, 'trials', trial)).sort();
        const record = files.includes('run.json') ? await readRun(join(folder, 'trials', trial)) : undefined;
        expect(record?.run ?? join(folder, 'trials', trial)).toBe(join(folder, 'trials', trial));
        return [trial, files, record?.weightsSha256];
      }),
    ),
  };
}

let local: Awaited<ReturnType<typeof leftIn>>;
beforeAll(async () => {
  const folder = temporaryFolder(afterAll);
  const settings = { threads: 1, checkpointSeconds: 30, allowDifferentEngine: false, dataFolder: subset };
  const runner = createProcessRunner({ parallel: 2, ...settings });
  await runIn(folder, runner);
  await runner.close();
  local = await leftIn(folder);
});

it('two workers give the journal, files and weights of a sweep on one machine', async () => {
  const workers = [await startWorker('first'), await startWorker('second')];
  const folder = temporaryFolder();
  const runner = sharedRunner(folder);
  expect((await runIn(folder, runner)).status).toBe('finished');
  expect(await leftIn(folder)).toEqual(local);
  for (const { events } of workers) expect(events.join()).toMatch(/trial \d of space reached epoch/);
  await runner.forget();
  await runner.close();
  expect(await database.query('SELECT name FROM trial_files')).toEqual([]);
});

const configuration = completeConfiguration({
  epochs: 3,
  limit: 120,
  validation: 20,
  batchSize: 25,
  schedule: 'linear',
});
const network = { name: null, spec: sweep.network as unknown as readonly LayerSpec[] };
const taskIn = (folder: string, epochs = 3): TrialTask => ({
  ...{ trial: 0, folder: join(folder, 'trials/0000'), configuration, network, epochs },
});

function collect() {
  const warnings: string[] = [];
  const curves: number[] = [];
  const events: TrialEvents = {
    onCurve: (curve) => void curves.push(curve.length),
    onProgress: () => {},
    onWarning: (sentence) => void warnings.push(sentence),
  };
  return { warnings, curves, events };
}

async function until<T>(see: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const end = performance.now() + 40_000;
  while (performance.now() < end) {
    const seen = await see();
    if (seen !== undefined && seen !== false) return seen as T;
    await sleep(20);
  }
  throw new Error('it did not come');
}

/** Trains a trial on this machine, from the start to an epoch. */
async function trained(folder: string, epochs: number) {
  const options = { ...collect().events, data, threads: 1, checkpointSeconds: 30, allowDifferentEngine: false };
  await runTrial(taskIn(folder, epochs), { ...options, signal: new AbortController().signal });
  return taskIn(folder).folder;
}

it('a worker that dies is followed by another from its checkpoint to the same bits, and can write no more', async () => {
  const folder = temporaryFolder();
  const runner = sharedRunner(folder);
  const { events, curves } = collect();
  const result = runner.run(taskIn(folder), events);
  const dying = await openJobQueue(database, [trialQueue]);
  const job = await until(() => dying.take<TrialJob>(trialQueue));
  expect(await takeTrial(job, 'dying')).toMatchObject({ takes: 1 });
  await writeFiles(job, await readTrialFiles(await trained(temporaryFolder(), 1)));
  expect(await writeProgress(job, { epochs: 1.5, curve: [], warnings: ['a warning'] })).toBe(true);

  await database.query(`UPDATE leases SET expires_at = now() - interval '1 second' WHERE job = $1`, [job.id]);
  const { events: told } = await startWorker('next');
  expect(await result).toMatchObject({ kind: 'reached', curve: [{ epoch: 1 }, { epoch: 2 }, { epoch: 3 }] });
  expect(told).toEqual(['trial 0 of space: goes on after epoch 1.', 'trial 0 of space reached epoch 3.']);
  expect(curves.at(-1)).toBe(3);

  await expect(writeFiles(job, { 'run.json': new Uint8Array(3) })).rejects.toThrow(LostLease);
  expect(job.signal.aborted).toBe(true);
  expect(await database.query('SELECT name FROM trial_files')).toEqual([]);
  const [taken, once] = await Promise.all(
    [taskIn(folder).folder, await trained(temporaryFolder(), 3)].map((one) => readRun(one)),
  );
  expect(taken!.weightsSha256).toBe(once!.weightsSha256);
  await runner.forget();
  await dying.close();
});

it('a worker without the data set, or with another one, refuses the trial, which another one takes', async () => {
  const folder = temporaryFolder();
  const lacking = await startWorker('lacking', { dataFolder: temporaryFolder(), refusalMs: 60_000 });
  const runner = sharedRunner(folder);
  const result = runner.run(taskIn(folder, 1), collect().events);
  await until(() => lacking.events.length > 0);
  expect(lacking.events[0]).toMatch(
    /^trial 0 of space: this worker cannot run it, so another one is to try: .* lacks train-images/,
  );
  expect(await database.query('SELECT state, takes FROM trials')).toEqual([{ state: 'waiting', takes: 0 }]);
  expect(await queue.take(trialQueue)).toBeUndefined();
  await database.query(`UPDATE pgboss.job SET start_after = now() WHERE name = $1`, [trialQueue]);
  await startWorker('having');
  expect(await result).toMatchObject({ kind: 'reached' });
  await runner.forget();
});

it.each([
  ['data set', { dataset: { ...data.files, 'train-images-idx3-ubyte': '0' } }, /another train-images-idx3-ubyte than/],
  ['engine', { wasmSha256: 'f'.repeat(64) }, /another build of the engine \(ffffffffffff…, this is/],
])(
  'a sweep on another %s is refused by each worker, and after 3 refusals it says so',
  async (_, settings, sentence) => {
    const folder = temporaryFolder();
    await startWorker('other', { refusalMs: 1 });
    const runner = sharedRunner(folder, settings);
    const { events, warnings } = collect();
    const result = runner.run(taskIn(folder), events);
    await until(() => warnings.length > 0);
    expect(warnings).toEqual([
      expect.stringMatching(/^It was refused \d times and waits for another worker; the last was other: /),
    ]);
    expect(warnings[0]).toMatch(sentence);
    runner.stop();
    expect(await result).toEqual({ kind: 'stopped' });
    await runner.close();
    await runner.forget();
  },
);

it('a trial that ends each of its workers has failed after 6 of them', async () => {
  const folder = temporaryFolder();
  const runner = sharedRunner(folder);
  const result = runner.run(taskIn(folder), collect().events);
  await until(async () => (await queue.pending(trialQueue)) > 0);
  await database.query('UPDATE trials SET takes = 6');
  await startWorker('next');
  expect(await result).toEqual({
    kind: 'failed',
    error: 'Its worker stopped 6 times before there was another checkpoint.',
  });
  await runner.forget();
});

it('a sweep that is started again takes its trials as they are: waiting, and ended', async () => {
  const folder = temporaryFolder();
  const killed = sharedRunner(folder);
  const lost = killed.run(taskIn(folder, 1), collect().events);
  await until(async () => (await queue.pending(trialQueue)) > 0);
  const second = sharedRunner(folder);
  const result = second.run(taskIn(folder, 1), collect().events);
  const { events } = await startWorker('only');
  expect(await Promise.all([lost, result])).toMatchObject([{ kind: 'reached' }, { kind: 'reached' }]);
  const third = sharedRunner(folder);
  expect(await third.run(taskIn(folder, 1), collect().events)).toEqual(await result);
  expect(events).toEqual(['trial 0 of space: started.', 'trial 0 of space reached epoch 1.']);
  expect(await third.run(taskIn(folder, 2), collect().events)).toMatchObject({ kind: 'reached' });
  expect(events.slice(2)).toEqual(['trial 0 of space: goes on after epoch 1.', 'trial 0 of space reached epoch 2.']);
  await third.forget();
});

it('a job that is lost is sent again', async () => {
  const folder = temporaryFolder();
  const runner = sharedRunner(folder);
  const result = runner.run(taskIn(folder, 1), collect().events);
  await until(async () => (await queue.pending(trialQueue)) > 0);
  await database.query('DELETE FROM pgboss.job WHERE name = $1', [trialQueue]);
  await startWorker('only');
  expect(await result).toMatchObject({ kind: 'reached' });
  await runner.forget();
});

it('a sweep that is stopped, and whose workers are stopped, goes on to the same table', async () => {
  const folder = temporaryFolder();
  const stop = new AbortController();
  const first = await startWorker('first');
  const runner = sharedRunner(folder);
  const stopped = runIn(folder, runner, [], stop.signal);
  await until(() => first.events.find((event) => event.includes('started')));
  stop.abort();
  runner.stop();
  expect((await stopped).status).toBe('stopped');
  await runner.close();
  await first.loop.stop();
  const again = sharedRunner(folder);
  await startWorker('second');
  expect((await runIn(folder, again)).status).toBe('finished');
  expect(await leftIn(folder)).toEqual(local);
  await again.forget();
});
