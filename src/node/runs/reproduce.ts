import { littleEndianBytes, sha256 } from '../../core/bytes.ts';
import { SelvedgeError } from '../../core/errors.ts';
import type { RunRecord } from '../../core/formats/runRecord.ts';
import type { EpochMetrics } from '../../core/training/history.ts';
import { type TrainOptions, train } from '../../core/training/train.ts';
import type { TransferRecord } from '../../core/transfer/record.ts';
import { type TransferOptions, type Transferred, transfer } from '../../core/transfer/transfer.ts';
import { backboneForData, findBackbone } from '../backbones.ts';
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

export interface ReproduceOptions extends Pick<TrainOptions, 'threads' | 'onStep' | 'onEpoch' | 'signal'> {
  /** Of a run whose last layer alone was fitted: the completed share. */
  readonly onTransfer?: TransferOptions['onProgress'];
}

/**
 * Trains a run again, and compares the weights' bits after every epoch. Of a stopped run, the completed epochs are compared.
 * @throws SelvedgeError 'bad-data' when the data set differs, or there is nothing to compare; and as `train` does
 */
export async function reproduce(run: RunRecord, data: LoadedDataset, options: ReproduceOptions): Promise<Reproduction> {
  requireSameData(run.dataset.files, data);
  const begun = run.transfer && (await transferAgain(run, run.transfer, data, options));
  if (begun && !run.transfer.fineTuned) {
    const weightsSha256 = await sha256(littleEndianBytes(begun.model.parameters));
    return { same: weightsSha256 === run.weightsSha256, firstDifferentEpoch: undefined, epochs: 0, weightsSha256 };
  }
  const { history } = run;
  if (history.length === 0)
    throw new SelvedgeError('bad-data', 'The run was stopped within its first epoch, so there is nothing to compare.');
  let firstDifferentEpoch: number | undefined;
  const enough = new AbortController();
  const trained = await train(data, await nodeEngine(), {
    ...run.configuration,
    ...options,
    network: run.network.spec,
    ...(begun && { initial: begun.model.parameters, preprocessing: begun.model.preprocessing }),
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

/** Fits the last layer of a run again, on the features of the same backbone. */
async function transferAgain(
  { configuration }: RunRecord,
  { from, imageSize, backboneSha256, head }: TransferRecord,
  data: LoadedDataset,
  { threads, signal, onTransfer }: ReproduceOptions,
): Promise<Transferred> {
  const source = backboneForData(await findBackbone(from), data, imageSize ?? undefined);
  if ((await sha256(littleEndianBytes(source.backbone.parameters))) !== backboneSha256) {
    throw new SelvedgeError(
      'bad-data',
      `The weights of ${from} are not those that the run began with, so it cannot be compared.`,
    );
  }
  return transfer(data, await nodeEngine(), {
    ...configuration,
    ...source,
    head: head?.asked,
    threads,
    ...(signal && { signal }),
    ...(onTransfer && { onProgress: onTransfer }),
  });
}
