import { describe, expect, it } from 'vitest';
import { workerEngine } from '../../../../test/engine/engines.ts';
import { picturesFor, specs, targetOf } from '../../../../test/fixtures/inspection/targets.ts';
import type { LayerSpec } from '../../graph/spec.ts';
import type { Estimate } from '../record.ts';
import { depthOf, type InspectionTarget } from '../target.ts';
import { layerFeatures, sketchesFor } from './layerFeatures.ts';
import { analyseRepresentations, type Representations } from './representations.ts';

const classNames = ['a', 'b', 'c', 'd'];

function analyse(spec: readonly LayerSpec[], images: number, target: InspectionTarget = targetOf(spec)) {
  const [train, test] = [picturesFor(spec, images), picturesFor(spec, images)];
  const data = { name: 'made up', classNames, train, test };
  return analyseRepresentations({ target, data, seed: 1, quick: true, onProgress: () => {} });
}

function estimatesOf({ trained, untrained }: Representations): Estimate[] {
  return [...trained.values(), ...untrained.values()].flatMap(({ pixelDecoding, undefinedCases: _, ...measures }) => [
    ...Object.values(measures).filter((estimate) => estimate !== null),
    ...pixelDecoding.map(({ r2 }) => r2),
  ]);
}

describe('analyseRepresentations', () => {
  it.each(Object.entries(specs))('measures every layer of a small network: %s', async (_, spec) => {
    const target = targetOf(spec);
    const found = await analyse(spec, 48, target);
    const names = depthOf(target.network).map(({ layer }) => layer.name);
    expect([...found.trained.keys()]).toEqual(names);
    expect([...found.untrained.keys()]).toEqual(names);
    for (const measures of [...found.trained.values(), ...found.untrained.values()]) {
      for (const name of ['effectiveRank', 'participationRatio', 'probeAccuracy'] as const)
        expect(measures[name]).not.toBeNull();
      for (const name of ['ckaPixels', 'ckaLabels'] as const) {
        expect(measures.undefinedCases[name]).toBe(measures[name] ? undefined : 1);
      }
      expect(measures.pixelDecoding.length).toBeGreaterThan(0);
    }
    for (const { value, low, high } of estimatesOf(found)) {
      expect([value, low, high].every(Number.isFinite)).toBe(true);
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThanOrEqual(value);
    }
    if (spec !== specs.colour) expect(found.trained.get('input')!.ckaPixels).toEqual({ value: 1, low: 1, high: 1 });
    expect(found.untrained.get('input')).toEqual(found.trained.get('input'));
    expect(found.cka.names).toEqual([...names, 'labels']);
    for (const matrix of [found.cka.trained, found.cka.untrained]) {
      for (const [i, row] of matrix.entries()) {
        expect(row[i] === 1 || row[i] === null).toBe(true);
        for (const [j, value] of row.entries()) expect(value).toBe(matrix[j]![i]);
      }
    }
    for (const [i, name] of names.entries()) {
      expect(found.cka.trained[i]![0]).toBe(found.trained.get(name)!.ckaPixels?.value ?? null);
      expect(found.cka.untrained[i]!.at(-1)).toBe(found.untrained.get(name)!.ckaLabels?.value ?? null);
    }
    expect(found.samples).toMatchObject({ fitImages: 48, scoreImages: 48, similarityImages: 48 });
  });

  it('gives the same numbers again, and with one thread as with two', async () => {
    const first = await analyse(specs.strided, 30, targetOf(specs.strided, workerEngine, 1));
    expect(await analyse(specs.strided, 30, targetOf(specs.strided, workerEngine, 1))).toEqual(first);
    expect(await analyse(specs.strided, 30, targetOf(specs.strided, workerEngine, 2))).toEqual(first);
  });

  it('does with one image to three: what is undefined is null and counted', async () => {
    for (const images of [1, 3]) {
      const found = await analyse(specs.pooled, images);
      for (const { value, low, high } of estimatesOf(found))
        expect([value, low, high].every(Number.isFinite)).toBe(true);
      const { ckaLabels, effectiveRank, undefinedCases } = found.trained.get('relu_1')!;
      expect(ckaLabels).toBeNull();
      expect(undefinedCases.ckaLabels).toBe(1);
      expect(effectiveRank === null).toBe(undefinedCases.effectiveRank === 1);
      expect(found.cka.trained[2]![1]).toBeNull();
    }
  });

  it('leaves out and counts what a dead layer does not define', async () => {
    const target = targetOf(specs.dense);
    // All weights and biases 0: every layer but the input is constant.
    const dead = { ...target, parameters: new Float32Array(target.parameters.length) };
    const { trained } = await analyse(specs.dense, 40, dead);
    const { pixelDecoding, probeAccuracy, ...measures } = trained.get('relu_1')!;
    expect(measures).toEqual({
      ...{ effectiveRank: null, participationRatio: null, ckaPixels: null, ckaLabels: null },
      undefinedCases: { effectiveRank: 1, participationRatio: 1, ckaPixels: 1, ckaLabels: 1 },
    });
    expect(pixelDecoding.map(({ r2 }) => r2.value)).toEqual([0]);
    expect(probeAccuracy!.value).toBeGreaterThan(0);
  });
});

describe('layerFeatures', () => {
  it("hands on a narrow layer's outputs as they are, image by image", async () => {
    const target = targetOf(specs.dense);
    const set = picturesFor(specs.dense, 70);
    const layers = depthOf(target.network).map(({ layer }) => layer);
    const images = {
      fit: { set, chosen: Uint32Array.of(69, 3) },
      score: { set, chosen: Uint32Array.from({ length: 70 }, (_, i) => i) },
    };
    const features = await layerFeatures(
      target,
      target.parameters,
      layers,
      sketchesFor(layers, 100, 0),
      images,
      () => {},
    );
    for (const { fit, score, sketch } of features) {
      expect(fit.values.subarray(0, sketch.width)).toEqual(score.values.subarray(69 * sketch.width));
      expect(fit.values.subarray(sketch.width)).toEqual(score.values.subarray(3 * sketch.width, 4 * sketch.width));
    }
    const pixels = Float32Array.from(set.images.subarray(0, 12), (pixel) => pixel / 255);
    expect(features[0]!.score.values.subarray(0, 12)).toEqual(pixels);
  });
});
