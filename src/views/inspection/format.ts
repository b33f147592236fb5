import type { Estimate } from '../../core/inspection/record.ts';
import { fixed } from '../numbers.ts';

export type Format = (value: number) => string;

/** 0.51234 → "0.512", −0.2 → "−0.200", with a true minus sign and no negative zero. */
export function decimals(digits: number): Format {
  return (value) => {
    const text = fixed(value, digits);
    return Number(text) === 0 ? fixed(0, digits) : text.replace(/^-/, '−');
  };
}

/** 0.01234 → "1.2": a difference of shares, in percentage points. */
export function points(digits: number): Format {
  const format = decimals(digits);
  return (share) => format(share * 100);
}

/** 0.8936 → "89.4 %". */
export function percents(digits: number): Format {
  const format = points(digits);
  return (share) => `${format(share)}\u00a0%`;
}

/** "0.512 (0.508 to 0.516)": the value and its 95 % interval; "–" where there is none. */
export function withInterval(estimate: Estimate | null | undefined, format: Format): string {
  return estimate ? `${format(estimate.value)} ${interval(estimate, format)}` : '–';
}

/** "(0.508 to 0.516)"; with a unit only once: "(88.2 to 89.1 %)". */
export function interval({ low, high }: Estimate, format: Format): string {
  return `(${format(low).replace(/\u00a0%$/, '')} to ${format(high)})`;
}

/** Three significant digits: "0.0123", "12.3", "1.2e-6"; "–" for what is not a number. */
export function amount(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '–';
  const text = value === 0 ? '0' : Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(3);
  return text.replaceAll('-', '−');
}
