import * as z from 'zod';
import { SelvedgeError } from '../errors.ts';
import { mostSimilar } from '../similar.ts';

/** What a column of a feed means to the catalogue; all others are attributes. */
export const columnRoles = [
  'id',
  'group',
  'title',
  'description',
  'link',
  'price',
  'currency',
  'inStock',
  'pictures',
] as const;
export type ColumnRole = (typeof columnRoles)[number];

// A spreadsheet would run a text that begins like this; names of the shop reach files for spreadsheets and for other programs.
const name = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^=+\-@\t\r\n]/, 'must not begin with =, +, -, @, a tab or a line end');
const column = z.string().min(1).max(200);
const category = z.strictObject({
  name: name.optional().describe("the shop's own name of the category"),
  google: z.int().positive().optional().describe("id in Google's product taxonomy"),
  shopify: name.optional().describe("category in Shopify's taxonomy"),
});

const mappingSchema = z.strictObject({
  columns: z
    .strictObject({
      id: column.optional(),
      group: column.optional(),
      title: column.optional(),
      description: column.optional(),
      link: column.optional(),
      price: column.optional(),
      currency: column.optional(),
      inStock: column.optional(),
      pictures: z.union([column, z.array(column).min(1).max(250)]).optional(),
    } satisfies Record<ColumnRole, z.ZodType>)
    .default({}),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be a code of ISO 4217, such as EUR')
    .optional(),
  categories: z.record(z.string(), z.union([name, category])).default({}),
  exportColumns: z.record(z.string(), name).default({}),
});

/** How a shop names its columns and categories. */
export interface ShopMapping {
  /** Columns of CSV, TSV and JSON Lines feeds by what they mean, in the feed's words. */
  readonly columns: Readonly<Partial<Record<ColumnRole, readonly string[]>>>;
  /** Currency of prices that name none; empty when unknown. */
  readonly currency: string;
  /** By the model's class names. */
  readonly categories: Readonly<Record<string, MappedCategory>>;
  /** Names of columns in CSV exports, by their own names. */
  readonly exportColumns: Readonly<Record<string, string>>;
}

export interface MappedCategory {
  readonly name: string | null;
  readonly google: number | null;
  readonly shopify: string | null;
}

export const emptyMapping: ShopMapping = { columns: {}, currency: '', categories: {}, exportColumns: {} };

/**
 * Reads a shop's mapping file (JSON).
 * @param file its name in errors
 * @param classes the model's class names; a category that is none of them is an error. Omitted, any name is taken
 * @throws SelvedgeError 'bad-option' with what is wrong and where
 */
export function parseMapping(text: string, file: string, classes?: readonly string[]): ShopMapping {
  const parsed = mappingSchema.safeParse(json(text, file));
  if (!parsed.success) throw new SelvedgeError('bad-option', `${file}: ${sentence(parsed.error.issues[0]!)}`);
  const { columns, currency, categories, exportColumns } = parsed.data;
  for (const one of classes ? Object.keys(categories) : []) {
    if (classes!.includes(one)) continue;
    const meant = mostSimilar(one, classes!);
    throw new SelvedgeError(
      'bad-option',
      `${file}: categories has "${one}", which the model does not know; ${meant ? `did you mean "${meant}"?` : `it knows ${classes!.join(', ')}.`}`,
    );
  }
  return {
    columns: Object.fromEntries(Object.entries(columns).map(([role, names]) => [role, [names].flat()])),
    currency: currency ?? '',
    categories: Object.fromEntries(Object.entries(categories).map(([own, mapped]) => [own, mappedCategory(mapped)])),
    exportColumns,
  };
}

function mappedCategory(mapped: string | z.infer<typeof category>): MappedCategory {
  if (typeof mapped === 'string') return { name: mapped, google: null, shopify: null };
  return { name: mapped.name ?? null, google: mapped.google ?? null, shopify: mapped.shopify ?? null };
}

function json(text: string, file: string): unknown {
  try {
    return JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text);
  } catch (cause) {
    throw new SelvedgeError('bad-option', `${file} is not JSON (${(cause as Error).message}).`, { cause });
  }
}

function sentence(issue: z.core.$ZodIssue): string {
  const where = issue.path.length > 0 ? issue.path.join('.') : 'the file';
  if (issue.code === 'unrecognized_keys') {
    const known = issue.path[0] === 'columns' ? columnRoles : issue.path.length === 0 ? topKeys : categoryKeys;
    const meant = mostSimilar(issue.keys[0]!, known);
    return `${where} has no setting "${issue.keys[0]}"; ${meant ? `did you mean "${meant}"?` : `there are ${known.join(', ')}.`}`;
  }
  if (issue.code === 'invalid_union') return `${where} must be a name, or an object of ${categoryKeys.join(', ')}.`;
  return `${where}: ${issue.message}.`;
}

const topKeys = Object.keys(mappingSchema.shape);
const categoryKeys = Object.keys(category.shape);
