import { definitionOf, layerTypes } from '../../src/core/graph/layers/index.ts';
import { buildNetwork, type Network } from '../../src/core/graph/network.ts';
import type {
  BatchNormalizationSpec,
  Conv2dSpec,
  DepthwiseConv2dSpec,
  LayerSpec,
  LayerType,
  Pooling2dOptions,
} from '../../src/core/graph/spec.ts';
import { relativeError } from '../golden/golden.ts';
import { randomValues } from './fixtures.ts';

/** One layer, what goes in, and the gradient that comes back. */
export interface LayerCase {
  readonly name: string;
  readonly layer: LayerSpec;
  readonly inputShape: readonly number[];
  /** [N, …inputShape] */
  readonly x: Float32Array;
  /** The layer's own, in the order of its definition. */
  readonly parameters: Float32Array;
  /** [N, …outputShape] */
  readonly dy: Float32Array;
  /** Dropout's mask, [N, …inputShape]; without it dropout is off. */
  readonly kept?: readonly boolean[];
  /** Whether normalisation uses the statistics of the batch. */
  readonly batchStatistics?: boolean;
}

export interface LayerResult {
  readonly y: ArrayLike<number>;
  readonly dx: ArrayLike<number>;
  readonly parameterGradients: ArrayLike<number>;
}

/** Those that the suite has cases of: all but the input, and layers that join several. */
export const typesWithOneInput: readonly LayerType[] = layerTypes.filter(
  (type) => type !== 'input' && !definitionOf({ type } as LayerSpec).joins,
);

/** As `relativeError`, but where nothing other than zeros is expected: the largest absolute value. */
export function relativeErrorOrSize(is: ArrayLike<number>, should: ArrayLike<number>): number {
  if (is.length !== should.length) throw new Error(`${is.length} values instead of ${should.length}`);
  const allZero = Array.from(should).every((v) => v === 0);
  return allZero ? Array.from(is).reduce((most, v) => Math.max(most, Math.abs(v)), 0) : relativeError(is, should);
}

/** What the contract holds of: anything that runs one layer forward and backward. */
export type Implementation = (layerCase: LayerCase) => Promise<LayerResult>;

export function networkOf({ layer, inputShape }: Pick<LayerCase, 'layer' | 'inputShape'>): Network {
  return buildNetwork([{ type: 'input', shape: inputShape }, layer]);
}

/** A case worked out by hand, in numbers that float32 holds exactly; zeros are plain ones. */
export interface HandWorkedCase extends LayerCase {
  readonly expected: { readonly y: number[]; readonly dx: number[]; readonly parameterGradients: number[] };
}

const f32 = (...values: number[]) => Float32Array.from(values);
const none = new Float32Array(0);
const nan = Number.NaN;

export const handWorkedCases: readonly HandWorkedCase[] = [
  {
    name: 'flatten passes everything on',
    layer: { type: 'flatten' },
    inputShape: [1, 2, 2],
    x: f32(1, 2, 3, 4),
    parameters: none,
    dy: f32(5, 6, 7, 8),
    expected: { y: [1, 2, 3, 4], dx: [5, 6, 7, 8], parameterGradients: [] },
  },
  {
    name: 'reshape passes everything on',
    layer: { type: 'reshape', shape: [2, 1, 2] },
    inputShape: [1, 2, 2],
    x: f32(1, 2, 3, 4),
    parameters: none,
    dy: f32(5, 6, 7, 8),
    expected: { y: [1, 2, 3, 4], dx: [5, 6, 7, 8], parameterGradients: [] },
  },
  {
    name: 'dense, two images, [2] → [3]',
    layer: { type: 'dense', units: 3 },
    inputShape: [2],
    x: f32(1, 2, 3, -1),
    parameters: f32(1, 2, 3, 4, 5, 6, 10, 20, 30),
    dy: f32(1, 0, -1, 2, 1, 0),
    expected: { y: [19, 32, 45, 9, 21, 33], dx: [-2, -2, 4, 13], parameterGradients: [7, 3, -1, 0, -1, -2, 3, 1, -1] },
  },
  {
    name: 'conv2d 2×2, one channel, one filter, on 3×3',
    layer: { type: 'conv2d', filters: 1, kernelSize: 2 },
    inputShape: [3, 3, 1],
    x: f32(1, 2, 3, 4, 5, 6, 7, 8, 9),
    parameters: f32(1, 0, -1, 2, 100),
    dy: f32(1, 0, 0, 2),
    expected: {
      y: [107, 109, 113, 115],
      dx: [1, 0, 0, -1, 4, 0, 0, -2, 4],
      parameterGradients: [11, 14, 20, 23, 3],
    },
  },
  {
    name: 'depthwiseConv2d 2×2, two channels, on 3×3',
    layer: { type: 'depthwiseConv2d', kernelSize: 2 },
    inputShape: [3, 3, 2],
    x: f32(1, 1, 2, 0, 3, 1, 4, 0, 5, 1, 6, 0, 7, 1, 8, 0, 9, 1),
    parameters: f32(1, 1, 0, 2, -1, 3, 2, 4, 100, -1),
    dy: f32(1, 0, 0, 1, 0, 0, 2, 1),
    expected: {
      y: [107, 4, 109, 4, 113, 4, 115, 4],
      dx: [1, 0, 0, 1, 0, 2, -1, 0, 4, 4, 0, 6, 0, 0, -2, 3, 4, 4],
      parameterGradients: [11, 1, 14, 1, 20, 1, 23, 1, 3, 2],
    },
  },
  {
    name: "depthwiseConv2d 3×3, stride 2, padding 'same', without bias: the odd zeros are after",
    layer: { type: 'depthwiseConv2d', kernelSize: 3, strides: 2, padding: 'same', useBias: false },
    inputShape: [2, 3, 1],
    x: f32(1, 2, 3, 4, 5, 6),
    parameters: f32(1, 2, 3, 4, 5, 6, 7, 8, 9),
    dy: f32(1, -1),
    expected: {
      y: [58, 58],
      dx: [2, 2, -2, 5, 2, -5],
      parameterGradients: [-2, -2, 2, -5, -2, 5, 0, 0, 0],
    },
  },
  {
    name: 'conv2d 1×1, two channels, two filters, stride 2',
    layer: { type: 'conv2d', filters: 2, kernelSize: 1, strides: 2 },
    inputShape: [1, 3, 2],
    x: f32(1, 2, 50, 60, 3, 4),
    parameters: f32(1, 2, 3, 4, -1, 1),
    dy: f32(1, 0, 0, 1),
    expected: { y: [6, 11, 14, 23], dx: [1, 3, 0, 0, 2, 4], parameterGradients: [1, 3, 2, 4, 1, 1] },
  },
  {
    name: 'zeroPadding2d, one above and two to the right',
    layer: {
      type: 'zeroPadding2d',
      padding: [
        [1, 0],
        [0, 2],
      ],
    },
    inputShape: [1, 2, 1],
    x: f32(5, 6),
    parameters: none,
    dy: f32(1, 2, 3, 4, 5, 6, 7, 8),
    expected: { y: [0, 0, 0, 0, 5, 6, 0, 0], dx: [5, 6], parameterGradients: [] },
  },
  {
    name: 'relu: zero, minus zero and NaN let no gradient through, and NaN stays NaN',
    layer: { type: 'relu' },
    inputShape: [7],
    x: f32(-1, -0, 0, nan, 2, -3, 1e-45),
    parameters: none,
    dy: f32(1, 2, 3, 4, 5, 6, 7),
    expected: { y: [0, 0, 0, nan, 2, 0, f32(1e-45)[0]!], dx: [0, 0, 0, 0, 5, 0, 7], parameterGradients: [] },
  },
  {
    name: 'relu6: zero, six, all outside them and NaN let no gradient through, and NaN stays NaN',
    layer: { type: 'relu6' },
    inputShape: [11],
    x: f32(-1, -0, 0, nan, 2, 6, 7, 5.5, nan, 6, 1e-45),
    parameters: none,
    dy: f32(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
    expected: {
      y: [0, 0, 0, nan, 2, 6, 6, 5.5, nan, 6, f32(1e-45)[0]!],
      dx: [0, 0, 0, 0, 5, 0, 0, 8, 0, 0, 11],
      parameterGradients: [],
    },
  },
  {
    name: 'leakyRelu 0.5: negative values and their gradients are halved, and NaN stays NaN',
    layer: { type: 'leakyRelu', negativeSlope: 0.5 },
    inputShape: [6],
    x: f32(-1, -0, 0, nan, 2, -3),
    parameters: none,
    dy: f32(1, 2, 3, 4, 5, 6),
    expected: { y: [-0.5, 0, 0, nan, 2, -1.5], dx: [0.5, 1, 1.5, 2, 5, 3], parameterGradients: [] },
  },
  {
    name: 'dropout 0.5 with a given mask',
    layer: { type: 'dropout', rate: 0.5 },
    inputShape: [9],
    x: f32(1, 2, 3, 4, 5, 6, nan, 8, 9),
    parameters: none,
    dy: f32(1, 1, 1, 1, 1, 1, 1, 1, 3),
    kept: [true, false, true, true, false, false, false, true, true],
    expected: { y: [2, 0, 6, 8, 0, 0, 0, 16, 18], dx: [2, 0, 2, 2, 0, 0, 0, 2, 6], parameterGradients: [] },
  },
  {
    name: 'maxPooling2d 2: ties go to the first in row-major order, minus zero ties with zero',
    layer: { type: 'maxPooling2d' },
    inputShape: [2, 6, 1],
    x: f32(3, 3, 1, 2, -0, -1, 3, 3, 2, 2, 0, -2),
    parameters: none,
    dy: f32(10, 20, 30),
    expected: { y: [3, 2, 0], dx: [10, 0, 0, 20, 30, 0, 0, 0, 0, 0, 0, 0], parameterGradients: [] },
  },
  {
    name: 'maxPooling2d 2, stride 1: a maximum of two windows gets both gradients',
    layer: { type: 'maxPooling2d', poolSize: 2, strides: 1 },
    inputShape: [2, 3, 1],
    x: f32(1, 9, 2, 3, 4, 5),
    parameters: none,
    dy: f32(10, 5),
    expected: { y: [9, 9], dx: [0, 15, 0, 0, 0, 0], parameterGradients: [] },
  },
  {
    name: 'maxPooling2d [1, 2]: NaN wins, wherever it stands, and takes the gradient',
    layer: { type: 'maxPooling2d', poolSize: [1, 2] },
    inputShape: [1, 6, 1],
    x: f32(nan, 1, 2, nan, 3, 4),
    parameters: none,
    dy: f32(1, 2, 3),
    expected: { y: [nan, nan, 4], dx: [1, 0, 0, 2, 0, 3], parameterGradients: [] },
  },
  {
    name: 'maxPooling2d [1, 2] over five channels: vector and tail lanes alike, ties and NaN in each',
    layer: { type: 'maxPooling2d', poolSize: [1, 2] },
    inputShape: [1, 2, 5],
    x: f32(1, 7, nan, 4, nan, 2, 7, 3, nan, 5),
    parameters: none,
    dy: f32(1, 2, 3, 4, 5),
    expected: { y: [2, 7, nan, nan, nan], dx: [0, 2, 3, 0, 5, 1, 0, 0, 4, 0], parameterGradients: [] },
  },
  {
    name: 'batchNormalization with moving statistics: mean 3 and variance 4, γ 2, β 1',
    layer: { type: 'batchNormalization', epsilon: 2 ** -100 },
    inputShape: [1, 1, 1],
    x: f32(3, 5),
    parameters: f32(2, 1, 3, 4),
    dy: f32(1, 3),
    expected: { y: [1, 3], dx: [1, 3], parameterGradients: [3, 4, 0, 0] },
  },
  {
    name: 'batchNormalization over a batch of 2 and 6: ±1; the gradient’s parts along the mean and along x are removed',
    layer: { type: 'batchNormalization', epsilon: 2 ** -100 },
    inputShape: [1],
    x: f32(2, 6),
    parameters: f32(2, 1, 0, 1),
    dy: f32(1, 3),
    batchStatistics: true,
    expected: { y: [-1, 3], dx: [0, 0], parameterGradients: [2, 4, 0, 0] },
  },
  {
    name: "maxPooling2d 2, stride 2, padding 'same': the last column has windows of one value, and padding never wins",
    layer: { type: 'maxPooling2d', padding: 'same' },
    inputShape: [1, 5, 1],
    x: f32(-1, -2, nan, -4, -5),
    parameters: none,
    dy: f32(10, 20, 30),
    expected: { y: [-1, nan, -5], dx: [10, 0, 20, 0, 30], parameterGradients: [] },
  },
  {
    name: "maxPooling2d 3, stride 1, padding 'same': ties go to the first inside the picture",
    layer: { type: 'maxPooling2d', poolSize: 3, strides: 1, padding: 'same' },
    inputShape: [2, 2, 1],
    x: f32(-3, -3, -3, -4),
    parameters: none,
    dy: f32(1, 2, 3, 4),
    expected: { y: [-3, -3, -3, -3], dx: [10, 0, 0, 0], parameterGradients: [] },
  },
  {
    name: 'averagePooling2d 2: the mean of each window, and a quarter of its gradient for each value',
    layer: { type: 'averagePooling2d' },
    inputShape: [2, 5, 1],
    x: f32(1, 2, 3, 4, 50, 5, 8, -3, 0, 60),
    parameters: none,
    dy: f32(8, -4),
    expected: { y: [4, 1], dx: [2, 2, -1, -1, 0, 2, 2, -1, -1, 0], parameterGradients: [] },
  },
  {
    name: "averagePooling2d [1, 2], stride 1, padding 'same', five channels: padding does not count",
    layer: { type: 'averagePooling2d', poolSize: [1, 2], strides: 1, padding: 'same' },
    inputShape: [1, 2, 5],
    x: f32(1, 2, 3, 4, 5, 3, 4, nan, 6, 7),
    parameters: none,
    dy: f32(2, 4, 6, 8, 10, 1, 2, 3, 4, 5),
    expected: {
      y: [2, 3, nan, 5, 6, 3, 4, nan, 6, 7],
      dx: [1, 2, 3, 4, 5, 2, 4, 6, 8, 10],
      parameterGradients: [],
    },
  },
  {
    name: 'globalAveragePooling2d: the mean of each channel, and a part of its gradient for each position',
    layer: { type: 'globalAveragePooling2d' },
    inputShape: [4, 1, 3],
    x: f32(1, 10, 3, 2, 20, nan, 3, 30, -3, 6, -20, 4),
    parameters: none,
    dy: f32(4, -8, 2),
    expected: { y: [3, 10, nan], dx: [1, -2, 0.5, 1, -2, 0.5, 1, -2, 0.5, 1, -2, 0.5], parameterGradients: [] },
  },
  {
    name: 'globalMaxPooling2d over five channels: ties go to the first in row-major order, and NaN wins',
    layer: { type: 'globalMaxPooling2d' },
    inputShape: [1, 4, 5],
    x: f32(1, 7, nan, -4, 0, 2, 7, 3, -3, -0, 9, 8, 4, -2, 0, 9, 8, 5, -1, nan),
    parameters: none,
    dy: f32(1, 2, 3, 4, 5),
    expected: {
      y: [9, 8, nan, -1, nan],
      dx: [0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 4, 5],
      parameterGradients: [],
    },
  },
  {
    name: 'softmax of equal scores',
    layer: { type: 'softmax' },
    inputShape: [4],
    x: f32(3, 3, 3, 3),
    parameters: none,
    dy: f32(1, 0, 0, 0),
    expected: {
      y: [0.25, 0.25, 0.25, 0.25],
      dx: [0.1875, -0.0625, -0.0625, -0.0625],
      parameterGradients: [],
    },
  },
];

interface Options {
  readonly x?: Float32Array;
  readonly kept?: readonly boolean[];
  readonly batchStatistics?: boolean;
  /** Share of the output's gradients that are zero, as behind max pooling and dropout. */
  readonly zeros?: number;
}

/** Random parameters of a network up to ±scale; variances are positive. */
export function randomParameters(seed: number, network: Network, scale: number): Float32Array {
  const values = randomValues(seed, network.parameterCount, scale);
  for (const { role, offset, size } of network.parameters) {
    if (role !== 'movingVariance') continue;
    for (let i = offset; i < offset + size; i++) values[i] = Math.abs(values[i]!) + 0.1;
  }
  return values;
}

let seed = 100;

/** A case of seeded random numbers for `N` images. */
function randomCase(name: string, layer: LayerSpec, inputShape: number[], N: number, options: Options = {}): LayerCase {
  const network = networkOf({ layer, inputShape });
  const size = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);
  seed += 10;
  const { x = randomValues(seed, N * size(inputShape)), kept, zeros = 0, batchStatistics = false } = options;
  const gates = randomValues(seed + 1, N * size(network.outputShape));
  const dy = randomValues(seed + 2, gates.length).map((g, i) => (gates[i]! < zeros * 2 - 1 ? 0 : g));
  const parameters = randomParameters(seed + 3, network, 0.5);
  return { name: `${name}, N = ${N}`, layer, inputShape, x, parameters, dy, batchStatistics, ...(kept && { kept }) };
}

function conv(inputShape: number[], N: number, spec: Omit<Conv2dSpec, 'type'>, zeros = 0): LayerCase {
  const { strides = 1, padding = 'valid', useBias = true } = spec;
  const rest = `${padding === 'same' ? ', same' : ''}${useBias ? '' : ', no bias'}`;
  const name = `conv2d [${inputShape}] → ${spec.filters} filters of [${spec.kernelSize}], strides [${strides}]${rest}`;
  return randomCase(
    zeros ? `${name}, ${zeros * 100} % zero gradients` : name,
    { type: 'conv2d', ...spec },
    inputShape,
    N,
    {
      zeros,
    },
  );
}

function depthwise(inputShape: number[], N: number, spec: Omit<DepthwiseConv2dSpec, 'type'>): LayerCase {
  const { kernelSize, strides = 1, padding = 'valid', useBias = true } = spec;
  const name = `depthwiseConv2d [${inputShape}], kernel [${kernelSize}], strides [${strides}], padding '${padding}'`;
  return randomCase(useBias ? name : `${name}, without bias`, { type: 'depthwiseConv2d', ...spec }, inputShape, N);
}

function pool(
  inputShape: number[],
  N: number,
  spec: Pooling2dOptions,
  type: 'maxPooling2d' | 'averagePooling2d' = 'maxPooling2d',
): LayerCase {
  const name = `${type} [${inputShape}], pool [${spec.poolSize}], strides [${spec.strides ?? 'pool'}]`;
  return randomCase(spec.padding ? `${name}, padding '${spec.padding}'` : name, { type, ...spec }, inputShape, N);
}

/** Few different values, so that most windows have ties. */
function coarse(values: Float32Array): Float32Array {
  return values.map((v) => Math.round(v * 2) / 2);
}

/** H, W, C, filters and images for the 3×3 kernels: every last tile, blocks of images and of rows, both widths of panels. */
const winogradShapes: readonly (readonly [number, number, number, number, number])[] = [
  [28, 28, 16, 8, 3],
  [14, 14, 8, 32, 5],
  [7, 7, 64, 32, 9],
  [13, 5, 16, 16, 2],
  [1, 1, 8, 8, 6],
  [2, 3, 24, 40, 7],
  [4, 40, 32, 64, 1],
];

/** Odd sizes, vector tails, batches that no tile divides. */
export const randomCases: readonly LayerCase[] = [
  conv([5, 5, 1], 1, { filters: 1, kernelSize: 1 }),
  conv([4, 7, 2], 5, { filters: 3, kernelSize: 1 }),
  conv([5, 6, 3], 2, { filters: 4, kernelSize: 3 }),
  conv([7, 5, 1], 1, { filters: 5, kernelSize: [3, 2] }),
  conv([6, 7, 5], 2, { filters: 8, kernelSize: [2, 5] }),
  conv([9, 8, 2], 1, { filters: 9, kernelSize: 5 }),
  conv([7, 7, 8], 5, { filters: 12, kernelSize: 3, strides: 2 }),
  conv([9, 7, 3], 2, { filters: 5, kernelSize: [3, 2], strides: [2, 1] }),
  conv([5, 5, 32], 2, { filters: 64, kernelSize: 3 }),
  conv([6, 5, 32], 1, { filters: 9, kernelSize: [2, 5], strides: 2 }),
  conv([3, 3, 5], 1, { filters: 3, kernelSize: 3 }),
  conv([8, 9, 1], 5, { filters: 64, kernelSize: [3, 2], strides: [2, 1] }),
  conv([4, 4, 8], 2, { filters: 1, kernelSize: 1, strides: 2 }),
  conv([16, 6, 11], 1, { filters: 13, kernelSize: 3 }),
  conv([6, 6, 32], 5, { filters: 12, kernelSize: 3 }, 0.9),
  conv([5, 4, 3], 2, { filters: 8, kernelSize: 2 }, 1),
  conv([7, 6, 3], 3, { filters: 5, kernelSize: 5, strides: 2, padding: 'same' }),
  conv([8, 9, 4], 2, { filters: 16, kernelSize: 3, strides: 2, padding: 'same', useBias: false }),
  conv([6, 5, 1], 5, { filters: 10, kernelSize: [2, 4], padding: 'same' }),
  conv([5, 5, 7], 2, { filters: 24, kernelSize: 1, useBias: false }),
  conv([4, 4, 3], 2, { filters: 4, kernelSize: 1, strides: 3, padding: 'same' }),
  ...winogradShapes.map(([H, W, C, filters, N]) =>
    conv([H, W, C], N, { filters, kernelSize: 3, padding: 'same', useBias: false }),
  ),
  conv([9, 10, 8], 3, { filters: 24, kernelSize: 3 }),
  conv([6, 6, 32], 2, { filters: 16, kernelSize: 3, padding: 'same' }, 0.9),

  depthwise([5, 5, 1], 1, { kernelSize: 1 }),
  depthwise([7, 6, 3], 2, { kernelSize: 3 }),
  depthwise([5, 5, 4], 2, { kernelSize: 3, padding: 'same' }),
  depthwise([7, 7, 8], 5, { kernelSize: 3, padding: 'same', useBias: false }),
  depthwise([12, 11, 13], 2, { kernelSize: 5, padding: 'same' }),
  depthwise([9, 8, 37], 3, { kernelSize: 3, strides: 2, padding: 'same' }),
  depthwise([11, 14, 5], 2, { kernelSize: 5, strides: 2 }),
  depthwise([11, 9, 17], 2, { kernelSize: [2, 7], strides: [3, 1], padding: 'same' }),
  depthwise([9, 14, 6], 1, { kernelSize: [4, 2], strides: [1, 3], useBias: false }),
  depthwise([7, 13, 9], 2, { kernelSize: [1, 2], strides: 3 }),
  depthwise([2, 3, 8], 2, { kernelSize: 7, strides: 2, padding: 'same' }),
  depthwise([1, 1, 33], 3, { kernelSize: 3, padding: 'same' }),

  ...[
    [1, 1, 1],
    [4, 1, 3],
    [3, 7, 5],
    [5, 8, 1],
    [17, 10, 2],
    [10, 129, 5],
    [129, 10, 7],
    [63, 16, 4],
    [2, 9, 33],
  ].map(([D, K, N]) => randomCase(`dense [${D}] → [${K}]`, { type: 'dense', units: K! }, [D!], N!)),

  pool([4, 4, 1], 1, { poolSize: 2 }),
  pool([7, 5, 3], 2, { poolSize: 2 }),
  pool([7, 8, 5], 5, { poolSize: 3, strides: 2 }),
  pool([7, 9, 8], 2, { poolSize: 2 }),
  pool([4, 6, 12], 3, { poolSize: 2, padding: 'same' }),
  pool([5, 6, 8], 1, { poolSize: 2, strides: 1 }),
  pool([9, 7, 6], 2, { poolSize: [3, 2], strides: [2, 3] }),
  pool([6, 6, 32], 2, { poolSize: [2, 3], strides: [3, 1] }),
  pool([7, 5, 3], 2, { poolSize: 2 }, 'averagePooling2d'),
  pool([7, 8, 5], 5, { poolSize: 3, strides: 2 }, 'averagePooling2d'),
  pool([6, 5, 37], 2, { poolSize: [2, 3], strides: 1 }, 'averagePooling2d'),
  pool([8, 7, 5], 3, { poolSize: 3, strides: 2, padding: 'same' }, 'averagePooling2d'),
  pool([5, 4, 16], 1, { poolSize: [4, 5], strides: 1, padding: 'same' }, 'averagePooling2d'),
  pool([2, 3, 4], 2, { poolSize: [7, 1], strides: [1, 2], padding: 'same' }, 'averagePooling2d'),
  pool([7, 5, 3], 2, { poolSize: 2, padding: 'same' }),
  pool([8, 7, 5], 3, { poolSize: 3, strides: 2, padding: 'same' }),
  pool([5, 4, 9], 1, { poolSize: [4, 5], strides: 1, padding: 'same' }),
  pool([2, 3, 4], 2, { poolSize: [7, 1], strides: [1, 2], padding: 'same' }),
  randomCase(
    'maxPooling2d [6, 7, 6], pool 3, strides 2, ties in most windows',
    { type: 'maxPooling2d', poolSize: 3, strides: 2 },
    [6, 7, 6],
    2,
    {
      x: coarse(randomValues(7, 2 * 6 * 7 * 6)),
    },
  ),
  randomCase('maxPooling2d [4, 4, 3], all equal', { type: 'maxPooling2d' }, [4, 4, 3], 2, {
    x: new Float32Array(2 * 4 * 4 * 3).fill(0.3),
  }),

  ...(['globalMaxPooling2d', 'globalAveragePooling2d'] as const).flatMap((type) =>
    [
      [1, 1, 3, 5],
      [7, 5, 6, 2],
      [7, 7, 37, 3],
      [3, 4, 16, 1],
    ].map(([H, W, C, N]) => randomCase(`${type} of [${H}, ${W}, ${C}]`, { type }, [H!, W!, C!], N!)),
  ),

  randomCase('zeroPadding2d 1 on [3, 5, 1]', { type: 'zeroPadding2d', padding: 1 }, [3, 5, 1], 5),
  randomCase('zeroPadding2d 0 on [3, 2, 2]', { type: 'zeroPadding2d', padding: 0 }, [3, 2, 2], 2),
  randomCase('zeroPadding2d [2, 1] on [2, 3, 5]', { type: 'zeroPadding2d', padding: [2, 1] }, [2, 3, 5], 1),
  randomCase(
    'zeroPadding2d [[1, 0], [0, 2]] on [4, 3, 3]',
    {
      type: 'zeroPadding2d',
      padding: [
        [1, 0],
        [0, 2],
      ],
    },
    [4, 3, 3],
    2,
  ),

  ...[1, 3, 4, 7, 130].map((D) => randomCase(`relu on [${D}]`, { type: 'relu' }, [D], 5)),
  ...[1, 3, 7, 130].map((D) =>
    randomCase(`relu6 on [${D}]`, { type: 'relu6' }, [D], 5, { x: randomValues(D, 5 * D, 12) }),
  ),
  ...[1, 3, 7, 130].map((D) => randomCase(`leakyRelu on [${D}]`, { type: 'leakyRelu' }, [D], 5)),
  randomCase('relu on [3, 5, 3]', { type: 'relu' }, [3, 5, 3], 2),

  ...[1, 2, 7, 10, 129].map((Y) => randomCase(`softmax over ${Y}`, { type: 'softmax' }, [Y], 5)),
  randomCase('softmax over 10, scores up to ±80', { type: 'softmax' }, [10], 5, { x: randomValues(8, 50, 80) }),
  randomCase('softmax over 5, scores of +80 and −80', { type: 'softmax' }, [5], 2, {
    x: Float32Array.of(80, -80, 80, 0, -80, -80, -80, -80, -80, 80),
  }),
  randomCase('softmax over 3, all equal', { type: 'softmax' }, [3], 2, { x: new Float32Array(6).fill(-7.25) }),

  ...[1, 7, 8, 13, 513].map((D) =>
    randomCase(`dropout 0.25 on [${D}]`, { type: 'dropout', rate: 0.25 }, [D], 3, {
      kept: Array.from(randomValues(D, 3 * D), (v) => v > -0.5),
    }),
  ),
  randomCase('dropout 0.5 on [3, 3, 5], nothing kept', { type: 'dropout', rate: 0.5 }, [3, 3, 5], 2, {
    kept: Array.from({ length: 90 }, () => false),
  }),
  randomCase('dropout switched off', { type: 'dropout', rate: 0.5 }, [3, 3, 5], 2),

  ...[false, true].flatMap((batchStatistics) => {
    const kind = batchStatistics ? 'batch statistics' : 'moving statistics';
    const normalize = (inputShape: number[], N: number, spec: Omit<BatchNormalizationSpec, 'type'> = {}) =>
      randomCase(
        `batchNormalization [${inputShape}] ${JSON.stringify(spec)}, ${kind}`,
        { type: 'batchNormalization', ...spec },
        inputShape,
        N,
        { batchStatistics },
      );
    return [
      normalize([4, 5, 3], 3),
      normalize([3, 3, 16], 7, { groupSize: 3 }),
      normalize([6, 2, 5], 4, { groupSize: 2, center: false }),
      normalize([7], 8, { scale: false, epsilon: 0.1 }),
      normalize([2, 2, 33], 2, { momentum: 0, center: false, scale: false }),
      normalize([2, 2, 4], 2, { trainable: false }),
    ];
  }),

  randomCase('flatten [3, 5, 2]', { type: 'flatten' }, [3, 5, 2], 5),
  randomCase('reshape [3, 5, 2] to [2, 3, 5]', { type: 'reshape', shape: [2, 3, 5] }, [3, 5, 2], 5),
  randomCase('reshape [6] to [1, 2, 3]', { type: 'reshape', shape: [1, 2, 3] }, [6], 2),
];

/** Whether the kernels compute this layer by Winograd's F(4×4, 3×3). */
export function usesWinograd({ layer, inputShape }: LayerCase): boolean {
  if (layer.type !== 'conv2d') return false;
  const { kernelSize, strides = 1, filters } = layer;
  return kernelSize === 3 && strides === 1 && inputShape[2]! % 8 === 0 && filters % 8 === 0;
}
