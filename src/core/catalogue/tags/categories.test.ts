import { describe, expect, test } from 'vitest';
import { fashionMnistClassNames } from '../../data/classNames.ts';
import { categoriesOf, categoryMappingSchema } from './categories.ts';

describe('the categories of a class', () => {
  test('are those of Google 2021-09-21 and Shopify for all 10 classes of Fashion-MNIST', () => {
    const found = fashionMnistClassNames.map((name) => {
      const { google, shopify, productType } = categoriesOf(name);
      return `${google?.id} ${shopify?.id.split('/').at(-1)} ${productType}`;
    });
    expect(found).toEqual([
      '212 aa-1-13-8 Clothing > T-shirts',
      '204 aa-1-12-11 Clothing > Trousers',
      '212 aa-1-13-12 Clothing > Pullovers',
      '2271 aa-1-4 Clothing > Dresses',
      '5598 aa-1-10-2 Clothing > Coats',
      '187 aa-8-6 Shoes > Sandals',
      '212 aa-1-13-7 Clothing > Shirts',
      '187 aa-8-8 Shoes > Sneakers',
      '3032 aa-5-4 Bags',
      '187 aa-8-3 Shoes > Ankle boots',
    ]);
    expect(categoriesOf('Dress').google).toEqual({ id: '2271', path: 'Apparel & Accessories > Clothing > Dresses' });
    expect(categoriesOf('Bag').shopify?.id).toBe('gid://shopify/TaxonomyCategory/aa-5-4');
  });

  test.each([
    ['T - shirt / top', 'T-shirt/top'],
    ['t_shirt', 'T-shirt/top'],
    ['TROUSERS', 'Trouser'],
    ['dresses', 'Dress'],
    ['ankle_boots', 'Ankle boot'],
    ['Ankle-Boot', 'Ankle boot'],
  ])('of %s are those of %s', (spelling, name) => {
    expect(categoriesOf(spelling)).toEqual(categoriesOf(name));
  });

  test('of an unknown class are none', () => {
    for (const name of ['cup', 'constructor', '__proto__', '']) {
      expect(categoriesOf(name)).toEqual({ google: null, shopify: null, productType: name });
    }
  });

  test("are replaced by a shop's own mapping, part by part, in any spelling", () => {
    const mapping = categoryMappingSchema.parse({
      cup: { googleId: 2169, shopifyId: 'hg-11-10-4', productType: 'Kitchen > Cups' },
      dress: { productType: 'Women > Dresses' },
      Sneaker: { googleId: '187' },
      bags: { googleId: '100' },
      Bag: { googleId: '6551' },
    });
    expect(categoriesOf('cups', mapping)).toEqual({
      google: { id: '2169', path: '' },
      shopify: { id: 'gid://shopify/TaxonomyCategory/hg-11-10-4', path: '' },
      productType: 'Kitchen > Cups',
    });
    expect(categoriesOf('Dress', mapping)).toEqual({ ...categoriesOf('Dress'), productType: 'Women > Dresses' });
    expect(categoriesOf('Sneaker', mapping)).toEqual(categoriesOf('Sneaker'));
    expect(categoriesOf('Bag', mapping).google?.id).toBe('6551');
  });

  test.each([
    ['a Google id that is none', { cup: { googleId: 'cups' } }],
    ['a negative one', { cup: { googleId: -1 } }],
    ['a Shopify id of another kind', { cup: { shopifyId: 'gid://shopify/Product/1' } }],
    ['an unknown key', { cup: { google: 1 } }],
    ['a list', []],
  ])('are not read from a mapping with %s', (_, mapping) => {
    expect(categoryMappingSchema.safeParse(mapping).success).toBe(false);
  });
});
