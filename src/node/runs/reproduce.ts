import { littleEndianBytes, sha256 } from '../../core/bytes.ts';
import { SelvedgeError } from '../../core/errors.ts';
import type { RunRecord } from '../../core/formats/runRecord.ts';
import type { EpochMetrics } from '../../core/training/history.ts';
import { type TrainOptions, train } from '../../core/training/train.ts';
import type { LoadedDataset } from '../datasets/fashionMnist.ts';
import { nodeEngine } from '../engine.ts';
import { requireSameData } from './readRun.ts';

export interface Reproduction {
  /** Whether the weights have the same bits after every compared epoch and at the end. */
  readonly same: boolean;
  /** The first completed epoch after which the weights differ. */
  readonly firstDifferentEpoch: number | undefined;
  readonly epochs: number;
  readonly weightsSha256: string;
}

/**
 * Trains a run again, and compares the weights' bits after every epoch. Of a stopped run, the completed epochs are compared.
 * @throws SelvedgeError 'bad-data' when the data set differs, or there is nothing to compare; and as `train` does
 */
export async function reproduce(
  run: RunRecord,
  data: LoadedDataset,
  options: Pick<TrainOptions, 'threads' | 'onStep' | 'onEpoch' | 'signal'>,
): Promise<Reproduction> {
  requireSameData(run.dataset.files, data);
  const { history } = run;
  if (history.length === 0)
    throw new SelvedgeError('bad-data', 'The run was stopped within its first epoch, so there is nothing to compare.');
  let firstDifferentEpoch: number | undefined;
  const enough = new AbortController();
  const trained = await train(data, await nodeEngine(), {
    ...run.configuration,
    ...options,
    network: run.network.spec,
    clock: () => performance.now(),
    signal: options.signal ? AbortSignal.any([options.signal as AbortSignal, enough.signal]) : enough.signal,
    // The learning rate's schedule is that of the whole run, also where a part is compared.
    onStep: (progress) => options.onStep?.({ ...progress, epochs: history.length }),
    onEpoch(metrics: EpochMetrics) {
      options.onEpoch?.(metrics);
      if (metrics.weightsSha256 !== history[metrics.epoch - 1]!.weightsSha256) firstDifferentEpoch = metrics.epoch;
      if (firstDifferentEpoch !== undefined || metrics.epoch === history.length) enough.abort();
    },
  });
  if (options.signal?.aborted) throw new SelvedgeError('aborted', 'Stopped before the comparison was complete.');
  const weightsSha256 = await sha256(littleEndianBytes(trained.model.parameters));
  const expected = run.status === 'finished' ? run.weightsSha256 : history.at(-1)!.weightsSha256;
  const same = firstDifferentEpoch === undefined && weightsSha256 === expected;
  return { same, firstDifferentEpoch, epochs: trained.history.length, weightsSha256 };
}
