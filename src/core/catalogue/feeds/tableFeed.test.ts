import { describe, expect, it } from 'vitest';
import { outline, readFeed, readProducts } from '../../../../test/catalogue/feeds.ts';
import { parseMapping } from '../mapping.ts';

describe('CSV feeds', () => {
  it('has what each column means, several pictures, attributes, and the row as it was', async () => {
    const feed = [
      'SKU,Name,price,Currency,Availability,Picture,picture_2,brand,item-group-id,note',
      'a1, Red dress ,19.90,eur,in stock,photos/a.jpg|photos/b.jpg,https://s.example/c.jpg,Acme,g1,',
    ].join('\n');
    expect(await readFeed('csv', feed)).toEqual([
      {
        kind: 'product',
        line: 2,
        product: {
          id: 'a1',
          group: 'g1',
          title: 'Red dress',
          description: '',
          link: '',
          price: { amount: '19.90', currency: 'EUR' },
          inStock: true,
          attributes: { brand: 'Acme' },
          pictures: ['photos/a.jpg', 'photos/b.jpg', 'https://s.example/c.jpg'],
          source: [
            [
              ['SKU', 'a1'],
              ['Name', ' Red dress '],
              ['price', '19.90'],
              ['Currency', 'eur'],
              ['Availability', 'in stock'],
              ['Picture', 'photos/a.jpg|photos/b.jpg'],
              ['picture_2', 'https://s.example/c.jpg'],
              ['brand', 'Acme'],
              ['item-group-id', 'g1'],
              ['note', ''],
            ],
          ],
        },
      },
    ]);
  });

  it('separates by what the header has most, and prefers the first alias', async () => {
    const [product] = await readProducts('csv', 'sku;id;image\n"s,1";2;a.png\n');
    expect(product).toMatchObject({ id: '2', attributes: { sku: 's,1' }, pictures: ['a.png'] });
  });

  it('reports each bad row with its line, and reads the rest', async () => {
    const rows = [
      'id,picture,price,title,currency',
      'a,a.jpg,1,,',
      ',b.jpg,1,,',
      'c,,1,,',
      'd,d.jpg,cheap,,',
      'e,e.jpg,1',
      'a,f.jpg,1,,',
      `g,g.jpg,1,${'x'.repeat(1_001)},`,
      `${'h'.repeat(201)},h.jpg,1,,`,
      'i,../i.jpg,1,,',
      'j,j.jpg,1,,Euro',
      'k,"k"k,1,,',
      `l,${Array.from({ length: 251 }, (_, i) => `${i}.jpg`).join('|')},1,,`,
      'z,z.jpg,1,,',
    ];
    expect(await outline('csv', rows.join('\r\n'))).toEqual([
      '2: a',
      '3: The product has no id.',
      '4: The product has no picture.',
      '5: The price "cheap" is not understood; write it as 19.90 EUR.',
      '6: The row has 3 cells, the header 5.',
      '7: The id "a" occurs a second time; ids must be unique.',
      '8: The title is longer than 1000 characters.',
      '9: The id is longer than 200 characters.',
      '10: The picture "../i.jpg" contains ".."; pictures must be in the feed\'s folder.',
      '11: The currency "Euro" is no code of ISO 4217; write it as EUR.',
      '12: Text follows a closing quote; put the whole cell in quotes, and write " in it as "".',
      '13: The product has more than 250 pictures.',
      '14: z',
    ]);
  });

  it('a cell of more than 524288 characters is a problem', async () => {
    const feed = (length: number) => `id,picture,note\na,a.jpg,${'x'.repeat(length)}\n`;
    expect(await outline('csv', feed(524_288))).toEqual(['2: a']);
    expect(await outline('csv', feed(524_289))).toEqual(['2: Column "note" is longer than 524288 characters.']);
  });

  it('reports rows that are not UTF-8 or contain zero bytes, and reads the rest', async () => {
    const feed = Uint8Array.from(
      [...'id,picture\na,a.jpg\nK\u00fcche,b.jpg\nc\0,c.jpg\nd,d.jpg\n'].map((character) => character.charCodeAt(0)),
    );
    expect(await outline('csv', feed)).toEqual([
      '2: a',
      '3: Column "id" is not UTF-8; save the feed as UTF-8.',
      '4: Column "id" contains a zero byte.',
      '5: d',
    ]);
  });

  it.each([
    ['', /^feed is empty; its first line must name the columns\.$/],
    ['identifier,picture\n', /no column of the header is the products' id; name one "id"/],
    ['id,pictur\n', /products' picture; name one "picture" \(is it "pictur"\?\)/],
    ['i\0d\0,\0\n', /line 1: the header contains zero bytes/],
    ['"id\n', /line 1: in the header, a quote is never closed/],
    [`${','.repeat(1_000)}\n`, /the header has more than 1000 columns/],
  ])('cannot read %j', async (feed, message) => {
    await expect(readFeed('csv', feed)).rejects.toThrow(message);
  });

  it('takes columns and the currency from a mapping, and says which one is missing', async () => {
    const mapping = parseMapping(
      '{"columns": {"id": "Artikel", "title": "SKU", "pictures": ["Bild 1", "Bild 2"]}, "currency": "CHF"}',
      'm.json',
    );
    const feed = 'Artikel,SKU,id,Bild 2,Bild 1,price,picture\n1,T,x,b.jpg,a.jpg,5,c.jpg\n';
    const [product] = await readProducts('csv', feed, { mapping });
    expect(product).toMatchObject({
      id: '1',
      title: 'T',
      price: { amount: '5', currency: 'CHF' },
      pictures: ['b.jpg', 'a.jpg'],
      attributes: { id: 'x', picture: 'c.jpg' },
    });
    await expect(readFeed('csv', feed.replace('Bild 1', 'Bild 3'), { mapping })).rejects.toThrow(
      'feed has no column "Bild 1", which the mapping names; did you mean',
    );
  });

  it.each([
    ['in stock', true],
    ['in_stock', true],
    ['Yes', true],
    ['3', true],
    ['0', false],
    ['out-of-stock', false],
    ['preorder', false],
    ['', null],
    ['some day', null],
  ])('availability %j: %j', async (text, inStock) => {
    const [product] = await readProducts('csv', `id,picture,availability\n1,a.jpg,${text}\n`);
    expect(product!.inStock).toBe(inStock);
  });
});

describe("Google's tab-separated feeds", () => {
  it('has names with spaces, and further pictures separated by commas', async () => {
    const feed = [
      'id\ttitle\timage link\tadditional image link\tprice\tavailability\titem group id\tcolor',
      '1\t"A, ""B"""\thttps://s.example/1,2.jpg\thttps://s.example/3,4.jpg, https://s.example/5.jpg\t5.00 USD\tin_stock\tg\tRed',
    ].join('\n');
    expect(await readProducts('google-tsv', feed)).toMatchObject([
      {
        id: '1',
        group: 'g',
        title: 'A, "B"',
        price: { amount: '5.00', currency: 'USD' },
        inStock: true,
        pictures: ['https://s.example/1,2.jpg', 'https://s.example/3,4.jpg', 'https://s.example/5.jpg'],
        attributes: { color: 'Red' },
      },
    ]);
  });
});
