import { SelvedgeError } from '../../core/errors.ts';
import { parseNetwork } from '../../core/network/parse.ts';
import type { LayerSpec } from '../../core/network/spec.ts';
import type { LoadedDataset } from '../data/fashionMnist.ts';
import { nodeEngine } from '../engine.ts';
import { type FoundCheckpoint, findCheckpoint } from './checkpoints.ts';

export interface Resumable {
  readonly checkpoint: FoundCheckpoint;
  readonly spec: readonly LayerSpec[];
}

/**
 * Finds a run's checkpoint and makes sure that going on from it is going on with the same.
 * @param asked options that were given beside the run, by their names in the configuration
 * @throws SelvedgeError 'bad-option' naming what differs; 'missing-file' or 'bad-model' where there is no usable checkpoint
 */
export async function findResumable(
  folder: string,
  asked: Readonly<Record<string, unknown>>,
  allowDifferentEngine: boolean,
): Promise<Resumable> {
  const checkpoint = await findCheckpoint(folder);
  const { configuration, network, wasmSha256 } = checkpoint.identity;
  const before: Record<string, unknown> = { ...configuration, network: network.spec };
  const differing = Object.entries(asked).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name]),
  );
  if (differing.length > 0) {
    const words = differing.map(([name, value]) =>
      name === 'network' ? 'the network' : `${name} (${before[name]} in the checkpoint, ${value} asked for)`,
    );
    throw new SelvedgeError(
      'bad-option',
      `The run in ${folder} goes on with the configuration it began with, but other is asked for: ${words.join(', ')}; leave it out, or train anew.`,
    );
  }
  const engine = await nodeEngine();
  if (engine.wasmSha256 !== wasmSha256 && !allowDifferentEngine) {
    throw new SelvedgeError(
      'bad-option',
      `The run in ${folder} began with another build of the engine (${wasmSha256.slice(0, 12)}…, this is ${engine.wasmSha256.slice(0, 12)}…), so its bits could differ; go on all the same with --allow-different-engine, which run.json will say.`,
    );
  }
  return { checkpoint, spec: parseNetwork(network.spec) };
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
