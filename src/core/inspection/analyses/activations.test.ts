import { describe, expect, it } from 'vitest';
import { workerEngine } from '../../../../test/engine/engines.ts';
import { picturesFor, specs, targetOf } from '../../../../test/fixtures/inspection/targets.ts';
import { imagesInMemory } from '../../data/images.ts';
import { hoyer, trevesRolls } from '../measures/unitMeasures.ts';
import { recordImages } from '../recording.ts';
import { analyseActivations } from './activations.ts';
import { receptiveField as receptiveFieldOf } from './receptiveField.ts';

const mean = (values: readonly (number | null)[]) => {
  const defined = values.filter((value) => value !== null);
  return defined.reduce((sum, value) => sum + value, 0) / defined.length;
};

/** n, Σ |x| and Σ x². */
const sumsOf = (values: ArrayLike<number>) => {
  const sizes = Array.from(values, Math.abs);
  return [
    sizes.length,
    sizes.reduce((sum, size) => sum + size, 0),
    sizes.reduce((sum, size) => sum + size * size, 0),
  ] as const;
};

describe('analyseActivations', () => {
  it('agrees with the measures of each recorded image to 1e-6, for every layer', async () => {
    const target = targetOf(specs.pooled);
    const set = picturesFor(specs.pooled, 70);
    const analysis = await analyseActivations({ target, set, seed: 1, quick: false });
    const recorded = await recordImages(target, set.images);
    expect(analysis.images).toBe(70);
    expect(analysis.testAccuracy).toBe(recorded.filter(({ predicted }, i) => predicted === set.labels[i]).length / 70);
    for (const { depth, trained } of analysis.layers) {
      const rows = recorded.map(({ activations }) => activations.layers.get(depth.layer.name)!);
      expect(trained.hoyerSparseness!.value).toBeCloseTo(mean(rows.map((row) => hoyer(...sumsOf(row)))), 6);
      expect(trained.zeroFraction !== null).toBe(depth.afterRelu);
      const zeros = rows.map((row) => row.filter((value) => value === 0).length / row.length);
      if (depth.afterRelu) expect(trained.zeroFraction!.value).toBeCloseTo(mean(zeros), 6);
      expect(trained.populationSparseness !== null).toBe(depth.nonNegative);
      if (!depth.nonNegative) continue;
      expect(trained.populationSparseness!.value).toBeCloseTo(mean(rows.map((row) => trevesRolls(...sumsOf(row)))), 6);
      const units = Array.from(rows[0]!, (_, u) => trevesRolls(...sumsOf(rows.map((row) => row[u]!))));
      expect(trained.lifetimeSparseness!.value).toBeCloseTo(mean(units), 6);
      const silent = units.filter((value) => value === null).length;
      expect(trained.undefinedCases.lifetimeSparseness ?? 0).toBe(silent);
    }
  });

  it('calls no map dead that can be below zero, though it is never above', async () => {
    const target = targetOf(specs.strided);
    const bias = target.network.parameters.find(({ name }) => name === 'conv2d_2/bias')!;
    const parameters = target.parameters.slice().fill(-100, bias.offset, bias.offset + bias.size);
    const set = picturesFor(specs.strided, 12);
    const { maps } = await analyseActivations({ target: { ...target, parameters }, set, seed: 1, quick: true });
    const sunk = maps.filter(({ layer }) => layer === 'conv2d_2');
    expect(sunk).toHaveLength(5);
    for (const { dead, top, selectivity } of sunk)
      expect({ dead, top, selectivity }).toEqual({ dead: false, top: [], selectivity: null });
  });

  it('finds the nine most activating images of each map, and what they saw', async () => {
    const target = targetOf(specs.pooled);
    const set = picturesFor(specs.pooled, 40);
    const { maps } = await analyseActivations({ target, set, seed: 1, quick: false });
    const recorded = await recordImages(target, set.images);
    expect(maps).toHaveLength(4 + 6 + 8);
    for (const { layer, channel, dead, top } of maps) {
      const K = { relu_1: 4, relu_2: 6, relu_3: 8 }[layer]!;
      const peaks = recorded.map(({ activations }) =>
        Math.max(...activations.layers.get(layer)!.filter((_, i) => i % K === channel)),
      );
      const best = peaks
        .map((value, index) => ({ value, index }))
        .sort((a, b) => b.value - a.value || a.index - b.index);
      const live = best.filter(({ value }) => value > 0).slice(0, 9);
      expect(top.map(({ index, value }) => ({ value, index }))).toEqual(live);
      expect(dead).toBe(live.length === 0);
      for (const { index, value, label, receptiveField } of top) {
        expect(label).toBe(set.labels[index]);
        if (layer === 'relu_3') expect(receptiveField).toEqual({ y: 0, x: 0, height: 8, width: 8 });
        else {
          const map = recorded[index]!.activations.layers.get(layer)!.filter((_, i) => i % K === channel);
          const [place, width] = [map.indexOf(value), Math.sqrt(map.length)];
          const strongest = { y: Math.floor(place / width), x: place % width };
          expect(receptiveField).toEqual(receptiveFieldOf(target.network, layer, strongest, set));
        }
      }
    }
  });

  it('takes the first of equal maxima', async () => {
    const set = imagesInMemory(new Uint8Array(2 * 81).fill(200), [0, 1], { height: 9, width: 9, channels: 1 });
    const { maps } = await analyseActivations({ target: targetOf(specs.strided), set, seed: 1, quick: false });
    const fields = maps.filter(({ layer }) => layer === 'relu_1').flatMap(({ top }) => top);
    expect(fields.length).toBeGreaterThan(0);
    for (const { receptiveField } of fields) expect(receptiveField).toEqual({ y: 0, x: 0, height: 3, width: 3 });
  });

  it('gives the same numbers on one thread, on two, and again', async () => {
    const set = picturesFor(specs.strided, 90);
    const run = (threads: number) =>
      analyseActivations({ target: targetOf(specs.strided, workerEngine, threads), set, seed: 2, quick: false });
    const one = JSON.stringify(await run(1));
    expect(JSON.stringify(await run(2))).toBe(one);
    expect(JSON.stringify(await run(2))).toBe(one);
  });

  it.each(Object.entries(specs))('gives finite numbers for any network, even for one image: %s', async (_, spec) => {
    const shares: number[] = [];
    const { layers, maps } = await analyseActivations({
      target: targetOf(spec),
      set: picturesFor(spec, 1),
      seed: 1,
      quick: true,
      onProgress: (share) => shares.push(share),
    });
    const bad: string[] = [];
    JSON.stringify([layers, maps], (key, value) => {
      if (typeof value === 'number' && !Number.isFinite(value)) bad.push(key);
      return value;
    });
    expect(bad).toEqual([]);
    expect(shares.at(-1)).toBe(1);
  });
});
