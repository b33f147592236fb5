import { resolve } from 'node:path';
import { SelvedgeError } from '../../../../core/errors.ts';
import type { SweepVersion } from '../../../../core/tuning/journal.ts';
import { plural } from '../../../../views/numbers.ts';
import { type CataloguePlace, placeFrom } from '../../../catalogue/database/address.ts';
import { openStore } from '../../../catalogue/openStore.ts';
import type { LoadedDataset } from '../../../datasets/fashionMnist.ts';
import { nodeEngine } from '../../../engine.ts';
import { createProcessRunner } from '../../../sweeps/processRunner.ts';
import { sweepNameOf } from '../../../sweeps/readSweep.ts';
import { createSharedRunner } from '../../../sweeps/shared/sharedRunner.ts';
import { trialQueue } from '../../../sweeps/shared/sharedTask.ts';
import type { TrialRunner } from '../../../sweeps/trialRunner.ts';
import { availableThreads } from '../../../workers/available.ts';

export interface SweepFlags {
  out?: string;
  resume?: string;
  parallel?: number;
  threads?: number;
  data?: string;
  database?: string | true;
  databaseFile?: string;
  optunaJournal?: string;
  checkpointSeconds: number;
  allowDifferentEngine?: true;
  json?: true;
}

/** Where a sweep's trials run. */
export interface Trials {
  readonly runner: TrialRunner;
  /** For the first line. */
  readonly how: string;
  /** Called when the sweep is over, and all of it is in its folder. */
  onFinished(): Promise<void>;
  close(): Promise<void>;
}

/**
 * The server whose workers run the trials; undefined: this machine does.
 * @throws SelvedgeError 'bad-option' or 'missing-file'
 */
export async function workersOf({ database, databaseFile, threads }: SweepFlags): Promise<CataloguePlace | undefined> {
  if (database === undefined && databaseFile === undefined) return undefined;
  if (threads !== undefined) {
    throw new SelvedgeError(
      'bad-option',
      'Workers decide on their threads themselves (selvedge worker --threads); leave --threads out with --database.',
    );
  }
  return placeFrom({
    ...(typeof database === 'string' && { database }),
    ...(databaseFile !== undefined && { databaseFile }),
  });
}

/** @param place of the workers; undefined: this machine */
export async function openTrials(
  place: CataloguePlace | undefined,
  flags: SweepFlags,
  version: SweepVersion,
  folder: string,
  data: LoadedDataset,
): Promise<Trials> {
  const { checkpointSeconds, allowDifferentEngine = false } = flags;
  const { round } = version.spec;
  if (place === undefined) {
    const { parallel, threads } = sharesOf(flags, round);
    const runner = createProcessRunner({
      ...{ parallel, threads, checkpointSeconds, allowDifferentEngine },
      dataFolder: data.folder,
    });
    return {
      runner,
      how: `${plural(parallel, 'trial')} at once on ${plural(threads, 'thread')} each`,
      onFinished: async () => {},
      close: () => runner.close(),
    };
  }
  const store = await openStore(place, { command: 'selvedge sweep', create: true, queues: [trialQueue] });
  const { database, queue } = store;
  const slots = Math.min(flags.parallel ?? round, round);
  const runner = createSharedRunner({
    ...{ database, queue, slots, checkpointSeconds, allowDifferentEngine },
    folder: resolve(folder),
    name: sweepNameOf(version),
    dataset: data.files,
    wasmSha256: (await nodeEngine()).wasmSha256,
  });
  return {
    runner,
    how: `${plural(slots, 'trial')} at once handed to the workers of ${database.place}`,
    // What stays there is in no one's way.
    onFinished: () => runner.forget().catch(() => undefined),
    async close() {
      await runner.close();
      await store.close();
    },
  };
}

interface Shares {
  readonly parallel: number;
  readonly threads: number;
}

function sharesOf({ parallel, threads }: SweepFlags, round: number): Shares {
  const cores = availableThreads();
  // More trials than a round has would wait for nothing.
  const atOnce = Math.min(parallel ?? cores, round);
  return { parallel: atOnce, threads: threads ?? Math.max(1, Math.floor(cores / atOnce)) };
}
