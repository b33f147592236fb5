import { describe, expect, it } from 'vitest';
import { outline, readFeed, readProducts } from '../../../../test/catalogue/feeds.ts';

const header =
  'Handle,Title,Body (HTML),Vendor,Tags,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Image Src,Image Position,Variant Image';

describe('Shopify CSV feeds', () => {
  const feed = [
    header,
    'dress,Dress,<p>Long</p>,Acme,summer,Color,Red,D-1,19.90,shopify,3,deny,https://s/red.jpg,1,https://s/red.jpg',
    'dress,,,,,,Blue,,21.00,shopify,0,deny,https://s/blue.jpg,2,https://s/blue.jpg',
    'dress,,,,,,,,,,,,https://s/back.jpg,3,',
    'bag,Bag,,Acme,,Title,Default Title,B-1,5,,,deny,https://s/bag.jpg,1,',
  ].join('\n');

  it('makes a product of each variant, in a group, with its own picture and the ones that belong to no variant', async () => {
    const products = await readProducts('shopify-csv', feed);
    expect(products).toMatchObject([
      {
        id: 'D-1',
        group: 'dress',
        title: 'Dress',
        description: '<p>Long</p>',
        price: { amount: '19.90', currency: '' },
        inStock: true,
        pictures: ['https://s/red.jpg', 'https://s/back.jpg'],
        attributes: { Vendor: 'Acme', Tags: 'summer', Color: 'Red' },
      },
      {
        id: 'dress-2',
        group: 'dress',
        title: 'Dress',
        inStock: false,
        pictures: ['https://s/blue.jpg', 'https://s/back.jpg'],
        attributes: { Vendor: 'Acme', Tags: 'summer', Color: 'Blue' },
      },
      { id: 'B-1', group: null, inStock: true, pictures: ['https://s/bag.jpg'], attributes: { Vendor: 'Acme' } },
    ]);
    expect(products.map(({ source }) => source.length)).toEqual([1, 2, 1]);
  });

  it('reports rows without a Handle, products without pictures, and SKUs that occur twice', async () => {
    const rows = [
      header,
      ',,,,,,,,,,,,https://s/1.jpg,,',
      'a,A,,,,,,S,,,,,,,',
      'b,B,,,,,,T,,,,,x.jpg,,',
      'c,C,,,,,,T,,,,,y.jpg,,',
      'd,D',
    ];
    expect(await outline('shopify-csv', rows.join('\n'))).toEqual([
      '2: The row has no Handle.',
      '3: The product has no picture.',
      '4: T',
      '6: The row has 2 cells, the header 15.',
      '5: The id "T" occurs a second time; ids must be unique.',
    ]);
  });

  it('refuses a Handle with more than 2500 rows, and reads what follows', async () => {
    const rows = [...Array<string>(2_501).fill('a,,https://s/1.jpg'), 'b,B,https://s/2.jpg'];
    expect(await outline('shopify-csv', `Handle,Title,Image Src\n${rows.join('\n')}`)).toEqual([
      '2: The Handle has more than 2500 rows.',
      '2503: b-1',
    ]);
  });

  it('refuses another CSV', async () => {
    await expect(readFeed('shopify-csv', 'Handle,id\n')).rejects.toThrow('feed has no column "Image Src"');
  });
});
