/**
 * Stands for bytes that are no text. Unicode reserves it for internal use, so a feed that contains it is not valid text either.
 */
export const undecodable = '\uffff';

type Decoder = InstanceType<typeof TextDecoder>;

/** Bytes that are decoded together at most, unless a chunk is longer. */
const mostHeld = 65_536;
const lineFeed = 10;

/**
 * Decodes a feed: UTF-8, with or without a byte-order mark, or UTF-16 with one. Bytes that are not valid become {@link undecodable}, so
 * that the row around them can be reported and the rest be read.
 */
export async function* decodeText(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let held: Uint8Array = new Uint8Array(0);
  let decoder: Decoder | null | undefined;
  for await (const chunk of chunks) {
    held = joined(held, chunk);
    // The longest byte-order mark has three bytes.
    if (decoder === undefined && held.length < 3) continue;
    if (decoder === undefined) [decoder, held] = begin(held);
    const end = decoder ? held.length : cut(held);
    if (end === 0) continue;
    const text = decoder
      ? marked(decoder.decode(held.subarray(0, end), { stream: true }))
      : decodeUtf8(held.subarray(0, end));
    held = held.subarray(end);
    if (text !== '') yield text;
  }
  if (decoder === undefined) [decoder, held] = begin(held);
  const last = decoder ? marked(decoder.decode(held)) : decodeUtf8(held);
  if (last !== '') yield last;
}

const marked = (text: string) => text.replaceAll('\ufffd', undecodable);

/** A copy, as the chunk's memory may be used again. */
function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** @returns a decoder where the byte-order mark says UTF-16, null for UTF-8; and the bytes behind the mark */
function begin(bytes: Uint8Array): [Decoder | null, Uint8Array] {
  const [a, b, c] = bytes;
  if (a === 0xff && b === 0xfe) return [new TextDecoder('utf-16le'), bytes.subarray(2)];
  if (a === 0xfe && b === 0xff) return [new TextDecoder('utf-16be'), bytes.subarray(2)];
  return [null, a === 0xef && b === 0xbb && c === 0xbf ? bytes.subarray(3) : bytes];
}

/** Where UTF-8 can be cut without cutting a character: behind the last line end, or, in a long line, before the last character. */
function cut(bytes: Uint8Array): number {
  const behindLine = bytes.lastIndexOf(lineFeed) + 1;
  if (behindLine > 0 || bytes.length < mostHeld) return behindLine;
  let end = bytes.length - 1;
  while (end > bytes.length - 4 && (bytes[end]! & 0xc0) === 0x80) end -= 1;
  return end;
}

function decodeUtf8(bytes: Uint8Array): string {
  const whole = strictUtf8(bytes);
  if (whole !== undefined) return whole;
  // Only the lines with errors are marked: a replacement character elsewhere is the feed's own.
  let text = '';
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(lineFeed, start);
    const end = found === -1 ? bytes.length : found + 1;
    const line = bytes.subarray(start, end);
    text += strictUtf8(line) ?? marked(new TextDecoder('utf-8', { ignoreBOM: true }).decode(line));
    start = end;
  }
  return text;
}

function strictUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
