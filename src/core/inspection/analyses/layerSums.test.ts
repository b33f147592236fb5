import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../graph/network.ts';
import { drawResamples } from '../measures/intervals.ts';
import type { Estimate } from '../record.ts';
import { depthOf } from '../target.ts';
import { createLayerSums } from './layerSums.ts';

const numpy = JSON.parse(
  readFileSync(new URL('../../../../test/fixtures/inspection/activations.json', import.meta.url), 'utf8'),
);

/** The sums of a ReLU layer (or of what goes into it) of this shape, with 60 images or as many as there are values for. */
function sumsOf(
  values: ArrayLike<number>,
  shape: readonly number[],
  at: 'relu' | 'input' | 'conv2d',
  labels: number[],
) {
  const network = buildNetwork([
    { type: 'input', shape: [shape[0]!, shape[1]!, 1] },
    { type: 'conv2d', filters: shape[2]!, kernelSize: 1, activation: 'relu' },
  ]);
  const depth = depthOf(network).find(({ layer }) => layer.spec.type === at)!;
  const size = shape.reduce((a, b) => a * b);
  const images = labels.length;
  const groups = Math.min(numpy.groups, images);
  const sums = createLayerSums({ depth, images, classes: numpy.classes, groups });
  const floats = Float32Array.from(values);
  for (const [n, label] of labels.entries()) sums.add(floats, n * size, n, Math.floor((n * groups) / images), label);
  return sums;
}

function expectEstimate(found: Estimate | null, expected: Estimate, digits: number): void {
  expect(found!.value).toBeCloseTo(expected.value, digits);
  expect(found!.low).toBeCloseTo(expected.low, digits);
  expect(found!.high).toBeCloseTo(expected.high, digits);
}

describe('layer sums', () => {
  it("agree with NumPy's measures to 1e-6, and their jackknife intervals to 1e-5", () => {
    const sums = sumsOf(numpy.values, numpy.shape, 'relu', numpy.labels);
    const measures = sums.measures(drawResamples(numpy.labels.length, 1));
    expect(measures.zeroFraction!.value).toBeCloseTo(numpy.zeroFraction, 12);
    expect(measures.populationSparseness!.value).toBeCloseTo(numpy.population, 6);
    expect(measures.hoyerSparseness!.value).toBeCloseTo(numpy.hoyer, 6);
    expectEstimate(measures.lifetimeSparseness, numpy.lifetime, 5);
    expectEstimate(measures.classSelectivity, numpy.selectivity, 5);
    expect(measures.undefinedCases).toEqual({
      populationSparseness: numpy.undefined.images,
      hoyerSparseness: numpy.undefined.images,
      lifetimeSparseness: numpy.undefined.units,
      classSelectivity: numpy.undefined.channels,
    });
    for (const [channel, value] of numpy.channelSelectivity.entries()) {
      const found = sums.selectivity(channel);
      if (value === null) expect(found).toBeNull();
      else expect(found!.value).toBeCloseTo(value, 6);
      if (found) expect(found.label).toBe(numpy.channelClass[channel]);
    }
  });

  it('measure a layer with values below 0 by Hoyer sparseness alone, within 1e-6 of NumPy', () => {
    const sums = sumsOf(numpy.signed, numpy.shape, 'conv2d', numpy.labels);
    const { hoyerSparseness, undefinedCases, ...others } = sums.measures(drawResamples(numpy.labels.length, 1));
    expect(hoyerSparseness!.value).toBeCloseTo(numpy.hoyerSigned, 6);
    expect(undefinedCases).toEqual({ hoyerSparseness: 1 });
    expect(Object.values(others).every((estimate) => estimate === null)).toBe(true);
    expect(sums.selectivity(0)).toBeNull();
  });

  it('of a silent layer have only a zero fraction, 1, and count all else as undefined', () => {
    const sums = sumsOf(new Float32Array(3 * 8), [2, 2, 2], 'relu', [0, 1, 2]);
    expect(sums.measures(drawResamples(3, 1))).toEqual({
      zeroFraction: { value: 1, low: 1, high: 1 },
      populationSparseness: null,
      lifetimeSparseness: null,
      hoyerSparseness: null,
      classSelectivity: null,
      undefinedCases: { populationSparseness: 3, lifetimeSparseness: 8, hoyerSparseness: 3, classSelectivity: 2 },
    });
  });

  it('of a constant layer are 0 throughout', () => {
    const sums = sumsOf(new Float32Array(4 * 8).fill(0.3), [2, 2, 2], 'relu', [0, 1, 2, 0]);
    const nothing = { value: expect.closeTo(0, 6), low: expect.closeTo(0, 6), high: expect.closeTo(0, 6) };
    expect(sums.measures(drawResamples(4, 1))).toEqual({
      zeroFraction: nothing,
      populationSparseness: nothing,
      lifetimeSparseness: nothing,
      hoyerSparseness: nothing,
      classSelectivity: nothing,
      undefinedCases: {},
    });
  });

  it('of one-hot activations are the extremes: 1 − 1/8 over units, 1 − 1/2 over images, 1 by Hoyer and by class', () => {
    const values = new Float32Array(2 * 8);
    values[1] = 3;
    values[8 + 6] = 2;
    const measures = sumsOf(values, [2, 2, 2], 'relu', [0, 1]).measures(drawResamples(2, 1));
    expect(measures.zeroFraction!.value).toBe(7 / 8);
    expect(measures.populationSparseness!.value).toBe(7 / 8);
    expect(measures.hoyerSparseness!.value).toBe(1);
    expect(measures.lifetimeSparseness!.value).toBe(1 / 2);
    expect(measures.classSelectivity!.value).toBe(1);
    expect(measures.undefinedCases).toEqual({ lifetimeSparseness: 6 });
  });
});
