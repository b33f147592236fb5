import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { feedOptions, readFeed, someCuts, utf8 } from '../../../../test/catalogue/feeds.ts';
import { SelvedgeError } from '../../errors.ts';
import { feedFormats } from '../product.ts';
import { type FileFeedFormat, parseFeed } from './parseFeed.ts';

const formats = feedFormats.filter((format): format is FileFeedFormat => format !== 'folder');

const samples: Readonly<Record<FileFeedFormat, string>> = {
  csv: 'id,picture,price\r\n1,"a,1.jpg",5\r\nü👗,b.jpg,"1\n",\r\n\r\n3,c.jpg,"x"y\n4,d.jpg,7 EUR',
  jsonl:
    '{"id":"1","picture":"a.jpg"}\r\n\n{"id":"ü👗","pictures":["b.jpg","c.jpg"]}\n{"id":3\n{"id":"4","picture":"\\ud83d\\udc57"}',
  'google-xml':
    '<?xml version="1.0"?><rss xmlns:g="http://base.google.com/ns/1.0"><channel>\r\n<item><g:id>1</g:id>\r\n<g:image_link>a&amp;b</g:image_link></item><!-- - --><item><g:id>ü👗</g:id>\r<g:image_link><![CDATA[x]]]]></g:image_link></item>\n<item/></channel></rss>',
  'google-tsv': 'id\timage_link\tprice\r\n1\t"a\t1.jpg"\t5\r\nü👗\tb.jpg\t"6"\r\n3\tc.jpg\n4\td.jpg\t7 EUR',
  'shopify-csv': 'Handle,Title,Variant SKU,Image Src\na,A,1,a.jpg\r\na,,ü👗,b.jpg\na,,,"c\n.jpg"\nb,B,,d.jpg\n,,,',
};

describe('parseFeed', () => {
  it.each(formats)('%s: the entries are the same wherever the bytes are cut', async (format) => {
    const whole = await readFeed(format, samples[format]);
    expect(whole.length).toBeGreaterThanOrEqual(3);
    await fc.assert(
      fc.asyncProperty(someCuts, async (cuts) => {
        expect(await readFeed(format, samples[format], {}, cuts)).toEqual(whole);
      }),
    );
    expect(
      await readFeed(
        format,
        samples[format],
        {},
        Array.from({ length: 400 }, (_, i) => i),
      ),
    ).toEqual(whole);
  });

  it.each(formats)('%s: any bytes are entries, or an error with a sentence', async (format) => {
    const bytes = utf8(samples[format]);
    const damaged = fc
      .tuple(fc.nat(bytes.length), fc.nat(30), fc.uint8Array({ maxLength: 8 }))
      .map(([at, gone, more]) => Uint8Array.from([...bytes.subarray(0, at), ...more, ...bytes.subarray(at + gone)]));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged), someCuts, async (feed, cuts) => {
        const outcome = async (at: readonly number[]) => {
          try {
            return await readFeed(format, feed, {}, at);
          } catch (error) {
            if (!(error instanceof SelvedgeError)) throw error;
            return error.message;
          }
        };
        expect(await outcome(cuts)).toEqual(await outcome([]));
      }),
      { numRuns: 200 },
    );
  });

  it.each(formats)('%s: a line without end is given up after less than 8 MB', async (format) => {
    let bytes = 0;
    const begin = samples[format].slice(
      0,
      format === 'google-xml' ? 90 : format === 'jsonl' ? 0 : samples[format].indexOf('\n') + 1,
    );
    async function* endless() {
      yield utf8(begin);
      for (;;) {
        const chunk = utf8('x'.repeat(65_536));
        bytes += chunk.length;
        yield chunk;
      }
    }
    const read = async () => {
      for await (const _ of parseFeed(format, endless(), feedOptions));
    };
    await expect(read()).rejects.toThrow(/longer than 1048576 characters/);
    expect(bytes).toBeLessThan(8_000_000);
  });

  it.each(formats)('%s: feeds that come over HTTP name no paths', async (format) => {
    const entries = await readFeed(format, samples[format], { localPictures: false });
    expect(entries.filter(({ kind }) => kind === 'product')).toEqual([]);
    expect(entries).toContainEqual(expect.objectContaining({ reason: expect.stringContaining('is a path') }));
  });
});
