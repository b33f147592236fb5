import type { IndexedProduct } from '../store/indexed.ts';
import type { ProductFilter } from './source.ts';

/** Whether a product passes a filter. One without a price or a stock passes no filter on it. */
export function filterOf(filter: ProductFilter): (product: IndexedProduct) => boolean {
  const { category, colour, minimumPrice, maximumPrice, currency, inStock } = filter;
  const attributes = Object.entries(filter.attributes).map(
    ([name, value]) => [name, value.trim().toLowerCase()] as const,
  );
  return (product) =>
    (category === undefined || product.category === category) &&
    (colour === undefined || product.colours.includes(colour)) &&
    (inStock === undefined || product.inStock === inStock) &&
    (currency === undefined || product.currency === currency) &&
    (minimumPrice === undefined || (product.price !== null && product.price >= minimumPrice)) &&
    (maximumPrice === undefined || (product.price !== null && product.price <= maximumPrice)) &&
    attributes.every(([name, value]) => product.attributes[name]?.trim().toLowerCase() === value);
}
