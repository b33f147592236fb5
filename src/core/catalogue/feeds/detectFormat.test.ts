import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../../../../test/catalogue/feeds.ts';
import { SelvedgeError } from '../../errors.ts';
import { detectFormat } from './detectFormat.ts';

describe('detectFormat', () => {
  it.each([
    ['\ufeff\n<?xml version="1.0"?>', 'feed', 'google-xml'],
    ['<rss', 'feed.csv', 'google-xml'],
    ['{"id": 1}', 'feed', 'jsonl'],
    ['"Handle","Title","Image Src"\n', 'export.csv', 'shopify-csv'],
    ['Handle,Image\n', 'export.csv', 'csv'],
    ['id\ttitle\timage link\n', 'feed.txt', 'google-tsv'],
    ['id\tpicture\n', 'feed.tsv', 'google-tsv'],
    ['id\tpicture\n', 'feed.txt', 'csv'],
    ['id;picture\n', 'feed', 'csv'],
    ['id', 'feed.csv', 'csv'],
  ])('%j in %s is %s', (text, name, format) => {
    expect(detectFormat(utf8(text), name)).toBe(format);
  });

  it('reads UTF-16 with a byte-order mark', () => {
    const bytes = Uint8Array.from([0xff, 0xfe, ...[...'id,picture'].flatMap((one) => [one.charCodeAt(0), 0])]);
    expect(detectFormat(bytes, 'feed')).toBe('csv');
  });

  it.each([
    ['', 'feed.csv is empty'],
    ['[{"id": 1}]', 'feed.csv is a JSON array; write JSON Lines instead'],
    ['i\0d\0', 'feed.csv is not text in UTF-8'],
  ])('%j is refused', (text, message) => {
    expect(() => detectFormat(utf8(text), 'feed.csv')).toThrow(message);
  });

  it('knows when it does not know', () => {
    expect(() => detectFormat(utf8('hello'), 'feed')).toThrow('begins like none of the formats');
  });

  it('any bytes are a format or an error with a sentence', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        try {
          expect(detectFormat(bytes, 'feed')).toMatch(/csv|jsonl|xml|tsv/);
        } catch (error) {
          expect(error).toBeInstanceOf(SelvedgeError);
        }
      }),
    );
  });
});
