import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ParameterValue, SweepParameter, TrialResult } from '../../core/tuning/result.ts';
import { type ParameterAxis, parameterAxis } from './parameterAxis.ts';
import { breakable, nameLines } from './parameterNames.ts';

const bottom = 300;
const top = 100;

function number(low: number, high: number, log = false): SweepParameter {
  return { name: 'x', kind: 'number', low, high, log, step: null };
}

function axis(parameter: SweepParameter, ...values: readonly ParameterValue[]): ParameterAxis {
  const trials = values.map((x) => ({ parameters: { x } }) as unknown as TrialResult);
  return parameterAxis(parameter, trials, bottom, top);
}

const texts = ({ ticks }: ParameterAxis) => ticks.map(({ text }) => text);

describe('parameterAxis', () => {
  it('is linear or logarithmic, the low end at the bottom', () => {
    expect([0, 5, 10].map(axis(number(0, 10)).place)).toEqual([300, 200, 100]);
    const log = axis(number(1e-4, 1, true));
    expect(log.place(1e-4)).toBeCloseTo(300);
    expect(log.place(1e-2)).toBeCloseTo(200);
    expect(texts(log)).toEqual(['1e−4', '0.001', '0.01', '0.1', '1']);
  });

  it('draws a parameter with equal ends in the middle', () => {
    expect(axis(number(0.9, 0.9)).place(0.9)).toBe(200);
    expect(axis(number(0.9, 0.9, true)).place(0.9)).toBe(200);
    expect(texts(axis(number(0.9, 0.9, true)))).toEqual(['0.9']);
  });

  it('reaches values of an earlier space, and is linear where they exclude a logarithm', () => {
    expect(axis(number(0, 10), 20).place(20)).toBe(100);
    expect(axis(number(1, 10, true), 0).place(5)).toBe(200);
  });

  it('has choices from the top, those of an earlier space last', () => {
    const { place, ticks } = axis({ name: 'x', kind: 'choice', choices: ['a', 1, true] }, '1', 'a');
    expect(['a', 1, true, '1'].map(place)).toEqual([100, expect.closeTo(166.7, 1), expect.closeTo(233.3, 1), 300]);
    expect(ticks.map(({ text }) => text)).toEqual(['a', '1', 'true', '1']);
  });

  it('has no place for a missing value or one of another kind', () => {
    expect([undefined, 'a', Number.NaN, Number.POSITIVE_INFINITY].map(axis(number(0, 1)).place)).toEqual(
      Array(4).fill(null),
    );
    expect(axis({ name: 'x', kind: 'choice', choices: ['a'] }).place('b')).toBe(null);
  });

  it('marks whole numbers only where values are whole', () => {
    expect(texts(axis({ name: 'x', kind: 'whole', low: 1, high: 3, log: false, step: null }))).toEqual(['1', '2', '3']);
  });

  it('has one tick where its ends are next to each other', () => {
    expect(axis(number(-5e-324, 5e-324)).ticks).toHaveLength(1);
  });

  it('places every value between bottom and top', () => {
    const value = fc.double({ min: -1e9, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(value, value, value, fc.boolean(), (low, high, used, log) => {
        const at = axis(number(Math.min(low, high), Math.max(low, high), log), used).place(used)!;
        expect(at).toBeGreaterThanOrEqual(top - 1e-6);
        expect(at).toBeLessThanOrEqual(bottom + 1e-6);
      }),
    );
  });
});

describe('names of parameters', () => {
  it('break where words begin, in at most three lines', () => {
    expect(nameLines('learningRate', 11)).toEqual(['learning', 'Rate']);
    expect(nameLines('batchSize', 11)).toEqual(['batchSize']);
    expect(nameLines('learningRateMultipliers.bias', 11)).toEqual(['learning', 'Rate', 'Multiplier…']);
    expect(breakable('emaDecay.x').markup).toBe('ema<wbr>Decay.<wbr>x');
  });

  it('keep all characters in lines that are no wider than asked, unless they end with "…"', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme-ascii' }), (name) => {
        const lines = nameLines(name, 11);
        expect(lines.length).toBeLessThanOrEqual(3);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(11);
        if (!lines.at(-1)!.endsWith('…')) expect(lines.join('')).toBe(name);
      }),
    );
  });
});
