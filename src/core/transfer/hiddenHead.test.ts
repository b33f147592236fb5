import { expect, test } from 'vitest';
import { littleEndianBytes, sha256 } from '../bytes.ts';
import { randomSequence } from '../engine/random.ts';
import { hiddenRegression, hiddenRows } from './hiddenHead.ts';
import { type FeatureRows, scoreRows } from './softmaxRegression.ts';

/** Two features from −1 to 1 whose product's sign is the class: no line divides the classes. */
function crossed(count: number, seed: number): FeatureRows {
  const { below } = randomSequence(seed, 0x7f00_0000, 1);
  const values = Float64Array.from({ length: count * 2 }, () => below(2001) / 1000 - 1);
  return {
    values,
    labels: Uint32Array.from({ length: count }, (_, n) => Number(values[2 * n]! * values[2 * n + 1]! > 0)),
  };
}

test('tells classes apart that no line divides: over 95 % of 500 other rows', () => {
  const shares: number[] = [];
  const model = hiddenRegression(crossed(500, 1), 2, 0, (share) => shares.push(share));
  expect(scoreRows(model.output, hiddenRows(model.hidden, crossed(500, 2))).accuracy).toBeGreaterThan(0.95);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
});

test('the same rows and seed give these bits, another seed gives others', async () => {
  const bitsOf = async (seed: number) => {
    const { hidden, output } = hiddenRegression(crossed(100, 1), 2, seed);
    const parts = [hidden.weights, hidden.bias, output.weights, output.bias];
    return sha256(littleEndianBytes(Float32Array.from(parts.flatMap((part) => [...part]))));
  };
  expect(await bitsOf(0)).toBe('db84498c1e4880f5e75fdb604cb1271b48b65d271213ec0a4202d627fd5db24f');
  expect(await bitsOf(1)).not.toBe(await bitsOf(0));
});

test('its rows are relu(xW + b)', () => {
  const hidden = { weights: Float64Array.of(1, -1, 2, 0.5), bias: Float64Array.of(0.5, -1) };
  const { values, labels } = hiddenRows(hidden, { values: [1, 2, -3, 4], labels: [0, 0] });
  expect([...(values as Float64Array)]).toEqual([5.5, 0, 5.5, 4]);
  expect(labels).toEqual([0, 0]);
});
