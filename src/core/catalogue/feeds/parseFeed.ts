import { SelvedgeError } from '../../errors.ts';
import type { FeedEntry, FeedFormat } from '../product.ts';
import { readGoogleXmlFeed } from './googleXmlFeed.ts';
import { readJsonLinesFeed } from './jsonLinesFeed.ts';
import { feedLimits } from './limits.ts';
import type { FeedOptions } from './options.ts';
import { feedProblem } from './readProduct.ts';
import { readShopifyFeed } from './shopifyFeed.ts';
import { readCsvFeed, readGoogleTsvFeed } from './tableFeed.ts';

/** Formats that are files; a folder of pictures is read by the platform. */
export type FileFeedFormat = Exclude<FeedFormat, 'folder'>;

const parsers = {
  csv: readCsvFeed,
  jsonl: readJsonLinesFeed,
  'google-xml': readGoogleXmlFeed,
  'google-tsv': readGoogleTsvFeed,
  'shopify-csv': readShopifyFeed,
} satisfies Record<
  FileFeedFormat,
  (chunks: AsyncIterable<Uint8Array>, options: FeedOptions) => AsyncIterable<FeedEntry>
>;

/**
 * Reads a feed's products one after the other, and what is wrong with its rows. Every id is yielded once: a second product with it is a
 * problem. Memory is bounded by {@link feedLimits}, apart from the ids.
 * @param chunks the file's bytes, cut anywhere
 * @throws SelvedgeError 'bad-data' where the rest cannot be read: the header or the XML is unusable, or a row exceeds a limit
 */
export async function* parseFeed(
  format: FileFeedFormat,
  chunks: AsyncIterable<Uint8Array>,
  options: FeedOptions,
): AsyncGenerator<FeedEntry> {
  const ids = new Set<string>();
  for await (const entry of parsers[format](chunks, options)) {
    if (entry.kind === 'problem') {
      yield entry;
      continue;
    }
    const { id } = entry.product;
    if (ids.has(id)) {
      yield feedProblem(entry.line, id, `the id ${JSON.stringify(id)} occurs a second time; ids must be unique`);
      continue;
    }
    if (ids.size === feedLimits.products) {
      throw new SelvedgeError(
        'bad-data',
        `${options.name}, line ${entry.line}: the feed has more than ${feedLimits.products} products; divide it. Nothing behind it was read.`,
      );
    }
    ids.add(copied(id));
    yield entry;
  }
}

/** A slice of a text keeps all of it in memory; a copy does not. */
const copied = (text: string) => JSON.parse(JSON.stringify(text)) as string;
