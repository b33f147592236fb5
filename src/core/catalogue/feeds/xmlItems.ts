import { type SaxesAttributePlain, SaxesParser } from 'saxes';
import { SelvedgeError } from '../../errors.ts';
import { decodeText, undecodable } from './decodeText.ts';
import { feedLimits } from './limits.ts';

/** An element of an item. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: readonly (readonly [name: string, value: string])[];
  /** Its own text; empty where it only has children. */
  readonly text: string;
  readonly children: readonly XmlElement[];
}

export interface XmlItem {
  /** The line, from 1, on which it starts. */
  readonly line: number;
  readonly element: XmlElement;
  /** Namespaces declared around the item, by `xmlns` or `xmlns:prefix`. */
  readonly namespaces: Readonly<Record<string, string>>;
}

/** What is written to the parser at once; it holds an unfinished text, tag or comment in memory. */
const pieceLength = 65_536;

interface OpenElement {
  readonly name: string;
  readonly attributes: [string, string][];
  text: string;
  readonly children: XmlElement[];
}

/**
 * Yields the elements `item` (RSS 2.0) and `entry` (Atom) of an XML feed. Document type definitions are refused, and with them entities
 * of the feed's own, which could name files or grow without bounds.
 * @param name the feed in errors
 * @throws SelvedgeError 'bad-data' where the XML is not well-formed, has a document type, or exceeds a limit
 */
export async function* readXmlItems(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<XmlItem> {
  const reader = itemReader(name);
  for await (const text of decodeText(chunks)) {
    for (let at = 0; at < text.length; at += pieceLength) yield* reader.push(text.slice(at, at + pieceLength));
  }
  yield* reader.end();
}

function itemReader(name: string) {
  const parser = new SaxesParser();
  const around: { readonly name: string; readonly namespaces: Record<string, string> }[] = [];
  const open: OpenElement[] = [];
  let found: XmlItem[] = [];
  let failure: SelvedgeError | undefined;
  let attributes: [string, string][] = [];
  let line = 1;
  let itemLine = 1;
  let itemLength = 0;
  let itemElements = 0;
  let sinceEvent = 0;

  const fail = (reason: string): never => {
    throw new SelvedgeError('bad-data', `${name}, line ${parser.line}: ${reason}. Nothing behind it was read.`);
  };
  const grow = (length: number) => {
    itemLength += length;
    if (open.length > 0 && itemLength > feedLimits.rowLength)
      fail(`the item that starts in line ${itemLine} is longer than ${feedLimits.rowLength} characters`);
  };
  const addText = (text: string) => {
    sinceEvent = 0;
    const element = open.at(-1);
    if (!element) return;
    grow(text.length);
    element.text += text;
  };

  parser.on('error', (error) => fail(`the XML is not well-formed (${error.message.replace(/^\d+:\d+: /, '')})`));
  parser.on('doctype', () => fail('a document type definition (<!DOCTYPE …>) is not accepted; remove it'));
  parser.on('xmldecl', ({ encoding }) => {
    if (encoding !== undefined && !/^(utf-?8|utf-?16(le|be)?|us-ascii)$/i.test(encoding))
      fail(`the feed declares the encoding ${encoding.slice(0, 40)}; save it as UTF-8`);
  });
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('comment', () => {
    sinceEvent = 0;
  });
  parser.on('processinginstruction', () => {
    sinceEvent = 0;
  });
  parser.on('opentagstart', (tag) => {
    sinceEvent = 0;
    attributes = [];
    line = parser.line;
    grow(tag.name.length);
  });
  parser.on('attribute', (attribute: SaxesAttributePlain) => {
    sinceEvent = 0;
    attributes.push([attribute.name, attribute.value]);
    if (attributes.length > feedLimits.columns) fail(`an element has more than ${feedLimits.columns} attributes`);
    grow(attribute.name.length + attribute.value.length);
  });
  parser.on('opentag', (tag) => {
    sinceEvent = 0;
    if (around.length + open.length >= feedLimits.depth) fail(`elements are nested more than ${feedLimits.depth} deep`);
    const isItem = open.length === 0 && (tag.name === 'item' || tag.name === 'entry');
    if (isItem) {
      itemLine = line;
      itemLength = 0;
      itemElements = 0;
    }
    if (open.length === 0 && !isItem) {
      const declared = attributes.filter(([one]) => /^xmlns(:|$)/.test(one));
      around.push({ name: tag.name, namespaces: Object.fromEntries(declared) });
      return;
    }
    itemElements += 1;
    if (itemElements > feedLimits.columns)
      fail(`the item that starts in line ${itemLine} has more than ${feedLimits.columns} elements`);
    open.push({ name: tag.name, attributes, text: '', children: [] });
  });
  parser.on('closetag', () => {
    sinceEvent = 0;
    const element = open.pop();
    if (!element) {
      around.pop();
      return;
    }
    // White space between children is layout.
    const text = element.children.length > 0 && element.text.trim() === '' ? '' : element.text;
    const closed: XmlElement = { name: element.name, attributes: element.attributes, text, children: element.children };
    const parent = open.at(-1);
    if (parent) parent.children.push(closed);
    else found.push({ line: itemLine, element: closed, namespaces: merged(around) });
  });

  /** @returns the items that ended; those before an error come before it */
  function* guarded(write: () => void): Generator<XmlItem> {
    found = [];
    try {
      write();
    } catch (error) {
      if (!(error instanceof SelvedgeError)) throw error;
      failure = error;
    }
    yield* found;
    if (failure) throw failure;
  }

  const push = (text: string) =>
    guarded(() => {
      const damaged = text.search(new RegExp(`[${undecodable}\0]`));
      parser.write(damaged === -1 ? text : text.slice(0, damaged));
      if (damaged !== -1) fail('the text is not UTF-8; save the feed as UTF-8');
      sinceEvent += text.length;
      if (sinceEvent > feedLimits.rowLength + pieceLength)
        fail(`a text, tag or comment is longer than ${feedLimits.rowLength} characters`);
    });
  const end = () => guarded(() => parser.close());
  return { push, end };
}

function merged(around: readonly { readonly namespaces: Record<string, string> }[]): Record<string, string> {
  return Object.assign({}, ...around.map(({ namespaces }) => namespaces));
}
