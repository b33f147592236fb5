import fc from 'fast-check';
import type { FeedOptions } from '../../src/core/catalogue/feeds/options.ts';
import { type FileFeedFormat, parseFeed } from '../../src/core/catalogue/feeds/parseFeed.ts';
import { emptyMapping } from '../../src/core/catalogue/mapping.ts';
import type { FeedEntry, FeedProduct } from '../../src/core/catalogue/product.ts';

export const utf8 = (text: string) => new TextEncoder().encode(text);

/** The bytes in pieces that end at `cuts`. */
export async function* piecesOf(bytes: Uint8Array, cuts: readonly number[] = []): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const to of [...cuts].sort((a, b) => a - b)) {
    const end = Math.min(to, bytes.length);
    yield bytes.slice(from, end);
    from = end;
  }
  yield bytes.slice(from);
}

export const feedOptions: FeedOptions = { name: 'feed', localPictures: true, mapping: emptyMapping };

/** All entries of a feed. */
export async function readFeed(
  format: FileFeedFormat,
  feed: string | Uint8Array,
  options: Partial<FeedOptions> = {},
  cuts: readonly number[] = [],
): Promise<FeedEntry[]> {
  const bytes = typeof feed === 'string' ? utf8(feed) : feed;
  const entries: FeedEntry[] = [];
  for await (const entry of parseFeed(format, piecesOf(bytes, cuts), { ...feedOptions, ...options }))
    entries.push(entry);
  return entries;
}

/** The products of a feed without problems. */
export async function readProducts(
  format: FileFeedFormat,
  feed: string | Uint8Array,
  options: Partial<FeedOptions> = {},
): Promise<FeedProduct[]> {
  return (await readFeed(format, feed, options)).map((entry) => {
    if (entry.kind === 'problem') throw new Error(`line ${entry.line}: ${entry.reason}`);
    return entry.product;
  });
}

/** Problems as `line: reason`, products as `line: id`. */
export async function outline(
  format: FileFeedFormat,
  feed: string | Uint8Array,
  options: Partial<FeedOptions> = {},
): Promise<string[]> {
  return (await readFeed(format, feed, options)).map((entry) =>
    entry.kind === 'problem' ? `${entry.line}: ${entry.reason}` : `${entry.line}: ${entry.product.id}`,
  );
}

/** Positions at which a feed is cut. */
export const someCuts = fc.array(fc.nat(400), { maxLength: 12 });

/** Texts with what formats have to escape. */
export const trickyText = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom(',', '"', ';', '\t', '\n', '&', '<', '|', "'", ' ', 'é', '衣', '👕'),
      fc.string({ minLength: 1, maxLength: 1, unit: 'grapheme-ascii' }),
    ),
    maxLength: 12,
  })
  .map((text) => text.trim());
