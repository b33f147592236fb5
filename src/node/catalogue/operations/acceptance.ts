import type { ExportedProduct } from '../../../core/catalogue/exports/types.ts';
import { categoriesOf } from '../../../core/catalogue/tags/categories.ts';
import { thresholdsAt } from '../../../core/evaluation/precisionThresholds.ts';
import type { ServableModel } from '../../../core/model/model.ts';
import type { StoredProduct } from '../store/products.ts';

/** A product as the API shows it: what was stored, and what follows from the precision that is asked for. */
export interface ShownProduct extends Omit<StoredProduct, 'source' | 'feedFormat'> {
  /** The category that a person chose, or else the model's; null before the product is tagged. */
  readonly category: string | null;
  /**
   * Whether the category can be used without a person: a person chose it, or it reaches its class's threshold at the precision and is
   * in-distribution. Null where the model has no thresholds.
   */
  readonly accepted: boolean | null;
}

/** Judges tags by a model's thresholds. */
export function acceptanceAt(model: Pick<ServableModel, 'classNames' | 'reliability'>, precision: number) {
  const thresholds = thresholdsAt(model.reliability, precision);
  return ({ tags, review }: Pick<StoredProduct, 'tags' | 'review'>): boolean | null => {
    if (review) return true;
    if (!tags || !thresholds) return null;
    const threshold = thresholds[model.classNames.indexOf(tags.category)] ?? null;
    return threshold !== null && tags.confidence >= threshold && tags.inDistribution !== false;
  };
}

export function shownProduct(product: StoredProduct, accepts: ReturnType<typeof acceptanceAt>): ShownProduct {
  const { source, feedFormat, ...shown } = product;
  return { ...shown, category: product.review?.category ?? product.tags?.category ?? null, accepted: accepts(product) };
}

/** A product as exports take it. What a person chose is certain. */
export function exportedProduct(product: StoredProduct, accepts: ReturnType<typeof acceptanceAt>): ExportedProduct {
  const {
    id,
    group,
    title,
    description,
    link,
    price,
    inStock,
    attributes,
    pictures,
    source,
    feedFormat,
    tags,
    review,
  } = product;
  const category = review?.category ?? tags?.category;
  const { google, shopify } = category === undefined ? { google: null, shopify: null } : categoriesOf(category);
  return {
    product: {
      id,
      group,
      title,
      description,
      link,
      price,
      inStock,
      attributes,
      pictures: pictures.map(({ address }) => address),
      source,
    },
    feedFormat,
    tags:
      category === undefined
        ? null
        : {
            category,
            confidence: review ? 1 : tags!.confidence,
            accepted: accepts(product) ?? false,
            inDistribution: tags?.inDistribution ?? null,
            colours: (tags?.colours ?? []).map(({ name }) => name),
            googleCategory: google === null ? null : Number(google.id),
            googlePath: google?.path ?? null,
            shopifyCategory: shopify?.id ?? null,
          },
  };
}
