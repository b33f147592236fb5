import { resolve } from 'node:path';
import { chosenData, type RunConfiguration } from '../../core/training/configuration.ts';
import type { FeatureCounts } from '../../core/transfer/features.ts';
import { trainedFrom } from '../../core/transfer/fineTune.ts';
import { type TransferOptions, type Transferred, transfer } from '../../core/transfer/transfer.ts';
import type { LoadedDataset } from '../datasets/fashionMnist.ts';
import { nodeEngine } from '../engine.ts';
import { concludeRun, type TrainRun } from './concludeRun.ts';
import { openFeatureCache } from './featureCache.ts';
import { prepareFolder, type TrainRunOptions, trainRun } from './trainRun.ts';

/** With fewer test pictures the last layer is cross-validated. */
export const fewTests = 150;

export interface TransferRunOptions
  extends Omit<TransferOptions, 'store' | 'crossValidated'>,
    Pick<
      TrainRunOptions,
      'data' | 'folder' | 'onEvaluation' | 'onStep' | 'onEpoch' | 'onWarning' | 'checkpointSeconds'
    > {
  /** Then goes on training as many of the last layers with weights, the new one included, by the configuration; 0 by default. */
  readonly fineTunedLayers?: number;
  /** Folder of the features' cache; default `selvedge/features` in `$XDG_CACHE_HOME` or `~/.cache`; null for none. */
  readonly featureCache?: string | null | undefined;
}

export interface TransferredRun extends TrainRun {
  readonly features: FeatureCounts;
}

/**
 * Fits a new head to a backbone's features, trains it on with the last layers where that is wanted, evaluates, and writes the run's folder
 * as `trainRun` does.
 * @throws SelvedgeError as `transfer` and `trainRun` do; 'cannot-write', before the work when the folder cannot be written
 */
export async function transferRun(options: TransferRunOptions): Promise<TransferredRun> {
  const { data, backbone, threads, fineTunedLayers: layers = 0, featureCache: cache } = options;
  const folder = resolve(options.folder);
  await prepareFolder(folder);
  const engine = await nodeEngine();
  const identity = { earlierEngines: [], startedAt: new Date().toISOString() };
  const store =
    cache === null
      ? undefined
      : await openFeatureCache({
          ...{ backbone, engine, pictures: options.pictures, folder: cache },
          onWarning: options.onWarning ?? (() => {}),
        });
  const trained = await transfer(data, engine, {
    ...options,
    store,
    crossValidated: layers === 0 && isSmall(data, options),
  });
  const { features } = trained;
  const networkName = `${backbone.name} with a new head`;
  const run =
    layers === 0
      ? await concludeRun({ ...options, ...{ folder, engine, identity, steps: [], trained, networkName } })
      : await trainRun({
          ...trained.configuration,
          ...options,
          ...fineTuning(trained, layers),
          ...{ folder, threads, networkName },
        });
  return { ...run, features };
}

/** Whether a data set's test pictures are too few to say much: at 150, the 95 % interval of an accuracy of 90 % is 10 points wide. */
function isSmall(data: LoadedDataset, settings: Partial<RunConfiguration>): boolean {
  const { test, units } = chosenData(data, settings);
  return units !== undefined && test.count < fewTests && (settings.perClass ?? null) === null;
}

/** What training goes on from: the network with its last layers to be trained, and its weights. */
export function fineTuning({ model, transfer: record }: Transferred, layers: number) {
  return {
    network: trainedFrom(model.network.spec, layers),
    initial: model.parameters,
    preprocessing: model.preprocessing,
    transfer: { ...record, fineTuned: { layers } },
  };
}
