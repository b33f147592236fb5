import { describe, expect, test } from 'vitest';
import { littleEndianBytes, sha256 } from '../bytes.ts';
import { randomSequence } from '../engine/random.ts';
import { initialParameters, whiteningOf } from './initialise.ts';
import { buildNetwork } from './network.ts';
import { parseNetwork } from './parse.ts';
import { patchCovariance, whitenedKernel, whiteningImages } from './patchWhitening.ts';
import type { LayerSpec } from './spec.ts';

const shape = [6, 7, 2] as const;

/** Smooth images, whose patches are correlated; always the same. */
function images(count: number): Float32Array {
  const [H, W, C] = shape;
  const random = randomSequence(3, 0, 0);
  const values = new Float32Array(count * H * W * C);
  for (let i = 0; i < values.length; i++) {
    const before = i % (W * C) >= C ? values[i - C]! : 0.5;
    values[i] = Math.fround(0.7 * before + 0.3 * random.float());
  }
  return values;
}

/** All patches [R, S, C] of the images, one after the other. */
function patchesOf(pixels: Float32Array, R: number, S: number): number[][] {
  const [H, W, C] = shape;
  const patches: number[][] = [];
  for (let n = 0; n < pixels.length / (H * W * C); n++)
    for (let h = 0; h <= H - R; h++)
      for (let w = 0; w <= W - S; w++) {
        const patch: number[] = [];
        for (let r = 0; r < R; r++)
          for (let s = 0; s < S; s++)
            for (let c = 0; c < C; c++) patch.push(pixels[((n * H + h + r) * W + w + s) * C + c]!);
        patches.push(patch);
      }
  return patches;
}

function covarianceOf(rows: readonly (readonly number[])[]): number[][] {
  const D = rows[0]!.length;
  const means = Array.from({ length: D }, (_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length);
  return means.map((mean, i) =>
    means.map((other, j) => rows.reduce((sum, row) => sum + (row[i]! - mean) * (row[j]! - other), 0) / rows.length),
  );
}

const pixels = images(60);
const patches = patchesOf(pixels, 2, 3);
const kernelOf = (K: number) => whitenedKernel({ name: 'x/kernel', shape: [2, 3, 2, K] }, pixels, shape);
const filter = (kernel: Float32Array, K: number, k: number) => kernel.filter((_, i) => i % K === k);

test('the covariance is that of the patches at all positions, within 1e-12', () => {
  const covariance = patchCovariance(pixels, shape, [2, 3, 2, 12]);
  for (const [n, value] of covarianceOf(patches).flat().entries())
    expect(Math.abs(covariance[n]! - value)).toBeLessThan(1e-12);
});

test('zeros are pixels like others', () => {
  const some = pixels.map((value, i) => (i % 3 === 0 ? 0 : value));
  const covariance = patchCovariance(some, shape, [2, 3, 2, 12]);
  for (const [n, value] of covarianceOf(patchesOf(some, 2, 3))
    .flat()
    .entries())
    expect(Math.abs(covariance[n]! - value)).toBeLessThan(1e-12);
});

test('filtered patches have the covariance λ ÷ (λ + ε) on the diagonal, 0 beside it, within 1e-5, largest first', () => {
  const kernel = kernelOf(12);
  const filtered = patches.map((patch) =>
    Array.from({ length: 12 }, (_, k) => patch.reduce((sum, value, d) => sum + value * kernel[d * 12 + k]!, 0)),
  );
  const trace = covarianceOf(patches).reduce((sum, row, i) => sum + row[i]!, 0);
  const epsilon = (5e-4 * trace) / 12;
  const lambdas: number[] = [];
  for (const [i, row] of covarianceOf(filtered).entries()) {
    // A filter's length is 1 ÷ √(λ + ε).
    const length = Math.hypot(...filter(kernel, 12, i));
    const lambda = 1 / length ** 2 - epsilon;
    lambdas.push(lambda);
    for (const [j, value] of row.entries()) {
      expect(Math.abs(value - (i === j ? lambda / (lambda + epsilon) : 0))).toBeLessThan(1e-5);
    }
  }
  expect(lambdas).toEqual([...lambdas].sort((a, b) => b - a));
  expect(lambdas.reduce((sum, lambda) => sum + lambda, 0)).toBeCloseTo(trace, 6);
});

test('filters beyond the components are the negatives of the first ones; fewer are the first ones', () => {
  const [all, more, few] = [kernelOf(24), kernelOf(15), kernelOf(4)];
  for (let k = 0; k < 12; k++) {
    expect(filter(all, 24, k + 12)).toEqual(filter(all, 24, k).map((value) => -value));
    expect(filter(all, 24, k)).toEqual(filter(kernelOf(12), 12, k));
  }
  for (let k = 0; k < 15; k++) expect(filter(more, 15, k)).toEqual(filter(all, 24, k));
  for (let k = 0; k < 4; k++) expect(filter(few, 4, k)).toEqual(filter(all, 24, k));
});

test('directions in which patches do not differ stay finite', () => {
  const [H, W, C] = shape;
  const grey = pixels.map((_, i) => pixels[Math.floor(i / C) * C]!);
  const kernel = whitenedKernel({ name: 'x/kernel', shape: [2, 3, 2, 12] }, grey, [H, W, C]);
  expect(kernel.every(Number.isFinite)).toBe(true);
});

test('images without any difference are refused', () => {
  const flat = new Float32Array(2 * 84).fill(0.25);
  expect(() => whitenedKernel({ name: 'conv2d_1/kernel', shape: [2, 3, 2, 3] }, flat, shape)).toThrow(
    expect.objectContaining({
      code: 'bad-data',
      message:
        'The patches of the training images are all equal, so conv2d_1/kernel cannot begin with patchWhitening; choose another kernelInitializer.',
    }),
  );
});

test('the same bits on every machine', async () => {
  expect(await sha256(littleEndianBytes(kernelOf(24)))).toMatchInlineSnapshot(
    `"017d2de80645063f896fd31c4832f99dc91a9e970df7cf1a95bf1da781b11951"`,
  );
});

test.each([
  [[3, 3, 1], [28, 28, 1], 1480],
  [[5, 5, 1], [28, 28, 1], 1737],
  [[1, 1, 1], [8, 8, 1], 5000],
  [[3, 3, 3], [96, 96, 3], 114],
  [[5, 5, 3], [96, 96, 3], 43],
] as const)('a kernel %j of images %j is computed from the first %i images', (kernel, image, count) => {
  expect(whiteningImages({ shape: [...kernel, 4] }, image)).toBe(count);
});

describe('a network with patchWhitening', () => {
  const first = { type: 'conv2d', filters: 24, kernelSize: [2, 3], kernelInitializer: 'patchWhitening' } as const;
  const spec: readonly LayerSpec[] = [
    { type: 'input', shape },
    first,
    { type: 'flatten' },
    { type: 'dense', units: 3 },
  ];

  test('takes the kernel from the data, and everything else as without', () => {
    const network = buildNetwork(parseNetwork(spec));
    const kernel = kernelOf(24);
    const parameters = initialParameters(network, 5, ({ name }) => {
      expect(name).toBe('conv2d_1/kernel');
      return kernel;
    });
    const glorot = initialParameters(
      buildNetwork([spec[0]!, { ...first, kernelInitializer: 'glorotUniform' }, ...spec.slice(2)]),
      5,
    );
    expect(parameters.subarray(0, kernel.length)).toEqual(kernel);
    expect(parameters.subarray(kernel.length)).toEqual(glorot.subarray(kernel.length));
    expect(initialParameters(network, 5, (_, drawn) => drawn)).toEqual(glorot);
    expect(initialParameters(network, 6, whiteningOf(parameters)).subarray(0, kernel.length)).toEqual(kernel);
  });

  test('without data is refused', () => {
    expect(() => initialParameters(buildNetwork(spec), 0)).toThrow(
      'conv2d_1/kernel begins with patchWhitening, which follows from training images, and there are none here; train the network, or choose another kernelInitializer.',
    );
  });

  test.each<[string, readonly LayerSpec[], string]>([
    [
      'too many filters',
      [spec[0]!, { ...first, filters: 25 }],
      'Layer conv2d_1 (conv2d): patchWhitening gives at most 24 filters, the principal components of patches of 2×3×2 and their negatives, but there are 25; take fewer filters or a larger kernelSize.',
    ],
    [
      'a layer that does not read the input',
      [spec[0]!, { type: 'relu' }, first],
      'Layer conv2d_1 (conv2d): patchWhitening follows from patches of the training images, so the layer must read the input, but it reads relu_1; choose another kernelInitializer.',
    ],
  ])('%s: refused', (_, layers, message) => {
    expect(() => buildNetwork(layers)).toThrow(expect.objectContaining({ code: 'bad-spec', message }));
  });

  test('a dense layer does not have it', () => {
    const dense = { type: 'dense', units: 2, kernelInitializer: 'patchWhitening' };
    expect(() => parseNetwork([{ type: 'input', shape: [4] }, dense])).toThrow(
      `Layer 2 (dense): kernelInitializer is "patchWhitening", but should be one of 'glorotUniform', 'heUniform', 'heNormal', 'dirac', 'zeros', 'ones'.`,
    );
  });
});
