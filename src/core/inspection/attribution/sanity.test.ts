import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildNetwork } from '../../graph/graph.ts';
import { initialParameters } from '../../graph/initialise.ts';
import { cascade, spearman } from './sanity.ts';

const network = buildNetwork([
  { type: 'input', shape: [4, 4, 1] },
  { type: 'conv2d', filters: 2, kernelSize: 3, activation: 'relu' },
  { type: 'flatten' },
  { type: 'dense', units: 5, activation: 'relu' },
  { type: 'dense', units: 3, activation: 'softmax' },
]);
const trained = initialParameters(network, 3).map((value) => value + 1);

/** The layers of which a parameter differs from the trained ones. */
const changedLayers = (values: Float32Array) =>
  network.layers
    .filter(({ parameters }) =>
      parameters.some(({ offset, size }) =>
        trained.subarray(offset, offset + size).some((v, i) => v !== values[offset + i]),
      ),
    )
    .map(({ name }) => name);

test('layers get random weights from the last to the first, and keep them at the levels that follow', () => {
  const before = trained.slice();
  const levels = cascade(network, trained, 3);
  expect(levels.map(({ downTo }) => downTo)).toEqual(['dense_2', 'dense_1', 'conv2d_1']);
  expect(levels.map(({ parameters }) => changedLayers(parameters))).toEqual([
    ['dense_2'],
    ['dense_1', 'dense_2'],
    ['conv2d_1', 'dense_1', 'dense_2'],
  ]);
  const last = network.parameters.find(({ name }) => name === 'dense_2/kernel')!;
  const ofLast = levels.map(({ parameters }) => parameters.slice(last.offset, last.offset + last.size));
  expect(ofLast[1]).toEqual(ofLast[0]);
  expect(ofLast[2]).toEqual(ofLast[0]);
  expect(trained).toEqual(before);
});

test('the same seed gives the same random weights, and they are not those a training of this seed begins with', () => {
  const [of3, of4] = [3, 4].map((seed) => cascade(network, trained, seed).at(-1)!.parameters);
  expect(cascade(network, trained, 3).at(-1)!.parameters).toEqual(of3);
  expect(of3).not.toEqual(of4);
  expect(of3).not.toEqual(initialParameters(network, 3));
});

describe("Spearman's rank correlation", () => {
  // The last one and those of ties as scipy.stats.spearmanr gives them.
  test.each<[string, number[], number[], number]>([
    ['the same order is 1', [1, 2, 3, 10], [-5, 0, 0.1, 1e9], 1],
    ['the opposite order is -1', [1, 2, 3, 10], [4, 3, 2, 1], -1],
    ['one exchange among three is 0.5', [1, 2, 3], [1, 3, 2], 0.5],
    ['a tie shares the mean rank: 3 / √12 = 0.8660', [1, 2, 3], [1, 1, 2], Math.sqrt(3) / 2],
    ['ties on both sides, 4 / √20 = 0.8944', [0, 0, 1, 1], [1, 2, 3, 4], 2 / Math.sqrt(5)],
    ['0 and -0 are a tie', [0, -0, 1], [5, 5, 6], 1],
    ['longer ones with ties', [3, 1, 4, 1, 5, 9, 2, 6, 5, 3], [2, 7, 1, 8, 2, 8, 1, 8, 2, 8], 0.13471506281091267],
  ])('%s', (_, a, b, expected) => {
    expect(spearman(a, b)).toBeCloseTo(expected, 12);
    expect(spearman(b, a)).toBeCloseTo(expected, 12);
  });

  test('is undefined for a constant map', () => {
    expect(spearman([2, 2, 2], [1, 2, 3])).toBeNull();
    expect(spearman([1, 2, 3], [0, 0, 0])).toBeNull();
    expect(spearman([], [])).toBeNull();
  });

  const maps = fc
    .integer({ min: 2, max: 40 })
    .chain((n) =>
      fc.tuple(...[0, 1].map(() => fc.array(fc.integer({ min: -5, max: 5 }), { minLength: n, maxLength: n }))),
    );
  test('is exactly 1 with itself, between -1 and 1, and never NaN', () => {
    fc.assert(
      fc.property(maps, ([a, b]) => {
        const itself = spearman(a!, a!);
        expect(itself).toBe(new Set(a).size === 1 ? null : 1);
        const other = spearman(a!, b!);
        if (other !== null) expect(Math.abs(other)).toBeLessThanOrEqual(1 + 1e-12);
      }),
      { seed: 11 },
    );
  });
});
