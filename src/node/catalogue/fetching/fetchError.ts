import { SelvedgeError } from '../../../core/errors.ts';

/** A picture that could not be fetched. The message names its address without credentials and query. */
export class FetchError extends SelvedgeError {
  /** Whether a later attempt may succeed. */
  readonly retryable: boolean;
  /** How long its host asks to be left alone, in ms, at most a day; null where it does not say. */
  readonly retryAfterMs: number | null;

  constructor(
    message: string,
    {
      retryable = false,
      retryAfterMs = null,
      cause,
    }: { retryable?: boolean; retryAfterMs?: number | null; cause?: unknown } = {},
  ) {
    super('fetch-failed', message, { cause });
    this.retryable = retryable;
    this.retryAfterMs = retryAfterMs;
  }
}

const mostShown = 200;

/** An address for messages: credentials, query and fragment, which may be secret, are left out, and what is long is cut. */
export function shownAddress(address: string): string {
  const bare = withoutSecrets(address)
    .replace(/\p{Cc}/gu, ' ')
    .trim();
  return bare.length > mostShown ? `${bare.slice(0, mostShown)}…` : bare;
}

function withoutSecrets(address: string): string {
  if (URL.canParse(address)) {
    const { protocol, host, pathname } = new URL(address);
    if (protocol === 'http:' || protocol === 'https:') return `${protocol}//${host}${pathname}`;
  }
  return (
    address
      .slice(0, 10_000)
      // URL parsers skip them.
      .replace(/[\t\n\r]/g, '')
      .replace(/[?#].*$/s, '')
      .replace(/^(\s*(?:https?:|ftp:)?[/\\]*)[^/\\]*@/i, '$1')
  );
}
