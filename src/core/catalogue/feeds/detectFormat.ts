import { SelvedgeError } from '../../errors.ts';
import { plainName } from './columns.ts';
import type { FileFeedFormat } from './parseFeed.ts';

/** The bytes that {@link detectFormat} looks at. */
export const detectionLength = 65_536;

/**
 * The format of a feed, by what it begins with and, where that does not decide, by its name.
 * @param firstBytes at least {@link detectionLength} bytes of it, or all
 * @throws SelvedgeError 'bad-data' where it is none of the formats
 */
export function detectFormat(firstBytes: Uint8Array, fileName: string): FileFeedFormat {
  const text = beginning(firstBytes.subarray(0, detectionLength)).trimStart();
  const extension = /\.([a-z\d]+)$/i.exec(fileName)?.[1]?.toLowerCase() ?? '';
  if (text === '') throw new SelvedgeError('bad-data', `${fileName} is empty; a feed names at least one product.`);
  if (text.startsWith('<')) return 'google-xml';
  if (text.startsWith('{')) return 'jsonl';
  if (text.startsWith('[')) {
    throw new SelvedgeError('bad-data', `${fileName} is a JSON array; write JSON Lines instead, one object per line.`);
  }
  const header = /^[^\r\n]*/.exec(text)![0];
  if (header.includes('\0')) {
    throw new SelvedgeError(
      'bad-data',
      `${fileName} is not text in UTF-8, nor in UTF-16 with a byte-order mark; name a feed in CSV, JSON Lines, Google Merchant XML or TSV, or Shopify CSV.`,
    );
  }
  const columns = header.split(/[,;\t]/).map((cell) => cell.trim().replace(/^"|"$/g, ''));
  if (columns.includes('Handle') && columns.some((column) => /^(Variant |Image Src$|Body \(HTML\)$)/.test(column)))
    return 'shopify-csv';
  const isTabbed = header.split('\t').length > header.split(',').length;
  const isGoogle = columns.some((column) => plainName(column) === 'image_link');
  if (isTabbed && (isGoogle || extension === 'tsv')) return 'google-tsv';
  if (columns.length > 1 || extension === 'csv') return 'csv';
  throw new SelvedgeError(
    'bad-data',
    `${fileName} begins like none of the formats; name the format if it is CSV, JSON Lines, Google Merchant XML or TSV, or Shopify CSV.`,
  );
}

function beginning(bytes: Uint8Array): string {
  const [a, b] = bytes;
  const encoding = a === 0xff && b === 0xfe ? 'utf-16le' : a === 0xfe && b === 0xff ? 'utf-16be' : 'utf-8';
  // Decoders drop their byte-order mark.
  return new TextDecoder(encoding).decode(bytes);
}
