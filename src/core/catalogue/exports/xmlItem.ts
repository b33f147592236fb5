import type { SourceRow } from '../product.ts';

interface Node {
  /** The element's name, with its number where it has children. */
  readonly key: string;
  readonly attributes: [string, string][];
  text: string;
  readonly children: Node[];
}

/** Writes an item or an entry from its pairs, as `readGoogleXmlFeed` makes them. */
export function xmlItem(element: 'item' | 'entry', row: SourceRow): string {
  const root: Node = { key: element, attributes: [], text: '', children: [] };
  for (const [path, value] of row) {
    const [target, attribute] = path.split('@');
    const steps = target === '' ? [] : target!.split('/');
    if (attribute !== undefined) {
      // Entries have their namespace from the feed.
      if (path !== '@xmlns') steps.reduce(enter, root).attributes.push([attribute, value]);
      continue;
    }
    const parent = steps.slice(0, -1).reduce(enter, root);
    parent.children.push({ key: steps.at(-1)!, attributes: [], text: value, children: [] });
  }
  return written(root, '');
}

/** The last child with the key, a new one where there is none. */
function enter(parent: Node, key: string): Node {
  const found = parent.children.findLast((child) => child.key === key);
  if (found) return found;
  const child: Node = { key, attributes: [], text: '', children: [] };
  parent.children.push(child);
  return child;
}

function written({ key, attributes, text, children }: Node, indent: string): string {
  const name = key.replace(/\[\d+\]$/, '');
  const start = `${indent}<${name}${attributes.map(([one, value]) => ` ${one}="${escapeAttribute(value)}"`).join('')}`;
  if (children.length === 0) return text === '' ? `${start}/>\n` : `${start}>${escapeXml(text)}</${name}>\n`;
  return `${start}>\n${children.map((child) => written(child, `${indent}  `)).join('')}${indent}</${name}>\n`;
}

/** Parsers replace line ends and tabs in attributes by spaces. */
const escapeAttribute = (text: string) =>
  escapeXml(text).replace(/[\n\t]/g, (character) => `&#${character.charCodeAt(0)};`);

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};

/** @returns the text for elements; characters that XML 1.0 does not have are left out */
export function escapeXml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is left out
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
      .replace(/[&<>"\r]/g, (character) => entities[character]!)
  );
}
