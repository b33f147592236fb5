import { SelvedgeError } from '../../core/errors.ts';
import type { ChosenBy } from '../../core/evaluation/fitReliability.ts';
import type { LayerSpec } from '../../core/graph/spec.ts';
import { completeConfiguration, type RunConfiguration, settingNames } from '../../core/training/configuration.ts';
import type { LoadedDataset } from '../datasets/fashionMnist.ts';
import { loadModel } from '../models.ts';
import { readRun, requireSameData } from './readRun.ts';

/** The reliability metadata of another run, which a model that is trained on all images can take over. */
export type RunReliability = Exclude<ChosenBy, { readonly validationSamples: unknown }>;

/**
 * Reads the reliability metadata of a run that differs from this training only in its validation images.
 * @throws SelvedgeError 'bad-option' where it differs in more, or has no validation images; 'missing-file', 'bad-data'
 */
export async function reliabilitySource(
  folder: string,
  network: readonly LayerSpec[],
  configuration: RunConfiguration,
  data: LoadedDataset,
): Promise<RunReliability> {
  const run = await readRun(folder);
  requireSameData(run.dataset.files, data);
  const fail = (what: string): never => {
    throw new SelvedgeError('bad-option', `The reliability metadata cannot come from ${folder}: ${what}.`);
  };
  if (configuration.validation > 0) fail('this training has validation images of its own; leave one of the two out');
  const other = completeConfiguration(run.configuration);
  const differing: string[] = settingNames
    .filter((name) => name !== 'validation' && name !== 'validationSeed')
    .filter((name) => JSON.stringify(other[name]) !== JSON.stringify(configuration[name]));
  if (JSON.stringify(run.network.spec) !== JSON.stringify(network)) differing.unshift('the network');
  if (differing.length > 0) fail(`that run differs in ${differing.join(', ')}`);
  const { reliability } = await loadModel(folder);
  if (!reliability || run.status !== 'finished') {
    return fail(`it is no finished run with validation images; train one with --validation 5000`);
  }
  return { reliability, trainImages: run.dataset.trainImages, weightsSha256: run.weightsSha256 };
}
