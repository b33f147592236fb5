import type { Price } from '../product.ts';

const symbols: Readonly<Record<string, string>> = { '€': 'EUR', '£': 'GBP' };
const amounts: readonly [RegExp, (text: string) => string][] = [
  [/^\d+(\.\d+)?$/, (text) => text],
  [/^\d+,\d{1,2}$/, (text) => text.replace(',', '.')],
  [/^\d{1,3}(,\d{3})+\.\d+$/, (text) => text.replaceAll(',', '')],
  [/^\d{1,3}(\.\d{3})+,\d+$/, (text) => text.replaceAll('.', '').replace(',', '.')],
];

/**
 * Reads a price such as `19.90 EUR`, `EUR 19.90`, `19,90 €` or `1,299.00`. A single separator with three digits behind it could be
 * either, so that `1,299` is refused; `$` stands for several currencies and is refused too.
 * @param currency where the text names none; may be empty
 * @returns null where the text is no price
 */
export function parsePrice(text: string, currency: string): Price | null {
  const parts = /^([A-Za-z]{3}|[€£])?\s*([\d.,]{1,30})\s*([A-Za-z]{3}|[€£])?$/.exec(text.trim());
  if (!parts || (parts[1] && parts[3])) return null;
  const named = parts[1] ?? parts[3] ?? currency;
  const found = amounts.find(([form]) => form.test(parts[2]!));
  if (!found) return null;
  const amount = found[1](parts[2]!).replace(/^0+(?=\d)/, '');
  return { amount, currency: symbols[named] ?? named.toUpperCase() };
}
