import { setMaxListeners } from 'node:events';
import { Agent as HttpAgent, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP } from 'node:net';
import { SelvedgeError } from '../../../core/errors.ts';
import { isImage } from '../../images/decode.ts';
import { version } from '../../version.ts';
import { bareHost, checkAddresses, parseAddress, parseAllowedHosts } from './checkAddress.ts';
import { exchange, NoResponse, noResponse } from './exchange.ts';
import { FetchError, shownAddress } from './fetchError.ts';
import { createHostQueue } from './hostQueue.ts';
import { cachedResolver, type Resolver, systemResolver } from './resolver.ts';
import { parseRetryAfter } from './retryAfter.ts';

export interface FetcherOptions {
  /**
   * Hosts that may have private addresses: `host` at ports 80 and 443, `host:port` at that port. Default: none.
   */
  readonly allowHosts?: readonly string[];
  /** The largest picture, in bytes. Default: 20 MB. */
  readonly maxBytes?: number;
  /** For a name's resolution, and for a connection with TLS, each in ms. Default: 10 s. */
  readonly connectMs?: number;
  /** For a picture, redirects included but not the time in the queue, in ms. Default: 60 s. */
  readonly totalMs?: number;
  /** Requests at once. Default: 16. */
  readonly concurrency?: number;
  /** Requests at once to one host. Default: 4. */
  readonly perHost?: number;
  /** Between the starts of two requests to one host, in ms. Default: 25. */
  readonly spacingMs?: number;
  /** Default: the system's. */
  readonly resolver?: Resolver;
  /** Certificate authorities in PEM, in place of Node's. */
  readonly ca?: string;
}

/** What a server said of a picture, to ask later whether it has changed. */
export interface Validators {
  readonly etag?: string;
  readonly lastModified?: string;
}

export interface Fetched extends Validators {
  readonly kind: 'fetched';
  /** A file that starts like a PNG, JPEG or WebP picture. */
  readonly bytes: Uint8Array;
}

export interface NotModified extends Validators {
  readonly kind: 'not-modified';
}

export interface PictureFetcher {
  /**
   * @param address http or https
   * @param previous what an earlier fetch returned with the picture
   * @throws FetchError where there is no picture to be had; SelvedgeError 'aborted' when `signal` is aborted or the fetcher is closed
   */
  fetch(address: string, previous?: Validators, signal?: AbortSignal): Promise<Fetched | NotModified>;
  /** Stops all fetching. */
  close(): void;
}

const mostRedirects = 5;
const redirects = new Set([301, 302, 303, 307, 308]);
const retryable = new Set([408, 425, 429, 500, 502, 503, 504]);
/** For how long a name's checked addresses are used, in ms. */
const keepAddressesMs = 30_000;
/** For how long an unused connection is kept, in ms. */
const keepConnectionsMs = 10_000;
/** Longer validators are not kept. */
const longestValidator = 1_000;

/**
 * Fetches pictures from addresses that others wrote, into memory. Connections are made only to public addresses (see `refusedRange`), or to
 * hosts that are allowed by name. A name is resolved once for a request, all its addresses are checked, and one of them is
 * connected to: a second resolution could give another answer. Redirects, at most 5, are checked in the same way; one from https to http is
 * refused, since anyone on its way could exchange the picture. Proxies from the environment are ignored: a proxy resolves names itself, so that no check
 * would hold. When a host answers with Retry-After, further requests to it fail until then without being sent.
 * @throws SelvedgeError 'bad-option' for a host in `allowHosts` that is none
 */
export function createPictureFetcher(options: FetcherOptions = {}): PictureFetcher {
  const { maxBytes = 20e6, connectMs = 10_000, totalMs = 60_000, ca } = options;
  const allowed = parseAllowedHosts(options.allowHosts ?? []);
  const { concurrency = 16, perHost = 4, spacingMs = 25 } = options;
  const queue = createHostQueue({ concurrency, perHost, spacingMs });
  const resolve = cachedResolver(options.resolver ?? systemResolver, keepAddressesMs);
  const agents = {
    'http:': new HttpAgent({ keepAlive: true, timeout: keepConnectionsMs }),
    'https:': new HttpsAgent({ keepAlive: true, timeout: keepConnectionsMs }),
  };
  const pauses = new Map<string, number>();
  const closing = new AbortController();

  async function fetch(address: string, previous: Validators = {}, signal?: AbortSignal) {
    const stop = new AbortController();
    const abort = () =>
      stop.abort(new SelvedgeError('aborted', `Stopped before ${shownAddress(address)} was fetched.`));
    const signals = signal ? [closing.signal, signal] : [closing.signal];
    // Many fetches may share one.
    setMaxListeners(0, ...signals);
    for (const each of signals) {
      if (each.aborted) abort();
      each.addEventListener('abort', abort, { once: true });
    }
    try {
      return await follow(address, previous, stop);
    } finally {
      for (const each of signals) each.removeEventListener('abort', abort);
    }
  }

  async function follow(address: string, previous: Validators, stop: AbortController): Promise<Fetched | NotModified> {
    const time = { left: totalMs };
    let url = parseAddress(address, allowed);
    for (let hop = 0; hop <= mostRedirects; hop++) {
      try {
        const outcome = await queue.run(url.host, () => inTime(url, previous, stop, time), stop.signal);
        if (outcome.kind !== 'redirect') return outcome;
        url = redirectTarget(url, outcome.location);
      } catch (error) {
        throw hop > 0 && error instanceof FetchError ? redirected(address, error) : error;
      }
    }
    throw new FetchError(
      `${shownAddress(address)} redirects more than ${mostRedirects} times: use the picture's own address.`,
    );
  }

  function redirectTarget(from: URL, location: string): URL {
    try {
      const url = parseAddress(location, allowed, from);
      if (from.protocol === 'https:' && url.protocol === 'http:') {
        throw new FetchError(
          `${shownAddress(url.href)} is not an https address any more: use it itself if you trust it.`,
        );
      }
      return url;
    } catch (error) {
      throw error instanceof FetchError ? redirected(from.href, error) : error;
    }
  }

  /** Sends a request, and stops everything when the time that is left is over. */
  async function inTime(url: URL, previous: Validators, stop: AbortController, time: { left: number }) {
    const start = performance.now();
    const timer = setTimeout(() => {
      const sentence = `${shownAddress(url.href)} did not send the picture within ${totalMs / 1000} s: try again later.`;
      stop.abort(new FetchError(sentence, { retryable: true }));
    }, time.left);
    try {
      return await request(url, previous, stop.signal);
    } finally {
      clearTimeout(timer);
      time.left -= performance.now() - start;
    }
  }

  async function request(url: URL, previous: Validators, signal: AbortSignal) {
    const shown = shownAddress(url.href);
    const pause = (pauses.get(url.host) ?? 0) - Date.now();
    if (pause > 0) throw busy(shown, pause);
    try {
      const addresses = await resolved(url, signal);
      checkAddresses(url, addresses, allowed);
      const agent = agents[url.protocol as keyof typeof agents];
      const headers = headersFor(previous);
      const response = await exchange(url, addresses, { agent, ca, headers, connectMs, signal });
      try {
        return await receive(url, response, previous);
      } finally {
        // Does nothing to a response that was read to its end.
        response.destroy();
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof FetchError) throw error;
      const { message, retryable, cause } = error instanceof NoResponse ? error : noResponse(error);
      throw new FetchError(`${shown} ${message}.`, { retryable, cause: cause ?? error });
    }
  }

  async function resolved(url: URL, signal: AbortSignal): Promise<readonly string[]> {
    const host = bareHost(url);
    if (isIP(host) !== 0) return [host];
    let timer: NodeJS.Timeout | undefined;
    let stop: (() => void) | undefined;
    const limit = new Promise<never>((_, reject) => {
      const seconds = connectMs / 1000;
      const late = new NoResponse(`has a name that was not resolved within ${seconds} s: try again later`, true);
      timer = setTimeout(() => reject(late), connectMs);
      stop = () => reject(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
    });
    try {
      return await Promise.race([resolve(host), limit]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop!);
    }
  }

  async function receive(url: URL, response: IncomingMessage, previous: Validators) {
    const { headers, statusCode: status = 0 } = response;
    const shown = shownAddress(url.href);
    if (redirects.has(status) && headers.location !== undefined) {
      return { kind: 'redirect', location: decodedHeader(headers.location) } as const;
    }
    if (status === 304 && (previous.etag !== undefined || previous.lastModified !== undefined)) {
      // So that the connection can be used again.
      for await (const _ of response);
      return { kind: 'not-modified', ...previous, ...validatorsIn(headers) } as const;
    }
    if (status === 429 || status === 503) {
      const wait = parseRetryAfter(headers['retry-after'], Date.now());
      if (wait !== null) pauseHost(url.host, wait);
      throw busy(shown, wait);
    }
    if (status !== 200) {
      const advice = retryable.has(status) ? 'try again later' : 'check that the picture is there for everyone';
      throw new FetchError(`${shown} answers with status ${status}: ${advice}.`, { retryable: retryable.has(status) });
    }
    const bytes = await readBody(shown, response);
    if (bytes.length === 0) throw new FetchError(`${shown} is empty: check that it is the address of a picture.`);
    if (!isImage(bytes)) {
      throw new FetchError(
        `${shown} is not a PNG, JPEG or WebP picture: check that it is the address of a picture, not of a page.`,
      );
    }
    return { kind: 'fetched', bytes, ...validatorsIn(headers) } as const;
  }

  async function readBody(shown: string, response: IncomingMessage): Promise<Uint8Array> {
    const { headers } = response;
    const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
    if (encoding !== '' && encoding !== 'identity') {
      throw new FetchError(
        `${shown} is compressed although no compression was asked for: its server has to send pictures as they are.`,
      );
    }
    const tooLarge = () =>
      new FetchError(`${shown} has more than ${maxBytes / 1e6} MB: use a smaller copy of the picture.`);
    if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of response as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > maxBytes) throw tooLarge();
      chunks.push(chunk);
    }
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  function pauseHost(host: string, wait: number): void {
    const now = Date.now();
    for (const [name, until] of pauses) if (until <= now) pauses.delete(name);
    pauses.set(host, now + wait);
  }

  return {
    fetch,
    close() {
      closing.abort();
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** The same error of an address that the feed does not contain. */
function redirected(from: string, { message, retryable, retryAfterMs, cause }: FetchError): FetchError {
  return new FetchError(`${shownAddress(from)} redirects: ${message}`, { retryable, retryAfterMs, cause });
}

/** Servers send addresses in UTF-8, which Node reads as Latin-1. */
function decodedHeader(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}

function busy(shown: string, wait: number | null): FetchError {
  const when = wait === null ? 'later' : `in ${Math.ceil(wait / 1000)} s`;
  return new FetchError(`${shown} is on a host that has too much to do: try again ${when}.`, {
    retryable: true,
    retryAfterMs: wait,
  });
}

function headersFor({ etag, lastModified }: Validators): Record<string, string> {
  return {
    'User-Agent': `selvedge/${version}`,
    Accept: 'image/webp,image/png,image/jpeg',
    'Accept-Encoding': 'identity',
    ...(isValidator(etag) && { 'If-None-Match': etag }),
    ...(isValidator(lastModified) && { 'If-Modified-Since': lastModified }),
  };
}

function validatorsIn({ etag, 'last-modified': lastModified }: IncomingHttpHeaders): Validators {
  return { ...(isValidator(etag) && { etag }), ...(isValidator(lastModified) && { lastModified }) };
}

/** What a header may contain: a stored one may have been changed. */
function isValidator(text: string | undefined): text is string {
  return text !== undefined && text.length <= longestValidator && /^[\x20-\x7e\x80-\xff]+$/.test(text);
}
