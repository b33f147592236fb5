import type { ColumnRole } from '../mapping.ts';
import type { FeedEntry, FeedProduct, Price, SourceRow } from '../product.ts';
import { undecodable } from './decodeText.ts';
import { feedLimits } from './limits.ts';
import type { FeedOptions } from './options.ts';
import { pictureAddress } from './pictureAddress.ts';
import { parsePrice } from './price.ts';

/** A product's values before they are checked. Texts of roles are trimmed here, attributes too. */
export interface ProductValues {
  readonly id: string;
  readonly group: string;
  readonly title: string;
  readonly description: string;
  readonly link: string;
  readonly price: string;
  readonly currency: string;
  readonly inStock: string;
  readonly pictures: readonly string[];
  readonly attributes: readonly (readonly [name: string, value: string])[];
}

/**
 * Makes a product of its values, or says what is wrong with them.
 * @param line on which it starts
 */
export function readProduct(
  values: ProductValues,
  source: readonly SourceRow[],
  line: number,
  options: FeedOptions,
): FeedEntry {
  const id = values.id.trim();
  const problem = (reason: string): FeedEntry => feedProblem(line, id, reason);
  const damaged = source.flatMap((row) => row.flatMap(([column, value]) => damage(column, value) ?? []))[0];
  if (damaged !== undefined) return problem(damaged);
  if (id === '') return problem('the product has no id');
  if (id.length > feedLimits.idLength) return problem(`the id is longer than ${feedLimits.idLength} characters`);
  const title = values.title.trim();
  if (title.length > feedLimits.titleLength)
    return problem(`the title is longer than ${feedLimits.titleLength} characters`);
  const group = values.group.trim();
  if (group.length > feedLimits.idLength)
    return problem(`the group's id is longer than ${feedLimits.idLength} characters`);

  const price = priceOf(values, options);
  if (typeof price === 'string') return problem(price);
  const pictures = picturesOf(values.pictures, options);
  if (typeof pictures === 'string') return problem(pictures);

  const attributes = values.attributes.map(([name, value]) => [name.trim(), value.trim()] as const);
  const product: FeedProduct = {
    id,
    group: group === '' ? null : group,
    title,
    description: values.description.trim(),
    link: values.link.trim(),
    price,
    inStock: parseInStock(values.inStock),
    attributes: Object.fromEntries(attributes.filter(([name, value]) => name !== '' && value !== '')),
    pictures,
    source,
  };
  return { kind: 'product', line, product };
}

export function feedProblem(line: number, id: string, reason: string): FeedEntry {
  const shown = id.replaceAll(undecodable, '\ufffd').slice(0, feedLimits.idLength);
  return { kind: 'problem', line, id: shown, reason: `${reason[0]!.toUpperCase()}${reason.slice(1)}.` };
}

/** @returns what makes a text unfit for any database, undefined where nothing does */
function damage(column: string, value: string): string | undefined {
  const where = `column ${JSON.stringify(column.slice(0, 50))}`;
  if (value.includes(undecodable)) return `${where} is not UTF-8; save the feed as UTF-8`;
  if (value.includes('\0')) return `${where} contains a zero byte`;
  if (/\p{Surrogate}/u.test(value)) return `${where} contains half a surrogate pair`;
  if (value.length > feedLimits.cellLength) return `${where} is longer than ${feedLimits.cellLength} characters`;
  return undefined;
}

/** @returns the price, null where there is none, or what is wrong */
function priceOf(values: ProductValues, options: FeedOptions): Price | null | string {
  if (values.price.trim() === '') return null;
  const own = values.currency.trim();
  if (own !== '' && !/^[a-z]{3}$/i.test(own))
    return `the currency ${shown(own)} is no code of ISO 4217; write it as EUR`;
  const price = parsePrice(values.price, own === '' ? options.mapping.currency : own);
  return price ?? `the price ${shown(values.price)} is not understood; write it as 19.90 EUR`;
}

function picturesOf(texts: readonly string[], options: FeedOptions): readonly string[] | string {
  const addresses = new Set<string>();
  for (const text of texts) {
    if (text.trim() === '') continue;
    const found = pictureAddress(text.trim(), options.localPictures);
    if ('reason' in found) return found.reason;
    addresses.add(found.address);
    if (addresses.size > feedLimits.pictures) return `the product has more than ${feedLimits.pictures} pictures`;
  }
  return addresses.size === 0 ? 'the product has no picture' : [...addresses];
}

const shown = (text: string) => JSON.stringify(text.length > 50 ? `${text.slice(0, 50)}…` : text);

const stocked = new Set(['in stock', 'instock', 'available', 'true', 'yes']);
const notStocked = new Set([
  'out of stock',
  'outofstock',
  'sold out',
  'unavailable',
  'preorder',
  'backorder',
  'false',
  'no',
]);

/** Words of Google's `availability`, yes or no, or a number of pieces; null for anything else. */
function parseInStock(text: string): boolean | null {
  const word = text
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ');
  if (stocked.has(word)) return true;
  if (notStocked.has(word)) return false;
  return /^-?\d+(\.\d+)?$/.test(word) ? Number(word) > 0 : null;
}

/**
 * Takes values from pairs of column and text by what the columns mean.
 */
export function valuesOf(
  row: SourceRow,
  plan: readonly (ColumnRole | null)[],
  more: Partial<ProductValues> = {},
): ProductValues {
  const texts = (role: ColumnRole) => row.flatMap(([, value], i) => (plan[i] === role ? [value] : []));
  const text = (role: ColumnRole) => texts(role)[0] ?? '';
  return {
    id: text('id'),
    group: text('group'),
    title: text('title'),
    description: text('description'),
    link: text('link'),
    price: text('price'),
    currency: text('currency'),
    inStock: text('inStock'),
    pictures: texts('pictures'),
    attributes: row.filter((_, i) => plan[i] === null),
    ...more,
  };
}
