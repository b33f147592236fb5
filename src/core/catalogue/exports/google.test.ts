import { describe, expect, it } from 'vitest';
import { exported, exportText, sneaker, throughCatalogue } from '../../../../test/catalogue/exports.ts';
import { readProducts } from '../../../../test/catalogue/feeds.ts';
import { parseMapping } from '../mapping.ts';

const tsv = [
  'id\ttitle\timage link\tproduct_type\tgoogle product category\tcustom',
  '1\t=HYPERLINK("x")\thttps://s/1.jpg\tMine\t\t a ',
  '2\tB\thttps://s/2.jpg\t\t5\t',
  '',
].join('\r\n');
const quoted = tsv.replace('=HYPERLINK("x")', '"=HYPERLINK(""x"")"');

const rss = `<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0">
<channel>
<title>Shop</title>
<link>https://shop.example</link>
<description/>
  <item xmlns:c="urn:c" c:n="1">
    <g:id>1</g:id>
    <title>A &lt;b&gt; &amp; B</title>
    <g:image_link>https://s/1.jpg</g:image_link>
    <g:shipping at="a&quot;b">
      <g:country>DE</g:country>
      <g:price unit="x">5 EUR</g:price>
      <g:price>6 EUR</g:price>
    </g:shipping>
    <g:shipping>
      <g:country>FR</g:country>
    </g:shipping>
    <g:gtin/>
    <g:color/>
  </item>
</channel>
</rss>
`
  .replaceAll(/^ {2}( *<\/?(?!item))/gm, '$1')
  .replaceAll(/^ {2}(<\/?item)/gm, '$1');

const atom = `<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">
<title>Shop</title>
<link href="https://shop.example"/>
<entry>
  <g:id>1</g:id>
  <link rel="self" href="https://s/self"/>
  <link href="https://s/p"/>
  <g:image_link>https://s/1.jpg</g:image_link>
</entry>
</feed>
`;

describe('writeGoogle', () => {
  it('a tab-separated feed is the same to the byte, formulas included', async () => {
    expect(await throughCatalogue(quoted, 'google-tsv', 'google')).toBe(quoted);
  });

  it('RSS and Atom are the same to the byte', async () => {
    expect(await throughCatalogue(rss, 'google-xml', 'google')).toBe(rss);
    expect(await throughCatalogue(atom, 'google-xml', 'google')).toBe(atom);
  });

  it('accepted tags fill what the feed left empty, in its own columns', async () => {
    const text = await throughCatalogue(quoted, 'google-tsv', 'google', sneaker);
    expect(text.split('\r\n')).toEqual([
      'id\ttitle\timage link\tproduct_type\tgoogle product category\tcustom\tcolor',
      '1\t"=HYPERLINK(""x"")"\thttps://s/1.jpg\tMine\t187\t a \tred/white/black',
      '2\tB\thttps://s/2.jpg\tSneaker\t5\t\tred/white/black',
      '',
    ]);
    const xml = await throughCatalogue(rss, 'google-xml', 'google', sneaker);
    expect(xml).toBe(
      rss
        .replace('<g:color/>', '<g:color>red/white/black</g:color>')
        .replace(
          '</g:color>',
          '</g:color>\n  <g:google_product_category>187</g:google_product_category>\n  <g:product_type>Sneaker</g:product_type>',
        ),
    );
  });

  it('overwrite replaces what the feed says; a mapping names the category', async () => {
    const mapping = parseMapping('{"categories": {"Sneaker": {"name": "Turnschuhe", "google": 7}}}', 'm.json');
    const text = await throughCatalogue(quoted, 'google-tsv', 'google', sneaker, { overwrite: true, mapping });
    expect(text).toContain('\tTurnschuhe\t7\t');
    expect(text).not.toContain('Mine');
  });

  it.each([
    ['not accepted', { ...sneaker, accepted: false }, {}],
    ['out of distribution', { ...sneaker, inDistribution: false }, {}],
    ['below the minimum confidence', sneaker, { minimumConfidence: 0.91 }],
  ])('a tag that is %s changes nothing', async (_, tags, options) => {
    const more = { ...options, overwrite: true };
    expect(await throughCatalogue(quoted, 'google-tsv', 'google', tags, more)).toBe(quoted);
  });

  it('products of other feeds get rows of their own, in RSS', async () => {
    const csv = 'id,title,picture,price,currency,stock,brand,supplier,group\n1,A\u0001,a.jpg|b.jpg,5,EUR,2,Acme,Z,g\n';
    const products = [
      ...exported(await readProducts('csv', csv), 'csv'),
      ...exported(await readProducts('google-xml', atom.replace('>1<', '>2<')), 'google-xml'),
    ];
    const text = await exportText('google', products);
    expect(text.match(/<item>[\s\S]*<\/item>\n/)![0]).toBe(`<item>
  <g:id>1</g:id>
  <g:title>A</g:title>
  <g:image_link>a.jpg</g:image_link>
  <g:additional_image_link>b.jpg</g:additional_image_link>
  <g:price>5 EUR</g:price>
  <g:availability>in_stock</g:availability>
  <g:item_group_id>g</g:item_group_id>
  <g:brand>Acme</g:brand>
</item>
<item>
  <g:id>2</g:id>
  <g:link>https://s/p</g:link>
  <g:image_link>https://s/1.jpg</g:image_link>
</item>
`);
  });
});
