import type { Estimate } from '../record.ts';

/** 0.6213 → "0.62"; below zero with a minus sign, not a hyphen. */
export function number(value: number): string {
  const size = Math.abs(value);
  const text = size > 0 && size < 0.001 ? value.toPrecision(2) : value.toFixed(size < 0.1 ? 3 : 2);
  return Number(text) === 0 ? '0.00' : text.replace('-', '−');
}

/** "0.62 (0.60 to 0.64)". */
export function withInterval({ value, low, high }: Estimate): string {
  return `${number(value)} (${number(low)} to ${number(high)})`;
}

/** Those of several sentences whose condition holds. */
export function stated(...parts: readonly (string | false)[]): string[] {
  return parts.filter((part) => part !== false);
}

/** "a", "a and b", "a, b and c". */
export function listed(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join('');
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** "first letter" → "First letter". */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
