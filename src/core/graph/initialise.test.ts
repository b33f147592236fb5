import { describe, expect, test } from 'vitest';
import { littleEndianBytes, sha256 } from '../bytes.ts';
import { builtinNetwork } from './builtin.ts';
import { initialParameters } from './initialise.ts';
import { type KernelInitializer, kernelInitializers } from './initializers.ts';
import { buildNetwork } from './network.ts';
import { parseNetwork } from './parse.ts';
import { referenceNetwork } from './reference.ts';

const network = buildNetwork(builtinNetwork('reference'));
const values = initialParameters(network, 0);

/** Where two arrays first differ; −1 if they don't. (`toEqual` takes a second for arrays of this size.) */
const difference = (a: Float32Array, b: Float32Array) => a.findIndex((value, i) => value !== b[i]);

describe('initialParameters of the reference network', () => {
  test.each([
    ['conv2d_1/kernel', 3 * 3 * 1 + 3 * 3 * 32],
    ['conv2d_2/kernel', 3 * 3 * 32 + 3 * 3 * 64],
    ['dense_1/kernel', 3136 + 128],
    ['dense_2/kernel', 128 + 10],
  ])(
    '%s is Glorot uniform, fans %i in sum: within its limit, mean and variance within 4 standard errors',
    (name, fans) => {
      const { offset, size } = network.parameters.find((parameter) => parameter.name === name)!;
      const kernel = values.subarray(offset, offset + size);
      const limit = Math.sqrt(6 / fans);
      const mean = kernel.reduce((a, b) => a + b, 0) / size;
      const variance = kernel.reduce((a, b) => a + (b - mean) ** 2, 0) / size;
      const largest = kernel.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      expect(largest).toBeLessThanOrEqual(Math.fround(limit));
      expect(largest).toBeGreaterThan(limit * (1 - 10 / size));
      expect(Math.abs(mean)).toBeLessThan((4 * limit) / Math.sqrt(3 * size));
      // The variance of u² is 4/45 for u uniform on ±1.
      expect(Math.abs(variance / limit ** 2 - 1 / 3)).toBeLessThan(4 * Math.sqrt(4 / 45 / size));
    },
  );

  test("a depthwise kernel's fans are Keras': its limit is √(6 ÷ (R·S·C + R·S))", () => {
    const spec = [
      { type: 'input', shape: [5, 5, 400] },
      { type: 'depthwiseConv2d', kernelSize: [3, 5] },
    ] as const;
    const kernel = initialParameters(buildNetwork(spec), 0).subarray(0, 15 * 400);
    const largest = kernel.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    const limit = Math.sqrt(6 / (15 * 400 + 15));
    expect(largest / limit).toBeLessThanOrEqual(1);
    expect(largest / limit).toBeGreaterThan(0.998);
  });

  test('biases are zeros', () => {
    for (const { name, offset, size } of network.parameters) {
      if (name.endsWith('/bias'))
        expect(values.subarray(offset, offset + size).every((v) => Object.is(v, 0))).toBe(true);
    }
  });

  test('seed 0 gives the same bits on every machine', async () => {
    expect(await sha256(littleEndianBytes(values))).toMatchInlineSnapshot(
      `"0d500610e314655fc6be7572f34724cb04062e16ea8dc86f86dac68b5c132c7d"`,
    );
  });

  test('seeds differ, also in their high words', () => {
    expect(difference(initialParameters(network, 0), values)).toBe(-1);
    expect(difference(initialParameters(network, 1), values)).toBe(0);
    expect(difference(initialParameters(network, 2 ** 32), values)).toBe(0);
  });

  test('names do not matter', () => {
    const renamed = builtinNetwork('reference').map((layer, i) => ({ ...layer, name: `layer-${i}` }));
    expect(difference(initialParameters(buildNetwork(renamed), 0), values)).toBe(-1);
  });

  test('layers without parameters do not matter', () => {
    const without = builtinNetwork('reference').filter(({ type }) => type !== 'dropout');
    expect(difference(initialParameters(buildNetwork(without), 0), values)).toBe(-1);
  });
});

/** A convolution [3, 4, 5] and a dense layer, 60 inputs a position and 17, and what follows them. */
const initialisedBy = (kernelInitializer: KernelInitializer, filters = 7, units = 30) => {
  const built = buildNetwork([
    { type: 'input', shape: [6, 7, 5] },
    { type: 'conv2d', filters, kernelSize: [3, 4], kernelInitializer },
    { type: 'flatten' },
    { type: 'dense', units, kernelInitializer },
  ]);
  const parameters = initialParameters(built, 3);
  const kernel = (name: string) => {
    const { offset, size } = built.parameters.find((one) => one.name === `${name}/kernel`)!;
    return parameters.subarray(offset, offset + size);
  };
  return { built, parameters, conv: kernel('conv2d_1'), dense: kernel('dense_1') };
};

describe('the option kernelInitializer', () => {
  test('glorotUniform is the default', () => {
    const { built, parameters } = initialisedBy('glorotUniform');
    const spec = built.spec.map((layer) => {
      const { kernelInitializer: _, ...rest } = layer as { kernelInitializer?: KernelInitializer };
      return rest;
    });
    expect(difference(initialParameters(buildNetwork(parseNetwork(spec)), 3), parameters)).toBe(-1);
  });

  test('heUniform is uniform on ±√(6 ÷ inputs), biases stay zeros', () => {
    const { built, conv, dense, parameters } = initialisedBy('heUniform');
    for (const [kernel, fanIn] of [
      [conv, 60],
      [dense, 4 * 4 * 7],
    ] as const) {
      const limit = Math.sqrt(6 / fanIn);
      const largest = kernel.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      expect(largest).toBeLessThanOrEqual(Math.fround(limit));
      expect(largest).toBeGreaterThan(limit * (1 - 10 / kernel.length));
      const variance = kernel.reduce((a, b) => a + b * b, 0) / kernel.length;
      expect(Math.abs(variance / limit ** 2 - 1 / 3)).toBeLessThan(4 * Math.sqrt(4 / 45 / kernel.length));
    }
    const { offset, size } = built.parameters[1]!;
    expect(parameters.subarray(offset, offset + size).every((v) => v === 0)).toBe(true);
  });

  describe('heNormal is normal with the variance 2 ÷ inputs, cut at two standard deviations', () => {
    const { built, parameters } = initialisedBy('heNormal', 200, 500);
    const kernels = built.parameters.filter(({ role }) => role === 'kernel');
    test.each(kernels.map(({ name, ...kernel }) => [name, kernel] as const))(
      'mean, variance and share within one deviation of %s are within 4 standard errors',
      (_, { offset, size, shape }) => {
        const kernel = parameters.subarray(offset, offset + size);
        const fanIn = size / shape.at(-1)!;
        // The deviation before the cut: its variance is 1 − 2·2·φ(2) ÷ (2Φ(2) − 1) after it.
        const uncut = Math.sqrt(2 / fanIn / 0.7737413035);
        const standard = [...kernel].map((value) => value / uncut);
        const largest = standard.reduce((most, z) => Math.max(most, Math.abs(z)), 0);
        expect(largest).toBeLessThan(2 + 1e-6);
        expect(largest).toBeGreaterThan(1.99);
        const mean = standard.reduce((sum, z) => sum + z, 0) / size;
        expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(0.7737413035 / size));
        const square = standard.reduce((sum, z) => sum + z * z, 0) / size;
        // The fourth moment after the cut is 3 · 0.77374 − 8 · 2·φ(2) ÷ (2Φ(2) − 1).
        const fourth = 3 * 0.7737413035 - 4 * (1 - 0.7737413035);
        expect(Math.abs(square - 0.7737413035)).toBeLessThan(4 * Math.sqrt((fourth - 0.7737413035 ** 2) / size));
        const within = standard.filter((z) => Math.abs(z) < 1).length / size;
        const expected = 0.682689492137 / 0.954499736104;
        expect(Math.abs(within - expected)).toBeLessThan(4 * Math.sqrt((expected * (1 - expected)) / size));
        const neighbours = standard.reduce((sum, z, i) => sum + z * (standard[i + 1] ?? 0), 0) / size;
        expect(Math.abs(neighbours)).toBeLessThan((4 * 0.7737413035) / Math.sqrt(size));
      },
    );

    test('the same bits on every machine', async () => {
      expect(await sha256(littleEndianBytes(parameters))).toMatchInlineSnapshot(
        `"ac6442a3fb1defbe32854b5f3b14b308bf7f2b41c9b35c9256676fdf45cfaeef"`,
      );
    });
  });

  test.each([
    ['zeros', 0],
    ['ones', 1],
  ] as const)('%s are %i everywhere', (name, value) => {
    const { conv, dense } = initialisedBy(name);
    expect([...conv, ...dense].every((v) => v === value)).toBe(true);
  });

  test('dirac passes the first channels on, and filters beyond the channels begin as Glorot’s', () => {
    const { built, parameters, conv } = initialisedBy('dirac', 7, 112);
    const x = Float64Array.from({ length: 6 * 7 * 5 }, (_, i) => i + 1);
    const { activations } = referenceNetwork(built, parameters, x);
    const y = activations.get('conv2d_1')!;
    for (let row = 0; row < 4; row++)
      for (let column = 0; column < 4; column++)
        for (let c = 0; c < 5; c++) expect(y[(row * 4 + column) * 7 + c]).toBe(x[((row + 1) * 7 + column + 2) * 5 + c]);
    expect([...activations.get('dense_1')!]).toEqual([...activations.get('flatten_1')!]);
    const glorot = initialisedBy('glorotUniform', 7, 112).conv;
    expect(conv.filter((_, i) => i % 7 >= 5)).toEqual(glorot.filter((_, i) => i % 7 >= 5));
  });

  test.each(kernelInitializers)('%s gives finite values also with fewer filters than channels', (name) => {
    expect(initialisedBy(name, 2, 3).parameters.every(Number.isFinite)).toBe(true);
  });

  test.each(['he', 7, null, 'Zeros'])('%j is refused in one sentence', (kernelInitializer) => {
    const spec = [
      { type: 'input', shape: [4] },
      { type: 'dense', units: 2, kernelInitializer },
    ];
    expect(() => parseNetwork(spec)).toThrow(
      `Layer 2 (dense): kernelInitializer is ${JSON.stringify(kernelInitializer)}, but should be one of 'glorotUniform', 'heUniform', 'heNormal', 'dirac', 'zeros', 'ones'.`,
    );
  });
});
