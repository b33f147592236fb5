import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exported, exportText } from '../../../../test/catalogue/exports.ts';
import { readProducts, trickyText } from '../../../../test/catalogue/feeds.ts';
import type { FeedProduct } from '../product.ts';
import { exportFormats } from './types.ts';

const name = trickyText.filter((text) => text !== '');
/** Texts that a spreadsheet does not take for formulas. */
const plain = trickyText.filter((text) => !/^[=+\-@\t\r]/.test(text));
const price = fc.record({
  amount: fc.tuple(fc.nat(5_000), fc.nat(99)).map(([whole, cents]) => `${whole}.${String(cents).padStart(2, '0')}`),
  currency: fc.constantFrom('EUR', 'USD', ''),
});
const productOf = (text: fc.Arbitrary<string>) =>
  fc.record({
    id: text.filter((one) => one !== ''),
    group: fc.option(text.filter((one) => one !== '')),
    title: text,
    description: text,
    link: text,
    price: fc.option(price),
    inStock: fc.option(fc.boolean()),
    attributes: fc
      .uniqueArray(fc.tuple(fc.constantFrom('brand', 'color', 'name', 'sku', 'Größe', 'predicted_x'), text), {
        selector: ([one]) => one,
      })
      .map((pairs) => Object.fromEntries(pairs.filter(([, value]) => value !== ''))),
    pictures: fc.uniqueArray(fc.constantFrom('a.jpg', 'b/c d.png', 'https://s.example/1,2.jpg?a=1&b', 'é.webp'), {
      minLength: 1,
    }),
    source: fc.constant([]),
  });
const productsOf = (text: fc.Arbitrary<string>) =>
  fc.uniqueArray(productOf(text), { selector: ({ id }) => id, maxLength: 4 });
const withoutSource = (products: readonly FeedProduct[]) => products.map((product) => ({ ...product, source: [] }));

describe('writeExport', () => {
  it('any products are read back from JSON Lines as they were', async () => {
    await fc.assert(
      fc.asyncProperty(productsOf(trickyText), async (products) => {
        const text = await exportText('jsonl', exported(products, 'csv'));
        expect(withoutSource(await readProducts('jsonl', text))).toEqual(products);
      }),
    );
  });

  it('any products without formulas are read back from CSV as they were', async () => {
    await fc.assert(
      fc.asyncProperty(productsOf(plain), async (products) => {
        const text = await exportText('csv', exported(products, 'jsonl'));
        expect(withoutSource(await readProducts('csv', text))).toEqual(products);
      }),
    );
  });

  it('any products are read back from Google Merchant XML, apart from attributes that Google does not have', async () => {
    await fc.assert(
      fc.asyncProperty(
        productsOf(trickyText).filter((products) => products.length > 0),
        async (products) => {
          const text = await exportText('google', exported(products, 'csv'));
          const known = products.map(({ attributes, ...product }) => {
            const own = Object.entries(attributes).filter(([one]) => one === 'brand' || one === 'color');
            return { ...product, attributes: Object.fromEntries(own) };
          });
          expect(withoutSource(await readProducts('google-xml', text))).toEqual(known);
        },
      ),
    );
  });

  const cells = fc.tuple(name, trickyText, trickyText, trickyText);

  it('any rows of a tab-separated feed come back unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(cells, { selector: ([id]) => id, minLength: 1 }), async (rows) => {
        const products: FeedProduct[] = rows.map(([id, a, b, c]) => ({
          ...empty,
          id,
          source: [
            [
              ['id', id],
              ['image_link', 'a.jpg'],
              ['x', a],
              ['x', b],
              ['title', c],
            ],
          ],
        }));
        const text = await exportText('google', exported(products, 'google-tsv'));
        const again = await readProducts('google-tsv', text);
        expect(again.map(({ source }) => source)).toEqual(products.map(({ source }) => source));
        expect(await exportText('google', exported(again, 'google-tsv'))).toBe(text);
      }),
    );
  });

  it('any items of an XML feed come back unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(cells, { selector: ([id]) => id, minLength: 1 }), async (rows) => {
        const products = rows.map(
          ([id, a, b, c]): FeedProduct => ({
            ...empty,
            id,
            source: [
              [
                ['@own', a],
                ['g:id', id],
                ['g:image_link', 'a.jpg'],
                ['g:x', b],
                ['g:x@y', a],
                ['g:x[2]@y', b],
                ['g:x[2]/g:z', c],
                ['g:x[2]/g:z', 'last'],
                ['g:x', c],
              ],
            ],
          }),
        );
        const text = await exportText('google', exported(products, 'google-xml'));
        const again = await readProducts('google-xml', text);
        expect(again.map(({ source }) => source)).toEqual(products.map(({ source }) => source));
      }),
    );
  });

  it.each(exportFormats)('%s: no products are no rows', async (format) => {
    const text = await exportText(format, []);
    expect(text.split('\n').filter((line) => /item|entry/.test(line)).length).toBeLessThanOrEqual(1);
  });
});

const empty: Omit<FeedProduct, 'id' | 'source'> = {
  group: null,
  title: '',
  description: '',
  link: '',
  price: null,
  inStock: null,
  attributes: {},
  pictures: ['a.jpg'],
};
