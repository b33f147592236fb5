import { describe, expect, test } from 'vitest';
import { preprocessingFor } from '../../data/preprocessing.ts';
import { builtinNetwork } from '../../graph/builtin.ts';
import { completeConfiguration, type RunConfiguration, runConfigurationSchema } from '../../training/configuration.ts';
import { groupRuns, type RunIdentity } from './groups.ts';

function run(name: string, settings: Partial<RunConfiguration> = {}, more: Partial<RunIdentity> = {}): RunIdentity {
  return {
    name,
    network: { name: 'reference', spec: builtinNetwork('reference') },
    configuration: completeConfiguration(settings),
    preprocessing: preprocessingFor([28, 28, 1]),
    parameters: 421_642,
    weightsSha256: name,
    ...more,
  };
}

const inShort = (runs: readonly RunIdentity[]) =>
  groupRuns(runs).groups.map(({ label, runs: own }) => [label, own.map(({ name }) => name)]);

describe('groups of runs', () => {
  test('differ by more than the seed, and are ordered by it', () => {
    const runs = [run('b2', { seed: 2, epochs: 7 }), run('a1', { seed: 1 }), run('b0', { epochs: 7 }), run('a0')];
    expect(inShort(runs)).toEqual([
      ['reference, epochs 7', ['b0', 'b2']],
      ['reference, epochs 5', ['a0', 'a1']],
    ]);
  });

  test.each<[string, RunIdentity]>([
    ['an optimizer', run('b', { optimizer: 'adamW' })],
    ['validation images', run('b', { validation: 5 })],
    ['a network', run('b', {}, { network: { name: 'reference', spec: builtinNetwork('small') } })],
    ['preprocessing', run('b', {}, { preprocessing: { ...preprocessingFor([28, 28, 1]), divideBy: 127 } })],
  ])('differ by %s', (_, other) => {
    expect(groupRuns([run('a'), other]).groups).toHaveLength(2);
  });

  test('take a record from before a setting, and a network with its keys in another order, for the same', () => {
    const { optimizer: _, ...older } = completeConfiguration({ seed: 1 });
    const spec = builtinNetwork('reference').map((layer) => Object.fromEntries(Object.entries(layer).reverse()));
    const other = run('b', {}, { network: { name: 'mine.json', spec: spec as never } });
    expect(inShort([run('a'), { ...other, configuration: runConfigurationSchema.parse(older) }])).toEqual([
      ['reference', ['a', 'b']],
    ]);
  });

  test('have labels that differ, where networks share a name', () => {
    const named = (spec: 'small' | 'air', parameters: number) =>
      run(spec, {}, { network: { name: 'net.json', spec: builtinNetwork(spec) }, parameters });
    expect(inShort([named('small', 1), named('air', 2)]).map(([label]) => label)).toEqual([
      'net.json (1 parameters)',
      'net.json (2 parameters)',
    ]);
    expect(new Set(inShort([named('small', 1), named('air', 1)]).map(([label]) => label)).size).toBe(2);
  });

  test('count the same seed and weights once, and refuse the same seed with other weights', () => {
    const again = run('again', {}, { weightsSha256: 'a' });
    const { groups, repeated } = groupRuns([run('a'), again]);
    expect(groups[0]!.runs).toHaveLength(1);
    expect(repeated).toEqual([{ name: 'again', as: 'a' }]);
    expect(() => groupRuns([run('a'), run('b')])).toThrow(/^a and b have the same configuration and seed 0, but other/);
  });
});
