import { describe, expect, test } from 'vitest';
import { softmaxRows } from '../../src/core/graph/layers/softmax.ts';
import { oneHot, randomValues } from './fixtures.ts';
import { onKernelBench } from './kernelBench.ts';
import { crossEntropy } from './references/crossEntropy.ts';

function softmax(x: ArrayLike<number>, Y: number): Float32Array {
  return onKernelBench(({ kernels, floats, zeros, read }) => {
    const [N, y] = [x.length / Y, zeros(x.length)];
    kernels['softmaxForward']!(floats(x), y, Y, N, 0, N);
    return read(y, x.length);
  }, 4);
}

function losses(x: ArrayLike<number>, t: ArrayLike<number>, Y: number): Float32Array {
  return onKernelBench(({ kernels, floats, zeros, read }) => {
    const N = x.length / Y;
    const out = zeros(N);
    kernels['crossEntropyForward']!(floats(x), floats(t), out, Y, N, 0, N);
    return read(out, N);
  }, 4);
}

function gradients(x: ArrayLike<number>, t: ArrayLike<number>, Y: number): Float32Array {
  return onKernelBench(({ kernels, floats, zeros, read }) => {
    const [N, dx] = [x.length / Y, zeros(x.length)];
    kernels['crossEntropyBackward']!(floats(x), floats(t), dx, floats([1 / N]), Y, N, 0, N);
    return read(dx, x.length);
  });
}

/** The largest relative error of any single value that float32 holds at full precision. */
function worst(is: ArrayLike<number>, should: ArrayLike<number>): number {
  let error = 0;
  for (let i = 0; i < should.length; i++) {
    if (Math.abs(should[i]!) >= 2 ** -126) error = Math.max(error, Math.abs(is[i]! / should[i]! - 1));
  }
  return error;
}

describe('exponentials and logarithms of the kernels', () => {
  test('softmax of pairs (−d, 0), d from 0 to 87 in steps of 1/64: each value within 1e-7', () => {
    const x = Float32Array.from({ length: 2 * 87 * 64 }, (_, i) => (i % 2 === 0 ? -(i >> 1) / 64 : 0));
    expect(worst(softmax(x, 2), softmaxRows(x, 2))).toBeLessThan(1e-7);
  });

  test.each([
    [3, 1],
    [10, 10],
    [10, 80],
    [129, 5],
  ])('softmax of random rows of %i within ±%i: each value within 1e-7', (Y, limit) => {
    const x = randomValues(Y, 200 * Y, limit);
    expect(worst(softmax(x, Y), softmaxRows(x, Y))).toBeLessThan(1e-7);
  });

  test.each([
    [10, 1],
    [10, 80],
    [3, 1e4],
  ])('cross-entropy of random rows of %i within ±%d: each loss within 1e-7', (Y, limit) => {
    const N = 300;
    const x = randomValues(Y + 1, N * Y, limit);
    const t = oneHot(
      Array.from({ length: N }, (_, n) => n % Y),
      Y,
    );
    const should = crossEntropy(x, t, Y).losses;
    const is = losses(x, t, Y);
    // Where the loss is all but nothing, its own rounding against the scores' counts.
    const error = Array.from(is, (loss, n) => Math.abs(loss - should[n]!) / Math.max(should[n]!, 1e-6));
    expect(Math.max(...error)).toBeLessThan(1e-7);
  });
});

test('targets of any shares, whose sum need not be 1: losses and gradients within 1e-6', () => {
  const [N, Y] = [50, 7];
  const x = randomValues(1, N * Y, 5);
  const t = randomValues(2, N * Y).map(Math.abs);
  const should = crossEntropy(x, t, Y);
  for (const [n, loss] of losses(x, t, Y).entries()) expect(Math.abs(loss / should.losses[n]! - 1)).toBeLessThan(1e-6);
  const largest = Math.max(...should.dx.map(Math.abs));
  for (const [i, value] of gradients(x, t, Y).entries())
    expect(Math.abs(value - should.dx[i]!)).toBeLessThan(1e-6 * largest);
});

describe('extreme scores', () => {
  const extreme = [
    [1e30, -1e30, 0],
    [-1e30, -1e30, -1e30],
    [3e38, 3e38, 3e38],
    [1e-45, 0, -0],
    [800, 0, -800],
  ];

  test.each(extreme)('probabilities of [%d, %d, %d] are finite and add up to 1 within 1e-6', (...x) => {
    const y = softmax(x, 3);
    expect(y.every((p) => p >= 0 && p <= 1)).toBe(true);
    expect(Math.abs(y.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(1e-6);
  });

  test.each(extreme)('loss and gradient of [%d, %d, %d] are finite for every label', (...x) => {
    for (const label of [0, 1, 2]) {
      const t = oneHot([label], 3);
      expect(losses(x, t, 3)[0]).toBeCloseTo(Math.fround(crossEntropy(x.map(Math.fround), t, 3).losses[0]!), 4);
      expect(gradients(x, t, 3).every(Number.isFinite)).toBe(true);
    }
  });

  test.each([
    [Number.NaN, 0, 0],
    [0, Number.POSITIVE_INFINITY, 0],
    [0, Number.NEGATIVE_INFINITY, Number.NaN],
    [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ])('the loss of [%d, %d, %d] is not finite for any label, so that training notices', (...x) => {
    for (const label of [0, 1, 2]) expect(Number.isFinite(losses(x, oneHot([label], 3), 3)[0])).toBe(false);
  });

  test('a score of −∞ beside others is a probability of 0', () => {
    expect([...softmax([Number.NEGATIVE_INFINITY, 2, 2], 3)]).toEqual([0, 0.5, 0.5]);
  });
});
