import { resolve } from 'node:path';
import { type TransferOptions, transfer } from '../../core/transfer/transfer.ts';
import type { LoadedDataset } from '../datasets/fashionMnist.ts';
import { nodeEngine } from '../engine.ts';
import { concludeRun, type TrainRun } from './concludeRun.ts';
import { prepareFolder } from './trainRun.ts';

export interface TransferRunOptions extends TransferOptions {
  readonly data: LoadedDataset;
  /** The run's folder; created if it does not exist. */
  readonly folder: string;
  /** Called when the head is fitted and evaluation starts. */
  readonly onEvaluation?: () => void;
}

/**
 * Fits a new head to a backbone's features, evaluates, and writes the run's folder as `trainRun` does.
 * @throws SelvedgeError as `transfer` does; 'cannot-write', before the work when the folder cannot be written
 */
export async function transferRun(options: TransferRunOptions): Promise<TrainRun> {
  const { data, backbone } = options;
  const folder = resolve(options.folder);
  await prepareFolder(folder);
  const engine = await nodeEngine();
  const identity = { earlierEngines: [], startedAt: new Date().toISOString() };
  const trained = await transfer(data, engine, options);
  const networkName = `${backbone.name} with a new head`;
  return concludeRun({ ...options, ...{ folder, engine, identity, steps: [], trained, networkName } });
}
