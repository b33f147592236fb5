import { describe, expect, test } from 'vitest';
import { randomValues } from '../../../../test/engine/fixtures.ts';
import { onKernelBench } from '../../../../test/engine/kernelBench.ts';
import { adam } from '../../../../test/engine/references/adam.ts';
import { relativeError } from '../../../../test/golden/golden.ts';
import { adamDefaults, adamRates } from './adam.ts';
import { power } from './power.ts';

const { beta1, beta2, epsilon } = adamDefaults;

test('the defaults are Keras’: 0.001, 0.9, 0.999 and 1e-7', () => {
  expect(adamDefaults).toEqual({ learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 });
});

describe('power', () => {
  test.each([beta1, beta2])('%d to the 1st … 5,000th: relative error under 1e-12', (base) => {
    for (let n = 1; n <= 5000; n++)
      expect(Math.abs(power(base, n) / base ** n - 1), `exponent ${n}`).toBeLessThan(1e-12);
  });

  test.each([
    [0.9, 0, 1],
    [0.5, 10, 2 ** -10],
    [0.999, 1_000_000, 0],
  ])('%d to the %i is %d', (base, exponent, result) => {
    expect(power(base, exponent)).toBeCloseTo(result, 15);
  });
});

describe('adamRates', () => {
  test.each([1, 2, 10, 1000, 100_000])('step %i: α, 1 − β₁, 1 − β₂ and ε to float32’s last bit', (step) => {
    const alpha = (0.001 * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step);
    const [is, one, two, eps] = adamRates(step, 0.001);
    expect(Math.abs(is! / alpha - 1)).toBeLessThan(2 ** -23);
    expect([one, two, eps]).toEqual([1 - beta1, 1 - beta2, epsilon].map(Math.fround));
  });

  test('the first step moves by the learning rate, Keras’ form: 0.001 · √0.001 ÷ 0.1', () => {
    expect(adamRates(1, 0.001)[0]).toBeCloseTo(0.000316227766, 10);
  });
});

describe('the kernel adam', () => {
  const P = 37;
  const units = Math.ceil(P / 4);
  const start = randomValues(1, P);
  const gradients = [1, 2, 3, 4, 5].map((step) => randomValues(10 + step, P, 10 ** -step));

  function kernelSteps(split: readonly number[]) {
    return onKernelBench(({ kernels, floats, zeros, read }) => {
      const padded = units * 4;
      const [w, m, v] = [floats([...start, 0, 0, 0]), zeros(padded), zeros(padded)];
      for (const [i, gradient] of gradients.entries()) {
        const [g, rates] = [floats([...gradient, 0, 0, 0]), floats(adamRates(i + 1, 0.01))];
        for (let s = 0; s + 1 < split.length; s++) kernels['adam']!(w, g, m, v, rates, P, 1, split[s]!, split[s + 1]!);
      }
      return { w: read(w, P), m: read(m, P), v: read(v, P) };
    });
  }

  test('five steps agree with the reference: relative error under 1e-6', () => {
    const w = Float64Array.from(start);
    const m = new Float64Array(P);
    const v = new Float64Array(P);
    for (const [i, gradient] of gradients.entries()) {
      const step = i + 1;
      const alpha = (0.01 * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step);
      adam(w, gradient, m, v, { alpha, beta1, beta2, epsilon });
    }
    const is = kernelSteps([0, units]);
    expect(relativeError(is.w, w)).toBeLessThan(1e-6);
    expect(relativeError(is.m, m)).toBeLessThan(1e-6);
    expect(relativeError(is.v, v)).toBeLessThan(1e-6);
    expect(
      relativeError(
        is.w.map((value, k) => value - start[k]!),
        w.map((value, k) => value - start[k]!),
      ),
    ).toBeLessThan(1e-5);
  });

  test('gives the same bits however its units are shared out', () => {
    expect(kernelSteps([0, 1, 4, 5, units])).toEqual(kernelSteps([0, units]));
  });

  test.each([1, 2, 3, 5])('on %i parameters leaves those behind them as they are', (size) => {
    const rest = onKernelBench(({ kernels, floats, zeros, read }) => {
      const [w, g, m, v] = [zeros(8), floats(randomValues(3, 8)), zeros(8), zeros(8)];
      kernels['adam']!(w, g, m, v, floats(adamRates(1, 0.1)), size, 1, 0, Math.ceil(size / 4));
      return [w, m, v].map((address) => [...read(address, 8)].map((value) => value !== 0));
    });
    for (const changed of rest) expect(changed).toEqual(changed.map((_, i) => i < size));
  });

  test('a gradient of zero moves nothing', () => {
    const w = onKernelBench(({ kernels, floats, zeros, read }) => {
      const [values, g, m, v, rates] = [floats([1, -2, 3, 4]), zeros(4), zeros(4), zeros(4), floats(adamRates(1, 0.1))];
      kernels['adam']!(values, g, m, v, rates, 4, 1, 0, 1);
      return read(values, 4);
    });
    expect([...w]).toEqual([1, -2, 3, 4]);
  });
});
