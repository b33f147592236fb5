/** A longer pause is not believed: one day, in ms. */
const longest = 86_400_000;

/**
 * A Retry-After header as ms from `now`, at most a day.
 * @returns null where there is none, or it is neither seconds nor a date
 * @see RFC 9110, 10.2.3
 */
export function parseRetryAfter(header: string | undefined, now: number): number | null {
  const text = header?.trim() ?? '';
  const wait = /^\d+$/.test(text)
    ? Number(text) * 1000
    : /^[A-Z][a-z]{2,8},? /.test(text)
      ? Date.parse(text) - now
      : NaN;
  return Number.isNaN(wait) ? null : Math.min(Math.max(wait, 0), longest);
}
