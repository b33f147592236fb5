import type {
  BatchNormalizationSpec,
  Conv2dSpec,
  DepthwiseConv2dSpec,
  LayerSpec,
  Pooling2dOptions,
} from '../../src/core/graph/spec.ts';
import { type LayerCase, networkOf, randomParameters } from './contract.ts';
import { randomValues } from './fixtures.ts';

interface Options {
  readonly x?: Float32Array;
  readonly kept?: readonly boolean[];
  readonly batchStatistics?: boolean;
  /** Share of the output's gradients that are zero, as behind max pooling and dropout. */
  readonly zeros?: number;
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
