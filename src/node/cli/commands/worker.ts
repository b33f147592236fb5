import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { SelvedgeError } from '../../../core/errors.ts';
import { plural } from '../../../views/numbers.ts';
import { placeFrom } from '../../catalogue/database/address.ts';
import type { JobQueue } from '../../catalogue/jobs/jobQueue.ts';
import { catalogueQueues, openCatalogue } from '../../catalogue/openCatalogue.ts';
import { openStore } from '../../catalogue/openStore.ts';
import type { WorkerLoop } from '../../catalogue/process/workerLoop.ts';
import { trialQueue } from '../../sweeps/shared/sharedTask.ts';
import { startTrialWorker } from '../../sweeps/shared/trialWorker.ts';
import { availableThreads } from '../../workers/available.ts';
import { stopSignal } from '../interruption.ts';
import { wordOption } from '../options.ts';
import { progressOn, type Streams } from '../progress.ts';
import { type CatalogueFlags, withWork } from './catalogue/place.ts';

const jobKinds = ['catalogue', 'sweep', 'all'] as const;

interface Flags extends CatalogueFlags {
  readonly jobs: (typeof jobKinds)[number];
  readonly data?: string;
  readonly untilIdle?: true;
}

const lookMs = 1000;
/** A sweep hands out its next round a moment after it has seen the last result. */
const idleLooks = 5;

/** `selvedge worker`. */
export function workerCommand({ stdout, stderr }: Streams = process): Command {
  return withWork(new Command('worker'))
    .option('--jobs <kind>', `which jobs: ${jobKinds.join(', ')}`, wordOption(jobKinds), 'all')
    .option('--data <dir>', "for trials: take the data set from this folder and nowhere else; a sweep's has to be it")
    .option('--until-idle', `end when no job has waited or run for ${idleLooks} seconds`)
    .addHelpText(
      'after',
      `
Examples:
  selvedge worker --database-file database.txt                       products and trials, with all cores
  selvedge worker --database-file database.txt --jobs sweep --threads 4
  SELVEDGE_DATABASE=postgres://… selvedge worker --jobs catalogue --until-idle

Start as many as you like, on any number of machines; a sweep hands its trials to them with selvedge sweep FILE --database.
An address has a password, which other users can read in a command line: put it into a file or into SELVEDGE_DATABASE.
SIGTERM or Ctrl-C stops it: a trial is given back with its checkpoint, products in hand are finished, and it exits with 0. A second
Ctrl-C ends it at once. What a worker that was killed had in hand is taken over by another one after 30 seconds.`,
    )
    .action(async (flags: Flags) => {
      const stopped = stopSignal();
      if (flags.store !== undefined) {
        throw new SelvedgeError(
          'bad-option',
          `The catalogue in ${flags.store} is a folder, which one process has at a time: selvedge catalogue import or selvedge catalogue serve works on its jobs; workers need a PostgreSQL server (--database).`,
        );
      }
      const progress = progressOn(stderr);
      const name = `${hostname()}, process ${process.pid}`;
      const log = (sentence: string) => {
        progress.done('');
        stdout.write(`${new Date().toISOString()} ${sentence}\n`);
      };
      const worker = await startWork(flags, name, log);
      log(`Working on ${worker.what} of ${worker.place}, as ${name}.`);
      const ends = stopped.then(() => 'stopped' as const);
      let looks = 0;
      let shown = '';
      try {
        while ((await Promise.race([ends, sleep(lookMs, undefined, { ref: false })])) !== 'stopped') {
          for (const loop of worker.loops) checkLoop(loop, worker.place);
          // A database that is away shows in the loops.
          const jobs = await worker.pending().catch(() => undefined);
          if (jobs === undefined) continue;
          const text = jobs === 0 ? 'no jobs' : `${plural(jobs, 'job')} wait or run`;
          if (text !== shown) progress.update(undefined, text);
          shown = text;
          looks = jobs === 0 ? looks + 1 : 0;
          if (flags.untilIdle && looks >= idleLooks) break;
        }
        progress.done('');
        log(
          flags.untilIdle && looks >= idleLooks ? 'Nothing is left to do.' : 'Stopping: what is in hand is given back.',
        );
      } finally {
        progress.done('');
        await worker.close();
      }
    });
}

/** @throws SelvedgeError what stopped it */
function checkLoop(loop: WorkerLoop, place: string): void {
  try {
    loop.check();
  } catch (cause) {
    // What the database's driver throws has a code.
    if (cause instanceof SelvedgeError || (cause as { code?: unknown }).code === undefined) throw cause;
    throw new SelvedgeError(
      'worker-failed',
      `The database at ${place} failed (${(cause as Error).message}); start the worker again when it answers.`,
      { cause },
    );
  }
}

interface Work {
  readonly what: string;
  readonly place: string;
  readonly loops: readonly WorkerLoop[];
  /** Jobs that wait or run, on any worker. */
  pending(): Promise<number>;
  close(): Promise<void>;
}

async function startWork(flags: Flags, name: string, log: (sentence: string) => void): Promise<Work> {
  const place = await placeFrom(flags);
  const threads = flags.threads ?? availableThreads();
  const options = { command: 'selvedge worker', create: true };
  const queues = flags.jobs === 'catalogue' ? [] : [trialQueue];
  const catalogue =
    flags.jobs === 'sweep'
      ? undefined
      : await openCatalogue(place, {
          ...{ ...options, queues, threads, pictures: flags.pictures },
          allowHosts: flags.allowHost ?? [],
        });
  const { database, queue, close } = catalogue ?? (await openStore(place, { ...options, queues }));
  const loops: WorkerLoop[] = [];
  if (catalogue)
    loops.push(catalogue.work({ onFailure: (reason) => log(`A batch of products is tried again: ${reason}`) }));
  if (queues.length > 0) {
    loops.push(startTrialWorker({ database, queue, name, threads, dataFolder: flags.data, onEvent: log }));
  }
  return {
    what: { catalogue: 'the products', sweep: 'the trials of sweeps', all: 'products and trials' }[flags.jobs],
    place: database.place,
    loops,
    pending: () => pendingIn(queue, [...(catalogue ? catalogueQueues : []), ...queues]),
    async close() {
      try {
        const ended = await Promise.allSettled(loops.map((loop) => loop.stop()));
        // What stopped a loop has been reported.
        for (const one of ended) if (one.status === 'rejected' && one.reason instanceof SelvedgeError) throw one.reason;
      } finally {
        await close();
      }
    },
  };
}

async function pendingIn(queue: JobQueue, queues: readonly string[]): Promise<number> {
  const counts = await Promise.all(queues.map((name) => queue.pending(name)));
  return counts.reduce((sum, count) => sum + count, 0);
}
