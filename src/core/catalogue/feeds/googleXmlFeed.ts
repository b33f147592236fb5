import { SelvedgeError } from '../../errors.ts';
import { emptyMapping } from '../mapping.ts';
import type { FeedEntry, SourceRow } from '../product.ts';
import { planColumns } from './columns.ts';
import type { FeedOptions } from './options.ts';
import { readProduct, valuesOf } from './readProduct.ts';
import { readXmlItems, type XmlElement, type XmlItem } from './xmlItems.ts';

export const googleNamespace = 'http://base.google.com/ns/1.0';
/** The first pair of a row that was an entry of an Atom feed. */
export const atomMark = ['@xmlns', 'http://www.w3.org/2005/Atom'] as const;

/**
 * Reads Google Merchant's XML feed: RSS 2.0 or Atom 1.0 with elements of the namespace `g:`. Where an item has both `g:title` and
 * `title`, the first one counts.
 * @see https://support.google.com/merchants/answer/160589
 */
export async function* readGoogleXmlFeed(
  chunks: AsyncIterable<Uint8Array>,
  options: FeedOptions,
): AsyncGenerator<FeedEntry> {
  let isEmpty = true;
  for await (const item of readXmlItems(chunks, options.name)) {
    isEmpty = false;
    const pairs = [...item.element.children].sort((a, b) => googleFirst(a) - googleFirst(b)).flatMap(leaf);
    const plan = planColumns(
      pairs.map(([name]) => name),
      emptyMapping,
    );
    const attributes = pairs.flatMap(([name, text], i) =>
      plan[i] === null ? [[name.replace(/^g:/, ''), text] as const] : [],
    );
    yield readProduct(valuesOf(pairs, plan, { attributes }), [sourceRow(item)], item.line, options);
  }
  if (isEmpty)
    throw new SelvedgeError('bad-data', `${options.name} has no item (RSS) and no entry (Atom); name another format.`);
}

const googleFirst = (element: XmlElement) => (element.name.startsWith('g:') ? 0 : 1);

/** An element without children as a column; Atom has the address of a link in an attribute. */
function leaf(element: XmlElement): [string, string][] {
  if (element.children.length > 0) return [];
  if (element.name !== 'link' || element.text.trim() !== '') return [[element.name, element.text]];
  const value = (name: string) => element.attributes.find(([one]) => one === name)?.[1];
  return (value('rel') ?? 'alternate') === 'alternate' ? [['link', value('href') ?? '']] : [];
}

/**
 * An item as pairs, so that it can be written again: the text of a child by its name, of a grandchild by `g:shipping[1]/g:price`, where
 * the number counts the elements with that name, and an attribute of the element before it by `g:price@unit`. `@xmlns:prefix` are the
 * namespaces that the item uses, apart from Google's; entries of Atom have `@xmlns`. White space around texts, comments and CDATA marks
 * are not kept.
 */
function sourceRow({ element, namespaces }: XmlItem): SourceRow {
  const pairs = childPairs(element, '');
  const isDeclaration = (name: string) => /^xmlns(:|$)/.test(name);
  const own = element.attributes
    .filter(([name]) => !isDeclaration(name))
    .map(([name, value]) => [`@${name}`, value] as const);
  const prefixes = new Set(
    [...own, ...pairs].flatMap(([path]) => Array.from(path.matchAll(/([^/@]+):/g), ([, prefix]) => prefix!)),
  );
  const declared = { ...namespaces, ...Object.fromEntries(element.attributes.filter(([name]) => isDeclaration(name))) };
  const used = Object.entries(declared)
    .filter(
      ([name, uri]) => prefixes.has(name.replace('xmlns:', '')) && (name !== 'xmlns:g' || uri !== googleNamespace),
    )
    .map(([name, uri]) => [`@${name}`, uri] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return [...(element.name === 'entry' ? [atomMark] : []), ...used, ...own, ...pairs];
}

function childPairs(element: XmlElement, prefix: string): [string, string][] {
  const times = new Map<string, number>();
  return element.children.flatMap((child): [string, string][] => {
    const time = (times.get(child.name) ?? 0) + 1;
    times.set(child.name, time);
    const path = child.children.length === 0 ? `${prefix}${child.name}` : `${prefix}${child.name}[${time}]`;
    const attributes = child.attributes.map(([name, value]): [string, string] => [`${path}@${name}`, value]);
    if (child.children.length === 0) return [[path, child.text.trim()], ...attributes];
    return [...attributes, ...childPairs(child, `${path}/`)];
  });
}
