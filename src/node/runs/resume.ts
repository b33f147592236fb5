import { SelvedgeError } from '../../core/errors.ts';
import type { LayerSpec } from '../../core/graph/spec.ts';
import {
  completeConfiguration,
  fitToData,
  type RunConfiguration,
  settingNames,
  showSetting,
} from '../../core/training/configuration.ts';
import type { LoadedDataset } from '../datasets/fashionMnist.ts';
import { nodeEngine } from '../engine.ts';
import { type FoundCheckpoint, findCheckpoint } from './checkpoints.ts';

/** Settings that were given together with `--resume`. */
export type RequestedSettings = Partial<RunConfiguration> & { readonly network?: readonly LayerSpec[] };

export interface Resumable {
  readonly folder: string;
  readonly checkpoint: FoundCheckpoint;
}

/**
 * Finds a run's checkpoint and checks that this engine may resume it.
 * @throws SelvedgeError 'bad-option' for another engine; 'missing-file' or 'bad-model' where there is no usable checkpoint
 */
export async function findResumable(folder: string, allowDifferentEngine: boolean): Promise<Resumable> {
  const checkpoint = await findCheckpoint(folder);
  const { wasmSha256 } = checkpoint.identity;
  const engine = await nodeEngine();
  if (engine.wasmSha256 !== wasmSha256 && !allowDifferentEngine) {
    throw new SelvedgeError(
      'bad-option',
      `The run in ${folder} was started with another build of the engine (${wasmSha256.slice(0, 12)}…, this is ${engine.wasmSha256.slice(0, 12)}…), so its bits could differ; to resume it nevertheless, which run.json will record, add --allow-different-engine.`,
    );
  }
  return { folder, checkpoint };
}

/**
 * Checks that the given settings are those of the run. They are adapted to the data set as at the start of a run: a batch size
 * above the number of training images equals that number.
 * @throws SelvedgeError 'bad-option' naming what differs
 */
export function requireSameConfiguration(
  { checkpoint, folder }: Resumable,
  { network, ...requested }: RequestedSettings,
  data: LoadedDataset,
): void {
  const { network: trained } = checkpoint.identity;
  const configuration = completeConfiguration(checkpoint.identity.configuration);
  const adapted = fitToData({ ...configuration, ...requested }, data);
  const differing = settingNames
    .filter((name) => name in requested && JSON.stringify(adapted[name]) !== JSON.stringify(configuration[name]))
    .map(
      (name) =>
        `${name} (${showSetting(configuration[name])} in the checkpoint, ${showSetting(requested[name])} requested)`,
    );
  if (network && JSON.stringify(network) !== JSON.stringify(trained.spec)) differing.unshift('the network');
  if (differing.length === 0) return;
  throw new SelvedgeError(
    'bad-option',
    `The run in ${folder} can only be resumed with the configuration that it was started with, but these differ: ${differing.join(', ')}; omit them, or train a new run.`,
  );
}
