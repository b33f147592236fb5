import { z } from 'zod';

/** A category of Google's product taxonomy of 2021-09-21 or of Shopify's at commit 2e9aa2e9. */
export interface Category {
  /** Google: a number as text; Shopify: `gid://shopify/TaxonomyCategory/…`. */
  readonly id: string;
  /** Its names from the root, joined by ` > `; empty where a shop's own mapping gives only the id. */
  readonly path: string;
}

/** What a class of a model is in the taxonomies of others. */
export interface ProductCategories {
  readonly google: Category | null;
  readonly shopify: Category | null;
  /** The finer class in the shop's words, for the feeds' `product_type`: Google has one category for all shoes. */
  readonly productType: string;
}

const apparel = 'Apparel & Accessories';
const gid = 'gid://shopify/TaxonomyCategory/';

function categories(
  [googleId, googlePath]: readonly [string, string],
  [shopifyId, shopifyPath]: readonly [string, string],
  productType: string,
): ProductCategories {
  return {
    google: { id: googleId, path: `${apparel} > ${googlePath}` },
    shopify: { id: gid + shopifyId, path: `${apparel} > ${shopifyPath}` },
    productType,
  };
}

const tops = ['212', 'Clothing > Shirts & Tops'] as const;
const shoes = ['187', 'Shoes'] as const;

/** By the class's name as `keyOf` reduces it, in the singular. */
const known: ReadonlyMap<string, ProductCategories> = new Map([
  ['tshirttop', categories(tops, ['aa-1-13-8', 'Clothing > Clothing Tops > T-Shirts'], 'Clothing > T-shirts')],
  ['tshirt', categories(tops, ['aa-1-13-8', 'Clothing > Clothing Tops > T-Shirts'], 'Clothing > T-shirts')],
  [
    'trouser',
    categories(['204', 'Clothing > Pants'], ['aa-1-12-11', 'Clothing > Pants > Trousers'], 'Clothing > Trousers'),
  ],
  ['pullover', categories(tops, ['aa-1-13-12', 'Clothing > Clothing Tops > Sweaters'], 'Clothing > Pullovers')],
  ['dress', categories(['2271', 'Clothing > Dresses'], ['aa-1-4', 'Clothing > Dresses'], 'Clothing > Dresses')],
  [
    'coat',
    categories(
      ['5598', 'Clothing > Outerwear > Coats & Jackets'],
      ['aa-1-10-2', 'Clothing > Outerwear > Coats & Jackets'],
      'Clothing > Coats',
    ),
  ],
  ['sandal', categories(shoes, ['aa-8-6', 'Shoes > Sandals'], 'Shoes > Sandals')],
  ['shirt', categories(tops, ['aa-1-13-7', 'Clothing > Clothing Tops > Shirts'], 'Clothing > Shirts')],
  ['sneaker', categories(shoes, ['aa-8-8', 'Shoes > Sneakers'], 'Shoes > Sneakers')],
  [
    'bag',
    categories(
      ['3032', 'Handbags, Wallets & Cases > Handbags'],
      ['aa-5-4', 'Handbags, Wallets & Cases > Handbags'],
      'Bags',
    ),
  ],
  ['ankleboot', categories(shoes, ['aa-8-3', 'Shoes > Boots'], 'Shoes > Ankle boots')],
]);

const ownCategorySchema = z
  .strictObject({
    /** Google's id, of one to seven digits. */
    googleId: z
      .union([z.int().positive(), z.string()])
      .transform(String)
      .pipe(z.string().regex(/^[1-9]\d{0,6}$/, 'a Google category is a number, such as 212'))
      .optional(),
    /** Shopify's id, with or without the text before it. */
    shopifyId: z
      .string()
      .regex(
        /^(gid:\/\/shopify\/TaxonomyCategory\/)?[a-z]{2}(-\d+)*$/,
        'a Shopify category is gid://shopify/TaxonomyCategory/aa-1-4, or the end of it',
      )
      .transform((id) => (id.startsWith(gid) ? id : gid + id))
      .optional(),
    productType: z.string().min(1).max(750).optional(),
  })
  .readonly();

/** A shop's own mapping: class names to what replaces the built-in categories. */
export const categoryMappingSchema = z.record(z.string().min(1), ownCategorySchema).readonly();
export type CategoryMapping = z.infer<typeof categoryMappingSchema>;

/**
 * The categories of a class. Case, spaces, punctuation and a plural's s do not matter: `T - shirt / top` is `T-shirt/top`. What the
 * shop's mapping says of a class replaces the built-in part; an unknown class has no ids, and its own name as product type.
 */
export function categoriesOf(className: string, mapping: CategoryMapping = {}): ProductCategories {
  const key = keyOf(className);
  const alike = Object.keys(mapping).find((name) => keyOf(name) === key);
  const own = mapping[Object.hasOwn(mapping, className) ? className : (alike ?? '')];
  const found = known.get(key);
  const replaced = (id: string | undefined, builtin: Category | null | undefined): Category | null => {
    if (id === undefined || id === builtin?.id) return builtin ?? null;
    return { id, path: '' };
  };
  return {
    google: replaced(own?.googleId, found?.google),
    shopify: replaced(own?.shopifyId, found?.shopify),
    productType: own?.productType ?? found?.productType ?? className,
  };
}

/** Letters and digits in lower case, without a plural's s: a dress is none. */
function keyOf(className: string): string {
  const key = className
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
  if (key === 'dresses') return 'dress';
  return key.endsWith('s') && !key.endsWith('ss') ? key.slice(0, -1) : key;
}
