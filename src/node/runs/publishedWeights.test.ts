import { describe, expect, test } from 'vitest';
import type { RunRecord } from '../../core/formats/runRecord.ts';
import { defaultConfiguration } from '../../core/training/configuration.ts';
import { fashionMnistSources } from '../datasets/sources.ts';
import { comparisonWithPublished, publishedWeights } from './publishedWeights.ts';

const files = Object.fromEntries(
  Object.entries(fashionMnistSources.manifest.files).map(([file, { sha256 }]) => [file, sha256]),
);

/** What the sentence depends on; the reference job unless changed. */
function record(changes: object): RunRecord {
  return {
    status: 'finished',
    network: { name: 'reference' },
    configuration: defaultConfiguration,
    dataset: { files },
    engine: { wasmSha256: publishedWeights.wasmSha256 },
    weightsSha256: publishedWeights.weightsSha256,
    ...changes,
  } as unknown as RunRecord;
}

describe('what is said about the published bits', () => {
  test('the same', () => {
    expect(comparisonWithPublished(record({}))).toMatch(/identical to the published ones/);
    expect(comparisonWithPublished(record({ engine: { wasmSha256: 'x' } }))).toMatch(/identical to the published ones/);
  });

  test('different, and whether the engine is', () => {
    expect(comparisonWithPublished(record({ weightsSha256: 'x' }))).toMatch(/different .* please report this machine/);
    expect(comparisonWithPublished(record({ weightsSha256: 'x', engine: { wasmSha256: 'x' } }))).toMatch(
      /different .* another build of the engine/,
    );
  });

  test.each([
    ['stopped', { status: 'stopped' }],
    ['of another network', { network: { name: 'mine.json' } }],
    ['of another seed', { configuration: { ...defaultConfiguration, seed: 1 } }],
    ['on another data set', { dataset: { files: { ...files, 'train-labels-idx1-ubyte': 'x' } } }],
  ])('nothing of a run that was %s', (_, changes) => {
    expect(comparisonWithPublished(record(changes))).toBe('');
  });
});
