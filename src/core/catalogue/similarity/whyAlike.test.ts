import { expect, test } from 'vitest';
import { type ProductTraits, whyAlike } from './whyAlike.ts';

const shirt: ProductTraits = {
  category: 'Shirt',
  colours: ['navy', 'white'],
  attributes: { brand: 'Acme', material: 'Cotton ', season: '', size: 'M' },
};

test('shared category, colours in the first product’s order, and attributes whatever their case', () => {
  const other = {
    category: 'Shirt',
    colours: ['red', 'white', 'navy'],
    attributes: { Brand: 'ACME', material: ' cotton', season: '', size: 'L' },
  };
  expect(whyAlike(shirt, other)).toEqual({
    category: 'Shirt',
    colours: ['navy', 'white'],
    attributes: { brand: 'Acme', material: 'Cotton ' },
  });
});

test('products with nothing in common share nothing, and two unknown categories are no shared one', () => {
  const other = { category: null, colours: ['green'], attributes: { brand: 'Other' } };
  const nothing = { category: null, colours: [], attributes: {} };
  expect(whyAlike(shirt, other)).toEqual(nothing);
  expect(whyAlike({ ...shirt, category: null, colours: [] }, other)).toEqual(nothing);
});
