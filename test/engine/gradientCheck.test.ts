import { describe, expect, test } from 'vitest';
import { referenceLayer } from '../../src/core/graph/reference.ts';
import { sizeOf } from '../../src/core/graph/shape.ts';
import type { LayerSpec } from '../../src/core/graph/spec.ts';
import { relativeError } from '../golden/golden.ts';
import { type LayerCase, networkOf, randomParameters, typesWithOneInput, usesWinograd } from './contract.ts';
import { oneHot, randomValues } from './fixtures.ts';
import { reference, wasmInline } from './implementations.ts';
import { onKernelBench } from './kernelBench.ts';
import { crossEntropy } from './references/crossEntropy.ts';

const N = 3;
/** Step of the central differences. Inputs keep a larger distance from kinks and ties. */
const h = 1e-4;
const margin = 0.01;

/** Values at least `margin` from a kink. */
function awayFrom(kink: number, values: Float32Array): Float32Array {
  return values.map((v) => v + Math.sign(v - kink || 1) * margin);
}

/** Values all at least `margin` apart, in random order. */
function allDifferent(seed: number, count: number): Float32Array {
  const keys = randomValues(seed, count);
  const order = Array.from(keys, (key, i) => ({ key, i })).sort((a, b) => a.key - b.key);
  const values = new Float32Array(count);
  for (const [rank, { i }] of order.entries()) values[i] = (rank - count / 2) * margin;
  return values;
}

function gradientCase(seed: number, name: string, layer: LayerSpec, inputShape: number[], x?: Float32Array): LayerCase {
  const network = networkOf({ layer, inputShape });
  return {
    name,
    layer,
    inputShape,
    x: x ?? randomValues(seed, N * sizeOf(inputShape)),
    parameters: randomParameters(seed + 1, network, 1),
    batchStatistics: layer.type === 'batchNormalization' && layer.name !== 'frozen',
    dy: randomValues(seed + 2, N * sizeOf(network.outputShape)),
    ...(layer.type === 'dropout' && {
      kept: Array.from(randomValues(seed + 3, N * sizeOf(inputShape)), (v) => v < 0.2),
    }),
  };
}

const cases: readonly LayerCase[] = [
  gradientCase(10, 'conv2d 3×3', { type: 'conv2d', filters: 5, kernelSize: 3 }, [6, 5, 3]),
  gradientCase(
    20,
    'conv2d [3, 2], strides [2, 1]',
    { type: 'conv2d', filters: 9, kernelSize: [3, 2], strides: [2, 1] },
    [7, 4, 2],
  ),
  gradientCase(30, 'conv2d 5×5, one channel', { type: 'conv2d', filters: 4, kernelSize: 5 }, [7, 8, 1]),
  gradientCase(40, 'conv2d 1×1, stride 2', { type: 'conv2d', filters: 8, kernelSize: 1, strides: 2 }, [4, 5, 6]),
  gradientCase(
    42,
    'conv2d 3×3, same, Winograd',
    { type: 'conv2d', filters: 8, kernelSize: 3, padding: 'same', useBias: false },
    [5, 3, 8],
  ),
  gradientCase(
    44,
    'conv2d 5×5, same, stride 2',
    { type: 'conv2d', filters: 4, kernelSize: 5, strides: 2, padding: 'same' },
    [6, 7, 2],
  ),
  gradientCase(46, 'batchNormalization', { type: 'batchNormalization' }, [3, 2, 5]),
  gradientCase(47, 'batchNormalization, two groups', { type: 'batchNormalization', groupSize: 2 }, [3, 2, 5]),
  gradientCase(48, 'batchNormalization, moving statistics', { type: 'batchNormalization', name: 'frozen' }, [3, 2, 5]),
  gradientCase(42, 'depthwiseConv2d 3×3', { type: 'depthwiseConv2d', kernelSize: 3 }, [6, 5, 9]),
  gradientCase(
    45,
    "depthwiseConv2d 5×5, stride 2, padding 'same', without bias",
    { type: 'depthwiseConv2d', kernelSize: 5, strides: 2, padding: 'same', useBias: false },
    [8, 7, 5],
  ),
  gradientCase(
    47,
    'depthwiseConv2d [2, 1], strides [3, 2]',
    { type: 'depthwiseConv2d', kernelSize: [2, 1], strides: [3, 2] },
    [7, 6, 4],
  ),
  gradientCase(50, 'dense', { type: 'dense', units: 10 }, [13]),
  gradientCase(60, 'dense, one unit', { type: 'dense', units: 1 }, [6]),
  gradientCase(70, 'relu', { type: 'relu' }, [3, 3, 5], awayFrom(0, randomValues(70, N * 45))),
  gradientCase(73, 'relu6', { type: 'relu6' }, [3, 3, 5], awayFrom(6, awayFrom(0, randomValues(73, N * 45, 9)))),
  gradientCase(75, 'leakyRelu', { type: 'leakyRelu' }, [3, 3, 5], awayFrom(0, randomValues(75, N * 45))),
  gradientCase(80, 'maxPooling2d 2', { type: 'maxPooling2d' }, [4, 7, 3], allDifferent(80, N * 84)),
  gradientCase(
    90,
    'maxPooling2d 3, stride 2',
    { type: 'maxPooling2d', poolSize: 3, strides: 2 },
    [7, 5, 5],
    allDifferent(90, N * 175),
  ),
  gradientCase(
    100,
    'maxPooling2d [1, 3], stride 1',
    { type: 'maxPooling2d', poolSize: [1, 3], strides: 1 },
    [2, 6, 4],
    allDifferent(100, N * 48),
  ),
  gradientCase(
    105,
    "maxPooling2d 3, stride 2, padding 'same'",
    { type: 'maxPooling2d', poolSize: 3, strides: 2, padding: 'same' },
    [6, 5, 5],
    allDifferent(105, N * 150),
  ),
  gradientCase(106, 'averagePooling2d 2', { type: 'averagePooling2d' }, [4, 7, 3]),
  gradientCase(
    108,
    "averagePooling2d [3, 2], stride [2, 1], padding 'same'",
    { type: 'averagePooling2d', poolSize: [3, 2], strides: [2, 1], padding: 'same' },
    [6, 5, 18],
  ),
  gradientCase(112, 'globalMaxPooling2d', { type: 'globalMaxPooling2d' }, [4, 3, 5], allDifferent(112, N * 60)),
  gradientCase(115, 'globalAveragePooling2d', { type: 'globalAveragePooling2d' }, [4, 3, 18]),
  gradientCase(
    110,
    'zeroPadding2d [[1, 0], [0, 2]]',
    {
      type: 'zeroPadding2d',
      padding: [
        [1, 0],
        [0, 2],
      ],
    },
    [3, 4, 2],
  ),
  gradientCase(120, 'dropout 0.4 with a given mask', { type: 'dropout', rate: 0.4 }, [29]),
  gradientCase(130, 'flatten', { type: 'flatten' }, [2, 3, 4]),
  gradientCase(135, 'reshape', { type: 'reshape', shape: [6, 2, 2] }, [2, 3, 4]),
  gradientCase(140, 'softmax', { type: 'softmax' }, [7], randomValues(140, N * 7, 3)),
];

/** Central differences of `f` in float64. */
function numericGradient(f: (values: Float64Array) => number, at: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(at);
  return values.map((value, i) => {
    values[i] = value + h;
    const above = f(values);
    values[i] = value - h;
    const below = f(values);
    values[i] = value;
    return (above - below) / (2 * h);
  });
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** The gradients of Σ dy · y, from forward passes of the reference alone. */
function numericGradients(layerCase: LayerCase) {
  const layer = networkOf(layerCase).layers[1]!;
  const forward = (x: ArrayLike<number>, flat: Float64Array) => {
    const parameters = layer.parameters.map(({ offset, size }) => flat.subarray(offset, offset + size));
    return referenceLayer(layer, [x], parameters, layerCase).forward();
  };
  const parameters = Float64Array.from(layerCase.parameters);
  const isTrained = (i: number) => layer.parameters.some((p) => p.trainable && i >= p.offset && i < p.offset + p.size);
  return {
    dx: numericGradient((x) => dot(forward(x, parameters), layerCase.dy), layerCase.x),
    parameterGradients: numericGradient((p) => dot(forward(layerCase.x, p), layerCase.dy), parameters).map((g, i) =>
      isTrained(i) ? g : 0,
    ),
  };
}

test('every type of layer with one input has a case', () => {
  const found = new Set(cases.map(({ layer }) => layer.type));
  expect(typesWithOneInput.filter((type) => !found.has(type))).toEqual([]);
});

describe.each([
  ['the reference’s gradients agree with its central differences: relative error under 1e-7', reference, 1e-7],
  [
    'the kernels’ gradients agree with the reference’s central differences: relative error under 1e-6, of Winograd’s F(4×4) under 5e-5',
    wasmInline,
    1e-6,
  ],
] as const)('%s', (_, implementation, limit) => {
  test.each(cases)('$name', async (layerCase) => {
    const { dx, parameterGradients } = await implementation(layerCase);
    const numeric = numericGradients(layerCase);
    const tolerance = implementation === wasmInline && usesWinograd(layerCase) ? 5e-5 : limit;
    expect(relativeError(dx, numeric.dx), 'inputs').toBeLessThan(tolerance);
    expect(parameterGradients.length).toBe(layerCase.parameters.length);
    if (layerCase.parameters.length > 0)
      expect(relativeError(parameterGradients, numeric.parameterGradients), 'weights').toBeLessThan(tolerance);
  });
});

describe('categorical cross-entropy from logits', () => {
  const Y = 7;
  const logits = randomValues(150, N * Y, 3);
  const targets = {
    'one-hot targets': oneHot([0, 6, 3], Y),
    'targets that do not add up to one': randomValues(151, N * Y).map(Math.abs),
  };

  test.each(Object.entries(targets))('%s: relative error under 1e-6, of the reference under 1e-7', (_, t) => {
    const mean = (x: Float64Array) => crossEntropy(x, t, Y).losses.reduce((a, b) => a + b, 0) / N;
    const numeric = numericGradient(mean, logits);
    expect(relativeError(crossEntropy(logits, t, Y).dx, numeric)).toBeLessThan(1e-7);
    const dx = onKernelBench((bench) => {
      const out = bench.zeros(N * Y);
      bench.kernels['crossEntropyBackward']!(
        bench.floats(logits),
        bench.floats(t),
        out,
        bench.floats([1 / N]),
        Y,
        N,
        0,
        N,
      );
      return bench.read(out, N * Y);
    });
    expect(relativeError(dx, numeric)).toBeLessThan(1e-6);
  });
});
