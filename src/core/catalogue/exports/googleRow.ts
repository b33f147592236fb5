import { plainName } from '../feeds/columns.ts';
import { atomMark } from '../feeds/googleXmlFeed.ts';
import type { FeedProduct, SourceRow } from '../product.ts';
import { filledTexts, fillRow } from './fill.ts';
import type { ExportedProduct, ExportOptions } from './types.ts';

/** Google takes one picture and ten further ones. */
const mostFurtherPictures = 10;
/** Attributes of other feeds that mean the same to Google. */
const googleAttributes: ReadonlySet<string> = new Set(
  `adult age_group availability_date brand color condition cost_of_goods_sold custom_label_0 custom_label_1 custom_label_2 custom_label_3
  custom_label_4 expiration_date gender google_product_category gtin identifier_exists is_bundle material mobile_link mpn multipack
  pattern product_type sale_price sale_price_effective_date shipping shipping_weight size size_system size_type`.split(
    /\s+/,
  ),
);

export type GoogleForm = 'rss' | 'atom' | 'tsv';

/** The form in which a product's own row can be written again; null where it has to be made. */
export function googleForm({ product, feedFormat }: ExportedProduct): GoogleForm | null {
  if (feedFormat === 'google-tsv') return 'tsv';
  if (feedFormat !== 'google-xml') return null;
  return product.source[0]?.[0]?.[0] === atomMark[0] ? 'atom' : 'rss';
}

/** A product's row for Google: its own one where it has the same form, otherwise a new one; with its tags. */
export function googleRow(exported: ExportedProduct, form: GoogleForm, options: ExportOptions): SourceRow {
  const prefix = form === 'tsv' ? '' : 'g:';
  const own = googleForm(exported) === form ? exported.product.source[0] : undefined;
  const row = own ?? newRow(exported.product, prefix);
  const texts = filledTexts(exported, options);
  if (!texts) return row;
  const fills = [
    [`${prefix}google_product_category`, texts.google],
    [`${prefix}product_type`, texts.name],
    // At most three colours, the main one first.
    [`${prefix}color`, texts.colours.slice(0, 3).join('/')],
  ] as const;
  return fillRow(row, fills, options.overwrite);
}

function newRow(product: FeedProduct, prefix: string): SourceRow {
  const { price, inStock } = product;
  const [picture, ...further] = product.pictures;
  const furtherPictures = further.slice(0, mostFurtherPictures);
  const pairs: [string, string][] = [
    ['id', product.id],
    ['title', product.title],
    ['description', product.description],
    ['link', product.link],
    ['image_link', picture ?? ''],
    ...(prefix === ''
      ? [['additional_image_link', furtherPictures.join(',')] as [string, string]]
      : furtherPictures.map((one): [string, string] => ['additional_image_link', one])),
    ['price', price ? `${price.amount} ${price.currency}`.trim() : ''],
    ['availability', inStock === null ? '' : inStock ? 'in_stock' : 'out_of_stock'],
    ['item_group_id', product.group ?? ''],
  ];
  const attributes = Object.entries(product.attributes)
    .map(([name, value]): [string, string] => [plainName(name), value])
    .filter(([name]) => googleAttributes.has(name));
  return [...pairs, ...attributes]
    .filter(([, value]) => value !== '')
    .map(([name, value]) => [`${prefix}${name}`, value]);
}
