import { describe, expect, it } from 'vitest';
import { exported, exportText, sneaker, throughCatalogue } from '../../../../test/catalogue/exports.ts';
import { readProducts } from '../../../../test/catalogue/feeds.ts';

const feed = [
  'Handle,Title,Body (HTML),Type,Tags,Option1 Name,Option1 Value,Variant SKU,Variant Price,Image Src,Variant Image',
  'dress,@Dress,"<p>""a"",\nb</p>",,new,Color,Red,D-1,19.90,https://s/1.jpg,',
  'dress,,,,,,Blue,D-2,21.00,https://s/2.jpg,https://s/2.jpg',
  'dress,,,,,,,,,https://s/3.jpg,',
  'bag,Bag,,Bags,,Title,Default Title,B-1,5,https://s/bag.jpg,',
  '',
].join('\r\n');

describe('writeShopify', () => {
  it('a feed is the same to the byte, formulas included', async () => {
    expect(await throughCatalogue(feed, 'shopify-csv', 'shopify')).toBe(feed);
  });

  it("accepted tags fill the row with the product's title", async () => {
    const text = await throughCatalogue(feed, 'shopify-csv', 'shopify', { ...sneaker, colours: ['red', 'white'] });
    const rows = text.split('\r\n');
    const shopify = 'gid://shopify/TaxonomyCategory/aa-8-8';
    expect(rows[0]).toMatch(/,Variant Image,Product Category$/);
    expect(rows[1]).toBe(`dress,@Dress,"<p>""a"",\nb</p>",Sneaker,new,Color,Red,D-1,19.90,https://s/1.jpg,,${shopify}`);
    expect(rows[2]).toBe('dress,,,,,,Blue,D-2,21.00,https://s/2.jpg,https://s/2.jpg,');
    expect(rows[4]).toBe(`bag,Bag,,Bags,"red, white",Title,Default Title,B-1,5,https://s/bag.jpg,,${shopify}`);
  });

  it('products of other feeds become products with one variant', async () => {
    const csv =
      'id,title,picture,price,brand\nA 1,A,https://s/a.jpg|https://s/b.jpg,5 EUR,Acme\na-1,B,https://s/c.jpg,,\n';
    const text = await exportText('shopify', exported(await readProducts('csv', csv), 'csv', sneaker));
    const products = await readProducts('shopify-csv', text);
    expect(products).toMatchObject([
      {
        id: 'A 1',
        title: 'A',
        price: { amount: '5', currency: '' },
        pictures: ['https://s/a.jpg', 'https://s/b.jpg'],
        attributes: { Vendor: 'Acme', Type: 'Sneaker' },
      },
      { id: 'a-1', title: 'B', price: null, pictures: ['https://s/c.jpg'] },
    ]);
    const handles = products.map(({ source }) => source[0]![0]![1]);
    expect(handles).toEqual([expect.stringMatching(/^a-1-[\da-f]+$/), 'a-1']);
  });
});
