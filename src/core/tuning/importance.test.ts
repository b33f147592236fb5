import { readFileSync } from 'node:fs';
import { expect, it, test } from 'vitest';
import { pedAnova, type RatedTrial } from './importance.ts';
import { fitParzen } from './parzen.ts';
import type { SweepParameter } from './result.ts';
import type { Parameters } from './space.ts';

const golden = JSON.parse(
  readFileSync(new URL('../../../test/golden/fixtures/tuning.json', import.meta.url), 'utf8'),
) as {
  readonly importance: readonly {
    readonly parameters: readonly SweepParameter[];
    readonly trials: readonly RatedTrial[];
    readonly shares: Readonly<Record<string, number>>;
  }[];
  readonly densities: readonly {
    readonly parameters: readonly SweepParameter[];
    readonly observations: readonly Parameters[];
    readonly points: readonly Parameters[];
    readonly logDensities: readonly number[];
  }[];
};

test.each(golden.importance.map((one) => [one.trials.length, one] as const))(
  'the importance of parameters in %d trials is that of Optuna to 1e-9',
  (_, { parameters, trials, shares }) => {
    const own = Object.fromEntries(pedAnova(parameters, trials)!.map(({ name, share }) => [name, share]));
    expect(Object.keys(own)).toEqual(parameters.map(({ name }) => name));
    for (const [name, share] of Object.entries(shares)) expect(Math.abs(own[name]! - share), name).toBeLessThan(1e-9);
  },
);

test.each(golden.densities.map((one) => [one.observations.length, one] as const))(
  'the density of a Parzen estimator over %d observations is that of Optuna to 1e-9',
  (_, { parameters, observations, points, logDensities }) => {
    const estimator = fitParzen(parameters, observations);
    points.forEach((point, i) => {
      expect(Math.abs(estimator.logDensity(point) - logDensities[i]!)).toBeLessThan(1e-9);
    });
  },
);

it('knows no importance where there is one trial, or where all are equally good', () => {
  const { parameters, trials } = golden.importance[0]!;
  expect(pedAnova(parameters, trials.slice(0, 1))).toBeNull();
  expect(
    pedAnova(
      parameters,
      trials.map((trial) => ({ ...trial, loss: 1 })),
    ),
  ).toBeNull();
});
