import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePrice } from './price.ts';

describe('parsePrice', () => {
  it.each([
    ['19.90 EUR', '19.90', 'EUR'],
    ['eur 19.90', '19.90', 'EUR'],
    ['19,9', '19.9', 'CHF'],
    ['£1,299.00', '1299.00', 'GBP'],
    ['1.299,00 €', '1299.00', 'EUR'],
    ['007', '7', 'CHF'],
    ['0.5', '0.5', 'CHF'],
  ])('%s is %s %s', (text, amount, currency) => {
    expect(parsePrice(text, 'CHF')).toEqual({ amount, currency });
  });

  it.each(['1,299', '-5', '$5', 'EUR 5 USD', '1.2.3', '5.', 'free', '', '1e5', 'EUR'])('%j is no price', (text) => {
    expect(parsePrice(text, 'EUR')).toBeNull();
  });

  it('amounts are decimal numbers without sign or separators', () => {
    const text = fc.string({ unit: fc.constantFrom('0', '1', '9', '.', ',', ' ', 'E', 'U', 'R', '€') });
    fc.assert(
      fc.property(text, (one) => {
        expect(parsePrice(one, '')?.amount ?? '0').toMatch(/^(0|[1-9]\d*)(\.\d+)?$/);
      }),
      { numRuns: 1_000 },
    );
  });
});
