import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mcnemar } from './mcnemar.ts';
import { meanInterval, pairedDifference, welchDifference } from './meanTests.ts';
import { combinedPValue, holm } from './several.ts';
import { incompleteBeta, incompleteGammaUpper, logGamma } from './specialFunctions.ts';
import { studentTBeyond, studentTQuantile } from './studentT.ts';

const scipy = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/statistics/scipy.json', import.meta.url), 'utf8'),
);

/** Within 1e-9, relative to what is expected. */
function expectClose(actual: number, expected: number) {
  expect(Math.abs(actual - expected), `${actual} for ${expected}`).toBeLessThanOrEqual(1e-9 * Math.abs(expected));
}

function expectFieldsClose(actual: object | null, expected: Readonly<Record<string, unknown>>, names: string[]) {
  for (const name of names) expectClose((actual as Record<string, number>)[name]!, expected[name] as number);
}

const byCase = (name: string) => scipy[name] as readonly (readonly number[])[];
const inWords = (name: string) => scipy[name] as readonly Record<string, never>[];

describe('within a relative error of 1e-9, SciPy’s', () => {
  test.each(byCase('logGamma'))('ln Γ(%d)', (x, expected) =>
    // Γ(1) and Γ(2) are 1, where only the absolute error counts.
    expectClose(logGamma(x!) + 1, expected! + 1),
  );
  test.each(byCase('incompleteBeta'))('incomplete beta of a %d, b %d, x %d', (a, b, x, expected) =>
    expectClose(incompleteBeta(a!, b!, x!, 1 - x!), expected!),
  );
  test.each(byCase('incompleteGammaUpper'))('upper incomplete gamma of a %d, x %d', (a, x, expected) =>
    expectClose(incompleteGammaUpper(a!, x!), expected!),
  );
  test.each(byCase('studentTBeyond'))('two-sided p of t %d with %d degrees of freedom', (t, freedom, expected) =>
    expectClose(studentTBeyond(t!, freedom!), expected!),
  );
  test.each(byCase('studentTQuantile'))('t of p %d with %d degrees of freedom', (p, freedom, expected) =>
    expectClose(studentTQuantile(p!, freedom!), expected!),
  );
  test.each(inWords('intervals'))('t interval of a mean %#', ({ values, ...expected }) =>
    expectFieldsClose(meanInterval(values), expected, ['value', 'low', 'high']),
  );

  const fields = ['value', 'low', 'high', 't', 'degreesOfFreedom', 'pValue'];
  test.each(inWords('paired'))('paired t-test %#', ({ a, b, ...expected }) =>
    expectFieldsClose(pairedDifference(a, b), expected, fields),
  );
  test.each(inWords('welch'))('Welch’s t-test %#, as statsmodels has it', ({ a, b, ...expected }) =>
    expectFieldsClose(welchDifference(a, b), expected, fields),
  );
});

describe('within a relative error of 1e-9, statsmodels’', () => {
  test.each(inWords('mcnemar'))('McNemar test of $onlyFirst and $onlySecond images', (one) => {
    const { method, pValue } = mcnemar(one['onlyFirst']!, one['onlySecond']!);
    expect(method === 'exact binomial').toBe(one['exact']);
    expectClose(pValue, one['pValue']!);
  });
  test.each(inWords('holm'))('Holm adjustment %#', ({ pValues, adjusted }) => {
    for (const [i, p] of holm(pValues).entries()) expectClose(p!, adjusted[i]!);
  });
});

describe('tests of means', () => {
  test('need two values each', () => {
    expect(meanInterval([0.9])).toBeNull();
    expect(pairedDifference([0.9], [0.8])).toBeNull();
    expect(welchDifference([0.9, 0.91], [0.8])).toBeNull();
    expect(welchDifference([0.9], [0.8, 0.81])).toBeNull();
  });

  test('of equal values have p 1, and of constant unequal ones p 0', () => {
    expect(pairedDifference([1, 2], [1, 2])).toMatchObject({ value: 0, low: 0, high: 0, pValue: 1 });
    expect(welchDifference([1, 1], [1, 1])).toMatchObject({ value: 0, pValue: 1 });
    expect(pairedDifference([2, 3], [1, 2])).toMatchObject({ value: 1, low: 1, high: 1, pValue: 0 });
    expect(welchDifference([2, 2, 2], [1, 1])).toMatchObject({ value: 1, pValue: 0 });
  });

  test('exchange sign, not p, when the groups change places', () => {
    const values = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(values, values, (a, b) => {
        const [one, other] = [welchDifference(a, b)!, welchDifference(b, a)!];
        expect(one.pValue).toBeGreaterThanOrEqual(0);
        expect(one.pValue).toBeLessThanOrEqual(1);
        expect(other.pValue).toBeCloseTo(one.pValue, 9);
        expect(one.value + other.value).toBeCloseTo(0, 12);
      }),
    );
  });
});

describe('several tests', () => {
  test('Holm leaves out what was not tested', () => {
    expect(holm([null, 0.02, null, 0.03])).toEqual([null, 0.04, null, 0.04]);
    expect(holm([])).toEqual([]);
  });

  test('Holm never goes below a p-value, above Bonferroni’s or against their order', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 }), (p) => {
        const adjusted = holm(p) as number[];
        for (const [i, one] of p.entries()) {
          expect(adjusted[i]).toBeGreaterThanOrEqual(one);
          expect(adjusted[i]).toBeLessThanOrEqual(Math.min(1, one * p.length));
          for (const [j, other] of p.entries()) if (one < other) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j]!);
        }
      }),
    );
  });

  test('combined p of one is itself, of two the larger, of three 3 ÷ 2 times and of five 5 ÷ 3 times the middle one', () => {
    expect(combinedPValue([0.02])).toBe(0.02);
    expect(combinedPValue([0.2, 0.04])).toBe(0.2);
    expect(combinedPValue([0.9, 0.001, 0.02])).toBeCloseTo(0.03, 15);
    expect(combinedPValue([0.9, 0.001, 0.03, 0.01, 0.4])).toBeCloseTo(0.05, 15);
    expect(combinedPValue([0.9, 0.9, 0.9])).toBe(1);
  });
});
