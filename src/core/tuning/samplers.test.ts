import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SweepParameter } from './result.ts';
import { gridSize, type Observation, type SamplerSettings, suggest } from './samplers.ts';
import { contains, countOf, type Parameters, valueAt } from './space.ts';

const rate: SweepParameter = { name: 'rate', kind: 'number', low: 1e-4, high: 1e-1, log: true, step: null };
const width: SweepParameter = { name: 'width', kind: 'whole', low: 4, high: 32, log: false, step: 4 };
const decay: SweepParameter = { name: 'decay', kind: 'number', low: 0, high: 0.3, log: false, step: 0.1 };
const units: SweepParameter = { name: 'units', kind: 'whole', low: 1, high: 200, log: true, step: null };
const flip: SweepParameter = { name: 'flip', kind: 'choice', choices: ['none', 'random', true] };
const parameters = [rate, width, decay, units, flip];

const tpe: SamplerSettings = { kind: 'tpe', multivariate: true, startupTrials: 10, candidates: 24 };
const samplers: readonly SamplerSettings[] = [{ kind: 'random' }, tpe, { ...tpe, multivariate: false }];

const lossOf = (point: Parameters) =>
  Math.abs(Math.log10(point['rate'] as number) + 2) + Math.abs((point['width'] as number) - 16) / 16;

/** A sweep without a network: each trial's loss is a function of its parameters. */
function search(sampler: SamplerSettings, trials: number, seed: number, its = parameters): Observation[] {
  const observations: Observation[] = [];
  for (let number = 0; number < trials; number++) {
    const point = suggest(sampler, { seed, number, trials, parameters: its, observations });
    if (!point) break;
    observations.push({ parameters: point, loss: lossOf(point), isComplete: true, epochs: 1 });
  }
  return observations;
}

describe.each(samplers)('$kind, multivariate $multivariate', (sampler) => {
  it('suggests values of the space, on its steps', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), (seed) => {
        for (const { parameters: point } of search(sampler, 14, seed)) {
          for (const one of parameters)
            expect(contains(one, point[one.name]), `${one.name}: ${point[one.name]}`).toBe(true);
          expect((point['width'] as number) % 4).toBe(0);
          expect([0, 0.1, 0.2, 0.3]).toContain(point['decay']);
          expect(Number.isInteger(point['units'])).toBe(true);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('depends on the seed, the number and what is known, and on nothing else', () => {
    const [first, again, other] = [3, 3, 4].map((seed) => search(sampler, 15, seed));
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(new Set(first!.map((one) => JSON.stringify(one.parameters))).size).toBe(15);
  });
});

it('random draws fill the range evenly: tenths of a logarithmic one have 800 to 1200 of 10,000 each', () => {
  const counts = Array.from({ length: 10 }, () => 0);
  for (let number = 0; number < 10_000; number++) {
    const point = suggest({ kind: 'random' }, { seed: 1, number, trials: 0, parameters: [rate], observations: [] })!;
    counts[Math.min(9, Math.floor(((Math.log10(point['rate'] as number) + 4) / 3) * 10))]!++;
  }
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(200);
});

it('TPE comes 1.5 times closer than random search in 50 trials, in the mean of six seeds', () => {
  const best = (sampler: SamplerSettings) => {
    const seeds = Array.from({ length: 6 }, (_, seed) => seed);
    return seeds.reduce((sum, seed) => sum + Math.min(...search(sampler, 50, seed).map((one) => one.loss!)), 0) / 6;
  };
  const [random, joint, independent] = samplers.map(best) as [number, number, number];
  expect(joint).toBeLessThan(random / 1.5);
  expect(independent).toBeLessThan(random / 1.5);
});

it('TPE avoids where trials fail', () => {
  const observations = Array.from({ length: 40 }, (_, i): Observation => {
    const x = (i + 0.5) / 40;
    return { parameters: { x }, loss: x < 0.5 ? Number.POSITIVE_INFINITY : 1, isComplete: x >= 0.5, epochs: 1 };
  });
  const x: SweepParameter = { name: 'x', kind: 'number', low: 0, high: 1, log: false, step: null };
  const points = Array.from({ length: 50 }, (_, i) =>
    suggest(tpe, { seed: 0, number: 40 + i, trials: 99, parameters: [x], observations }),
  );
  expect(points.filter((point) => (point!['x'] as number) < 0.4).length).toBeLessThan(5);
});

it('TPE prefers, among paused trials, those that were trained longer', () => {
  const x: SweepParameter = { name: 'x', kind: 'number', low: 0, high: 1, log: false, step: null };
  const observations = Array.from({ length: 40 }, (_, i): Observation => {
    const at = (i + 0.5) / 40;
    const isLong = at > 0.8;
    return { parameters: { x: at }, loss: isLong ? 2 : 1, isComplete: false, epochs: isLong ? 3 : 1 };
  });
  const points = Array.from({ length: 50 }, (_, i) =>
    suggest(tpe, { seed: 0, number: 40 + i, trials: 99, parameters: [x], observations }),
  );
  expect(points.filter((point) => (point!['x'] as number) > 0.7).length).toBeGreaterThan(40);
});

it('trials of one round differ, although nothing is learnt in between', () => {
  const known = search(tpe, 30, 0);
  const round: Observation[] = [];
  for (let i = 0; i < 4; i++) {
    const observations = [...known, ...round];
    const point = suggest(tpe, { seed: 0, number: 30 + i, trials: 40, parameters, observations })!;
    round.push({ parameters: point, loss: null, isComplete: false, epochs: 0 });
  }
  expect(new Set(round.map((one) => JSON.stringify(one.parameters))).size).toBe(4);
});

describe('a grid', () => {
  const grid = [width, decay, flip];

  it('has every point once, the last parameter changing fastest', () => {
    const points = search({ kind: 'grid' }, 96, 0, grid).map((one) => one.parameters);
    expect(gridSize(grid)).toBe(8 * 4 * 3);
    expect(points).toHaveLength(96);
    expect(new Set(points.map((point) => JSON.stringify(point))).size).toBe(96);
    expect(points.slice(0, 4)).toEqual([
      { width: 4, decay: 0, flip: 'none' },
      { width: 4, decay: 0, flip: 'random' },
      { width: 4, decay: 0, flip: true },
      { width: 4, decay: 0.1, flip: 'none' },
    ]);
  });

  it('is in random order where there are fewer trials than points', () => {
    const points = search({ kind: 'grid' }, 10, 0, grid).map((one) => one.parameters);
    expect(new Set(points.map((point) => point['width'])).size).toBeGreaterThan(3);
  });

  it('ends', () => {
    expect(search({ kind: 'grid' }, 500, 0, grid)).toHaveLength(96);
  });

  it('needs finitely many values', () => {
    expect(() => gridSize([width, rate])).toThrow('A grid needs finitely many values, but rate is continuous; give it');
  });
});

it('counts and lists values without rounding errors', () => {
  expect([rate, width, decay, units, flip].map(countOf)).toEqual([Number.POSITIVE_INFINITY, 8, 4, 200, 3]);
  expect([0, 1, 2, 3].map((n) => valueAt(decay, n))).toEqual([0, 0.1, 0.2, 0.3]);
});
