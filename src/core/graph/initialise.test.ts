import { describe, expect, test } from 'vitest';
import { littleEndianBytes, sha256 } from '../bytes.ts';
import { builtinNetwork } from './builtin.ts';
import { initialParameters } from './initialise.ts';
import { buildNetwork } from './network.ts';

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
