import { describe, expect, it } from 'vitest';
import { parseMapping } from './mapping.ts';

describe('parseMapping', () => {
  it('reads columns, the currency, categories and columns of exports', () => {
    const text = JSON.stringify({
      columns: { id: 'Artikel', pictures: ['Bild 1', 'Bild 2'] },
      currency: 'EUR',
      categories: { Sneaker: 'Turnschuhe', Bag: { google: 3032 } },
      exportColumns: { id: 'Artikel' },
    });
    expect(parseMapping(`\ufeff${text}`, 'm.json', ['Sneaker', 'Bag'])).toEqual({
      columns: { id: ['Artikel'], pictures: ['Bild 1', 'Bild 2'] },
      currency: 'EUR',
      categories: {
        Sneaker: { name: 'Turnschuhe', google: null, shopify: null },
        Bag: { name: null, google: 3032, shopify: null },
      },
      exportColumns: { id: 'Artikel' },
    });
    expect(parseMapping('{}', 'm.json')).toEqual({ columns: {}, currency: '', categories: {}, exportColumns: {} });
  });

  it.each([
    ['{', /^m\.json is not JSON \(/],
    ['[]', /^m\.json: the file: /],
    ['{"colums": {}}', /^m\.json: the file has no setting "colums"; did you mean "columns"\?$/],
    [
      '{"columns": {"descripton": "x"}}',
      /^m\.json: columns has no setting "descripton"; did you mean "description"\?$/,
    ],
    ['{"columns": {"id": ["a", "b"]}}', /^m\.json: columns\.id: .*string/],
    ['{"currency": "Euro"}', /^m\.json: currency: must be a code of ISO 4217, such as EUR\.$/],
    [
      '{"categories": {"Bag": {"googel": 1}}}',
      /^m\.json: categories\.Bag has no setting "googel"; did you mean "google"\?$/,
    ],
    ['{"categories": {"Bag": "=1+1"}}', /^m\.json: categories\.Bag: must not begin with =/],
    [
      '{"categories": {"Bag": 5}}',
      /^m\.json: categories\.Bag must be a name, or an object of name, google, shopify\.$/,
    ],
    ['{"exportColumns": {"id": "@x"}}', /^m\.json: exportColumns\.id: must not begin with =/],
    [
      '{"categories": {"Sneakers": "x"}}',
      /^m\.json: categories has "Sneakers", which the model does not know; did you mean "Sneaker"\?$/,
    ],
  ])('refuses %s', (text, message) => {
    expect(() => parseMapping(text, 'm.json', ['Sneaker', 'Bag'])).toThrow(message);
  });
});
