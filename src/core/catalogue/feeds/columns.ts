import { SelvedgeError } from '../../errors.ts';
import { mostSimilar } from '../../similar.ts';
import { type ColumnRole, columnRoles, type ShopMapping } from '../mapping.ts';

/** Names of columns by what they mean, the preferred one first. Case does not count; spaces and hyphens are underscores. */
export const columnAliases: Readonly<Record<ColumnRole, readonly string[]>> = {
  id: ['id', 'product_id', 'item_id', 'sku', 'article_number'],
  group: ['item_group_id', 'group', 'group_id', 'parent_id', 'parent_sku'],
  title: ['title', 'name', 'product_name', 'product_title'],
  description: ['description', 'desc', 'body', 'summary', 'content'],
  link: ['link', 'url', 'product_url', 'product_link'],
  price: ['price'],
  currency: ['currency', 'price_currency'],
  inStock: ['in_stock', 'instock', 'availability', 'available', 'stock', 'quantity'],
  pictures: [
    'picture',
    'pictures',
    'image',
    'images',
    'image_link',
    'image_url',
    'image_src',
    'photo',
    'photos',
    'additional_image_link',
    'additional_images',
  ],
};

/** The name as {@link columnAliases} has it. */
export const plainName = (column: string) =>
  column
    .trim()
    .toLowerCase()
    .replace(/^g:/, '')
    .replace(/[\s-]+/g, '_');

/** What each column of a header means; null for attributes. */
export type ColumnPlan = readonly (ColumnRole | null)[];

/**
 * Decides what columns mean: as the mapping says, otherwise by {@link columnAliases}. `picture_2`, `image_3`, … are pictures too. Of
 * several columns that could mean the same, the first alias counts and the others are attributes; pictures come from all of them.
 */
export function planColumns(columns: readonly string[], mapping: ShopMapping): ColumnPlan {
  const plan: (ColumnRole | null)[] = columns.map(() => null);
  const plain = columns.map(plainName);
  for (const role of columnRoles) {
    for (const own of mapping.columns[role] ?? []) {
      const at = findColumn(own, columns);
      if (at !== -1) plan[at] = role;
    }
  }
  for (const role of columnRoles) {
    if (mapping.columns[role]) continue;
    if (role === 'pictures') {
      for (const [i, one] of plain.entries()) {
        if (columnAliases.pictures.includes(one.replace(/_\d{1,3}$/, ''))) plan[i] ??= role;
      }
      continue;
    }
    const isFree = (alias: string) => (one: string, i: number) => one === alias && plan[i] === null;
    const alias = columnAliases[role].find((one) => plain.some(isFree(one)));
    if (alias !== undefined) plan[plain.findIndex(isFree(alias))] = role;
  }
  return plan;
}

/** @throws SelvedgeError 'bad-option' where the mapping names a column that is not there */
export function requireMapped(columns: readonly string[], mapping: ShopMapping, name: string): void {
  const missing = Object.values(mapping.columns)
    .flat()
    .find((own) => findColumn(own, columns) === -1);
  if (missing === undefined) return;
  const meant = mostSimilar(missing, columns);
  throw new SelvedgeError(
    'bad-option',
    `${name} has no column "${missing}", which the mapping names; ${meant ? `did you mean "${meant}"?` : `it has ${columns.slice(0, 20).join(', ')}.`}`,
  );
}

function findColumn(own: string, columns: readonly string[]): number {
  const exact = columns.indexOf(own);
  return exact === -1 ? columns.findIndex((column) => plainName(column) === plainName(own)) : exact;
}
