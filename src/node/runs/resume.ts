import { SelvedgeError } from '../../core/errors.ts';
import { parseNetwork } from '../../core/graph/parse.ts';
import type { LayerSpec } from '../../core/graph/spec.ts';
import type { RunConfiguration } from '../../core/training/configuration.ts';
import { configurationFor } from '../../core/training/train.ts';
import type { LoadedDataset } from '../datasets/fashionMnist.ts';
import { nodeEngine } from '../engine.ts';
import { type FoundCheckpoint, findCheckpoint } from './checkpoints.ts';

/** Options that were given beside the run. */
export type Asked = Partial<RunConfiguration> & { readonly network?: readonly LayerSpec[] };

export interface Resumable {
  readonly folder: string;
  readonly checkpoint: FoundCheckpoint;
  readonly spec: readonly LayerSpec[];
}

/**
 * Finds a run's checkpoint and makes sure that this engine may go on from it.
 * @throws SelvedgeError 'bad-option' for another engine; 'missing-file' or 'bad-model' where there is no usable checkpoint
 */
export async function findResumable(folder: string, allowDifferentEngine: boolean): Promise<Resumable> {
  const checkpoint = await findCheckpoint(folder);
  const { network, wasmSha256 } = checkpoint.identity;
  const engine = await nodeEngine();
  if (engine.wasmSha256 !== wasmSha256 && !allowDifferentEngine) {
    throw new SelvedgeError(
      'bad-option',
      `The run in ${folder} began with another build of the engine (${wasmSha256.slice(0, 12)}…, this is ${engine.wasmSha256.slice(0, 12)}…), so its bits could differ; go on all the same with --allow-different-engine, which run.json will say.`,
    );
  }
  return { folder, checkpoint, spec: parseNetwork(network.spec) };
}

/** @throws SelvedgeError 'bad-data' naming the file that is not what the run began with */
export function requireSameData({ checkpoint }: Resumable, data: LoadedDataset): void {
  for (const [file, sha256] of Object.entries(checkpoint.identity.dataset)) {
    if (data.files[file] === sha256) continue;
    throw new SelvedgeError(
      'bad-data',
      `The run began with another ${file} than the one in ${data.folder}; name its folder with --data.`,
    );
  }
}

/**
 * Going on is going on with the same. What is asked for counts as it would at the beginning of a run: a batch larger than
 * the training set is the whole set.
 * @throws SelvedgeError 'bad-option' naming what differs
 */
export function requireSameConfiguration(
  { checkpoint, folder, spec }: Resumable,
  asked: Asked,
  data: LoadedDataset,
): void {
  const { network, ...settings } = asked;
  const before = checkpoint.identity.configuration;
  const wanted = configurationFor(data, { ...before, ...settings });
  const differing = (Object.keys(settings) as (keyof RunConfiguration)[])
    .filter((name) => wanted[name] !== before[name])
    .map((name) => `${name} (${before[name] ?? 'none'} in the checkpoint, ${settings[name]} asked for)`);
  if (network && JSON.stringify(network) !== JSON.stringify(spec)) differing.unshift('the network');
  if (differing.length === 0) return;
  throw new SelvedgeError(
    'bad-option',
    `The run in ${folder} goes on with the configuration it began with, but other is asked for: ${differing.join(', ')}; leave it out, or train anew.`,
  );
}
