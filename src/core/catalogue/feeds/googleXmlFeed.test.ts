import { describe, expect, it } from 'vitest';
import { outline, readFeed, readProducts } from '../../../../test/catalogue/feeds.ts';

const g = 'xmlns:g="http://base.google.com/ns/1.0"';
const rss = (items: string) =>
  `<?xml version="1.0"?>\n<rss ${g} version="2.0"><channel><title>Shop</title>\n${items}\n</channel></rss>`;
const item = (id: string, more = '') =>
  `<item><g:id>${id}</g:id><g:image_link>https://s/${id}.jpg</g:image_link>${more}</item>`;

describe("Google's XML feeds", () => {
  it('reads RSS 2.0: texts, CDATA, several pictures, nested elements and attributes', async () => {
    const feed = rss(`<item>
      <title>plain</title><g:title><![CDATA[A <b> &]]> B</g:title>
      <g:id> 1 </g:id>
      <g:image_link>https://s/1.jpg?a=1&amp;b=2</g:image_link>
      <g:additional_image_link>https://s/2.jpg</g:additional_image_link><g:additional_image_link>https://s/3.jpg</g:additional_image_link>
      <g:price unit="piece">5 EUR</g:price><g:availability>out of stock</g:availability><link>https://s/p</link>
      <g:shipping><g:country>DE</g:country></g:shipping><g:shipping><g:country>FR</g:country></g:shipping>
      <g:color>Red</g:color></item>`);
    const [product] = await readProducts('google-xml', feed);
    expect(product).toMatchObject({
      id: '1',
      title: 'A <b> & B',
      link: 'https://s/p',
      price: { amount: '5', currency: 'EUR' },
      inStock: false,
      pictures: ['https://s/1.jpg?a=1&b=2', 'https://s/2.jpg', 'https://s/3.jpg'],
      attributes: { title: 'plain', color: 'Red' },
    });
    expect(product!.source).toEqual([
      [
        ['title', 'plain'],
        ['g:title', 'A <b> & B'],
        ['g:id', '1'],
        ['g:image_link', 'https://s/1.jpg?a=1&b=2'],
        ['g:additional_image_link', 'https://s/2.jpg'],
        ['g:additional_image_link', 'https://s/3.jpg'],
        ['g:price', '5 EUR'],
        ['g:price@unit', 'piece'],
        ['g:availability', 'out of stock'],
        ['link', 'https://s/p'],
        ['g:shipping[1]/g:country', 'DE'],
        ['g:shipping[2]/g:country', 'FR'],
        ['g:color', 'Red'],
      ],
    ]);
  });

  it('reads Atom: the address of a link is in an attribute, the namespaces in use are kept', async () => {
    const feed = `<feed xmlns="http://www.w3.org/2005/Atom" ${g} xmlns:c="urn:c" xmlns:unused="urn:u">
      <entry><id>tag:1</id><g:id>1</g:id><title>A</title><link rel="self" href="https://s/self"/><link href="https://s/p"/>
      <g:image_link>https://s/1.jpg</g:image_link><c:size type="string">L</c:size></entry></feed>`;
    const [product] = await readProducts('google-xml', feed);
    expect(product).toMatchObject({ id: '1', link: 'https://s/p', attributes: { id: 'tag:1', 'c:size': 'L' } });
    expect(product!.source[0]!.slice(0, 3)).toEqual([
      ['@xmlns', 'http://www.w3.org/2005/Atom'],
      ['@xmlns:c', 'urn:c'],
      ['id', 'tag:1'],
    ]);
  });

  it('reports bad items with the lines on which they start, and reads the rest', async () => {
    const feed = rss(
      `${item('1')}\n<item>\n<g:id>2</g:id></item>\n${item('1')}${item('3', '<g:price>?</g:price>')}\n${item('4')}`,
    );
    expect(await outline('google-xml', feed)).toEqual([
      '3: 1',
      '4: The product has no picture.',
      '6: The id "1" occurs a second time; ids must be unique.',
      '6: The price "?" is not understood; write it as 19.90 EUR.',
      '7: 4',
    ]);
  });

  it.each([
    [
      'a document type',
      '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss/>',
      'line 1: a document type definition',
    ],
    ['an entity of its own', rss(item('&x;')), 'line 3: the XML is not well-formed'],
    [
      'a tag that is not closed',
      rss('<item><g:id>1</item>'),
      'line 3: the XML is not well-formed (unexpected close tag.)',
    ],
    ['another encoding', '<?xml version="1.0" encoding="ISO-8859-1"?><rss/>', 'declares the encoding ISO-8859-1'],
    ['no items', rss(''), 'has no item (RSS) and no entry (Atom)'],
    ['no XML', 'id,picture', 'the XML is not well-formed'],
    ['nothing', '', 'feed'],
    ['elements in elements', rss(`<item>${'<a>'.repeat(20)}`), 'elements are nested more than 16 deep'],
    ['many elements', rss(`<item>${'<a/>'.repeat(1_001)}`), 'has more than 1000 elements'],
    [
      'many attributes',
      rss(`<item ${Array.from({ length: 1_001 }, (_, i) => `a${i}=""`).join(' ')}`),
      '1000 attributes',
    ],
    [
      'a long text',
      rss(`<item><a>${'x'.repeat(1_100_000)}</a>`),
      'that starts in line 3 is longer than 1048576 characters',
    ],
    [
      'long texts',
      rss(`<item>${`<a>${'x'.repeat(500_000)}</a>`.repeat(3)}`),
      'that starts in line 3 is longer than 1048576',
    ],
    ['a long comment', rss(`<!--${'x'.repeat(1_200_000)}`), 'a text, tag or comment is longer than 1048576 characters'],
    ['a long tag', rss(`<${'x'.repeat(1_200_000)}`), 'a text, tag or comment is longer than 1048576 characters'],
    [
      'text in another encoding',
      Uint8Array.from(rss(item('ü')), (character) => character.charCodeAt(0)),
      'line 3: the text is not UTF-8',
    ],
  ])('stops at %s', async (_, feed, message) => {
    await expect(readFeed('google-xml', feed)).rejects.toMatchObject({
      name: 'SelvedgeError',
      message: expect.stringContaining(message),
    });
  });

  it('yields the items before an error', async () => {
    await expect(outline('google-xml', rss(`${item('1')}<item></other>`))).rejects.toThrow('line 3');
    const found: string[] = [];
    const { parseFeed } = await import('./parseFeed.ts');
    const { feedOptions, piecesOf, utf8 } = await import('../../../../test/catalogue/feeds.ts');
    const entries = parseFeed('google-xml', piecesOf(utf8(rss(`${item('1')}<item></other>`))), feedOptions);
    await expect(
      (async () => {
        for await (const entry of entries) if (entry.kind === 'product') found.push(entry.product.id);
      })(),
    ).rejects.toThrow('not well-formed');
    expect(found).toEqual(['1']);
  });
});
