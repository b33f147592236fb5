import type { RunRecord } from '../../core/formats/runRecord.ts';
import { builtinNetworkName } from '../../core/graph/builtin.ts';
import { defaultConfiguration } from '../../core/training/configuration.ts';
import { fashionMnistSources } from '../datasets/sources.ts';

/** The result of `npm start` that the README states: the reference network with all defaults, seed 0. */
export const publishedWeights = {
  wasmSha256: '51befe7de89a133105465b44b6fbc0e13708a7350a83c170afec1a1f635e9d5e',
  weightsSha256: '958e29129b01d5f6037526a78161baae02e17eb5e683f7d9b581ceb1bdced4a3',
} as const;

function isReferenceJob({ status, network, configuration, dataset }: RunRecord): boolean {
  const { files } = fashionMnistSources.manifest;
  return (
    status === 'finished' &&
    builtinNetworkName(network.name) === 'reference' &&
    JSON.stringify(configuration) === JSON.stringify(defaultConfiguration) &&
    Object.entries(files).every(([file, { sha256 }]) => dataset.files[file] === sha256)
  );
}

/** A sentence on whether a run of the reference job has the published bits; empty for other runs. */
export function comparisonWithPublished(record: RunRecord): string {
  if (!isReferenceJob(record)) return '';
  if (record.weightsSha256 === publishedWeights.weightsSha256) return 'identical to the published ones';
  const reason =
    record.engine.wasmSha256 === publishedWeights.wasmSha256
      ? 'the engine is the published one, so please report this machine'
      : 'this is another build of the engine than the published one';
  return `different from the published ones: ${reason}`;
}
