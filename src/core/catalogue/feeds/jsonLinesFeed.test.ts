import { describe, expect, it } from 'vitest';
import { outline, readFeed, readProducts } from '../../../../test/catalogue/feeds.ts';

describe('JSON Lines feeds', () => {
  it('reads arrays of pictures, prices as objects, attributes, and ignores other objects', async () => {
    const line = {
      id: 7,
      title: 'A',
      pictures: ['a.jpg', 'b|c.jpg'],
      price: { amount: 19.9, currency: 'EUR' },
      availability: false,
      size: 38,
      attributes: { title: 'of the label' },
      shape: { wide: true },
      none: null,
    };
    const [product] = await readProducts('jsonl', `\n${JSON.stringify(line)}\r\n`);
    expect(product).toEqual({
      id: '7',
      group: null,
      title: 'A',
      description: '',
      link: '',
      price: { amount: '19.9', currency: 'EUR' },
      inStock: false,
      attributes: { size: '38', title: 'of the label' },
      pictures: ['a.jpg', 'b|c.jpg'],
      source: [
        [
          ['id', '7'],
          ['title', 'A'],
          ['pictures', 'a.jpg'],
          ['pictures', 'b|c.jpg'],
          ['price', '19.9'],
          ['availability', 'false'],
          ['size', '38'],
          ['shape', '{"wide":true}'],
          ['title', 'of the label'],
        ],
      ],
    });
  });

  it('reports each bad line, and reads the rest', async () => {
    const deep = `{"id": "d", "picture": "a", "x": ${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    const lines = [
      '{"id": "a", "picture": "a.jpg"}',
      '{"id": "b", "picture": "b.jpg"',
      '["c"]',
      '{"id": "c", "pictures": [1]}',
      deep,
      '{"id": "e", "picture": "a.jpg", "price": {"value": 1}}',
      '{"id": "f", "picture": "a.jpg", "title": ["x"]}',
      '{"id": "g\\ud800", "picture": "a.jpg"}',
      '{"id": "h", "picture": "a.jpg", "attributes": {"a": {}}}',
      '{"id": "__proto__", "picture": "a.jpg", "__proto__": "x"}',
    ];
    expect(await outline('jsonl', lines.join('\n'))).toEqual([
      '1: a',
      '2: The line is no JSON object; write one object per line.',
      '3: The line is no JSON object; write one object per line.',
      '4: "pictures" must be a text, or an array of texts.',
      '5: "x" is nested too deeply.',
      '6: The price must be an object of amount and currency, or a text.',
      '7: "title" must be a text.',
      '8: Column "id" contains half a surrogate pair.',
      '9: "attributes" must be an object of texts, numbers or truth values.',
      '10: __proto__',
    ]);
  });

  it('stops at a line of more than 1048576 characters', async () => {
    const feed = `{"id": "a", "picture": "a.jpg"}\n{"id": "${'b'.repeat(1_048_576)}"}`;
    await expect(readFeed('jsonl', feed)).rejects.toThrow(
      /^feed, line 2: the line is longer than 1048576 characters; nothing behind it was read/,
    );
  });
});
