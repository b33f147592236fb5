import { expect, it } from 'vitest';
import { builtinNetwork } from '../graph/builtin.ts';
import { buildNetwork } from '../graph/network.ts';
import type { LayerSpec } from '../graph/spec.ts';
import { pearson } from './measures/correlation.ts';
import { imageLayers, inputCorrelation, overviewOf, threeLayers } from './overview.ts';
import { depthOf } from './target.ts';

const shown = { pixels: Uint8Array.of(0, 100, 200, 40), height: 2, width: 2, channels: 1 };
const plain = { pixels: new Uint8Array(4), height: 2, width: 2, channels: 1 };

it('a map like the image and its negative have |r| = 1; a constant one is left out', () => {
  const maps = Float32Array.from({ length: 12 }, (_, i) => [1, -1, 0][i % 3]! * shown.pixels[Math.floor(i / 3)]!);
  const { highest, median } = inputCorrelation(maps, [2, 2, 3], shown)!;
  expect(highest).toBeCloseTo(1, 12);
  expect(median).toBeCloseTo(1, 12);
});

it('has the mean of the two middle ones as the median of an even number of maps', () => {
  const other = [0, 100, 200, 300];
  const maps = Float32Array.from({ length: 8 }, (_, i) => (i % 2 ? other : shown.pixels)[i >> 1]!);
  const weaker = Math.abs(pearson(shown.pixels, other)!);
  expect(weaker).toBeLessThan(0.9);
  expect(inputCorrelation(maps, [2, 2, 2], shown)!.median).toBeCloseTo((1 + weaker) / 2, 12);
});

it('averages the image down to the map: rows of means 50 and 120 against 1 and 2 give 1', () => {
  expect(inputCorrelation([1, 2], [2, 1, 1], shown)?.highest).toBeCloseTo(1, 12);
});

it('has no correlation where nothing varies', () => {
  expect(inputCorrelation([3, 3, 3, 3], [2, 2, 1], shown)).toBe(null);
  expect(inputCorrelation([Number.NaN, 3, 3, 3], [2, 2, 1], shown)).toBe(null);
});

it('chooses the first, the middle and the last hidden layer', () => {
  const chosen = (spec: readonly LayerSpec[]) =>
    threeLayers(depthOf(buildNetwork(spec))).map(([position, { layer }]) => `${position} ${layer.name}`);
  expect(chosen(builtinNetwork('reference'))).toEqual(['first relu_1', 'middle relu_2', 'last relu_3']);
  const input = { type: 'input', shape: [6] } as const;
  const output = { type: 'dense', units: 10, activation: 'softmax' } as const;
  const hidden = { type: 'dense', units: 20, activation: 'relu' } as const;
  expect(chosen([input, output])).toEqual(['first dense_1']);
  expect(chosen([input, hidden, output])).toEqual(['first relu_1']);
  expect(chosen([input, hidden, hidden, output])).toEqual(['first relu_1', 'middle dense_2', 'last relu_2']);
  const four = [input, hidden, hidden, hidden, hidden, output];
  expect(chosen(four)).toEqual(['first relu_1', 'middle relu_2', 'last relu_4']);
});

const depth = depthOf(
  buildNetwork([
    { type: 'input', shape: [2, 2, 1] },
    { type: 'conv2d', filters: 3, kernelSize: 1, activation: 'relu' },
    { type: 'flatten' },
    { type: 'dense', units: 2, activation: 'softmax' },
  ]),
);
const activations = {
  layers: new Map([
    ['relu_1', Float32Array.of(0, 1, 3, 0, 2, 3, 0, 1, 3, 0, 5, 3)],
    ['dense_1', Float32Array.of(-7, Number.NaN)],
  ]),
};

it('records the largest magnitude of each layer, and all values of a small flat one', () => {
  expect(imageLayers(depth, activations)).toEqual([
    { layer: 'relu_1', largest: 5, values: null },
    { layer: 'dense_1', largest: 7, values: [-7, null] },
  ]);
});

it('shows the correct image of largest variance, and counts active maps and zeros', () => {
  const image = (label: number) => ({
    source: { kind: 'test', index: 0, label } as const,
    predicted: 1,
    probabilities: [],
  });
  const of = (...labels: number[]) =>
    overviewOf(
      depth,
      labels.map(image),
      [plain, shown, plain],
      labels.map(() => activations),
    );
  expect([of(1, 1, 1)?.image, of(1, 0, 1)?.image, of(0, 0, 0)?.image, of()]).toEqual([1, 0, 1, null]);
  expect(of(1, 1, 1)?.layers[0]).toMatchObject({
    layer: 'relu_1',
    activeMaps: 2,
    zeroFraction: 4 / 12,
    shownMaps: [0, 1, 2],
  });
});
