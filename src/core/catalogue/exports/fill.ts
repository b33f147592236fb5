import { plainName } from '../feeds/columns.ts';
import type { MappedCategory, ShopMapping } from '../mapping.ts';
import type { SourceRow } from '../product.ts';
import type { ExportedProduct, ExportedTags, ExportOptions } from './types.ts';

/** Texts that a tag puts into a feed; empty where it has none. */
export interface FilledTexts {
  /** The shop's own name of the category, or the model's. */
  readonly name: string;
  /** Id in Google's taxonomy. */
  readonly google: string;
  readonly shopify: string;
  readonly colours: readonly string[];
}

/**
 * What may be written into a feed that others act on: null unless the tag is accepted, has the minimum confidence, and the picture is
 * not out of distribution.
 */
export function filledTexts({ tags }: ExportedProduct, options: ExportOptions): FilledTexts | null {
  if (!tags?.accepted || tags.confidence < options.minimumConfidence || tags.inDistribution === false) return null;
  const own = mapped(tags, options.mapping);
  return {
    name: own?.name ?? tags.category,
    google: String(own?.google ?? tags.googleCategory ?? ''),
    shopify: own?.shopify ?? tags.shopifyCategory ?? '',
    colours: tags.colours,
  };
}

const mapped = ({ category }: ExportedTags, { categories }: ShopMapping): MappedCategory | undefined =>
  Object.hasOwn(categories, category) ? categories[category] : undefined;

/** The shop's own name of the category, or the model's. */
export const categoryName = (tags: ExportedTags, mapping: ShopMapping): string =>
  mapped(tags, mapping)?.name ?? tags.category;

/**
 * Fills columns of a row where they are empty or missing, or all of them with `overwrite`. Nothing else changes; missing columns are
 * added at the end.
 */
export function fillRow(
  row: SourceRow,
  fills: readonly (readonly [column: string, value: string])[],
  overwrite: boolean,
): SourceRow {
  const filled = row.map(([column, value]) => [column, value] as [string, string]);
  for (const [column, value] of fills) {
    if (value === '') continue;
    const own = filled.filter(([name]) => plainName(name) === plainName(column));
    if (own.length === 0) filled.push([column, value]);
    else if (overwrite || own.every(([, text]) => text.trim() === '')) own[0]![1] = value;
  }
  return filled;
}
