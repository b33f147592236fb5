import { isIP } from 'node:net';
import { SelvedgeError } from '../../../core/errors.ts';
import { FetchError, shownAddress } from './fetchError.ts';
import { refusedRange } from './refusedRange.ts';

/** Hosts that may have private addresses, and ports besides 80 and 443. */
export interface AllowedHosts {
  /** Whether the host may have any address. */
  has(url: URL): boolean;
  /** Whether the port is one that was named. */
  hasPort(url: URL): boolean;
}

const mostCharacters = 8_000;

/**
 * @param names a host, which may then have any address at ports 80 and 443, or `host:port`, which may have any address at that port;
 *   IPv6 addresses in brackets
 * @throws SelvedgeError 'bad-option'
 */
export function parseAllowedHosts(names: readonly string[]): AllowedHosts {
  const allowed = new Set(names.map(parseAllowed));
  const withPort = (url: URL) => allowed.has(`${url.hostname}:${portOf(url)}`);
  return {
    has: (url) => (usesOwnPort(url) && allowed.has(url.hostname)) || withPort(url),
    hasPort: withPort,
  };
}

function parseAllowed(name: string): string {
  const [, host, port] = /^(\[[^\]]*\]|[^:[\]/?#@\\\s]+)(?::(\d{1,5}))?$/.exec(name) ?? [];
  const url = host === undefined ? undefined : parsed(`http://${host}/`);
  if (!url || (port !== undefined && !(Number(port) >= 1 && Number(port) <= 65_535))) {
    throw new SelvedgeError(
      'bad-option',
      `The allowed host '${name}' is neither a host nor host:port: write it like pictures.example or pictures.example:8080.`,
    );
  }
  return port === undefined ? url.hostname : `${url.hostname}:${Number(port)}`;
}

function parsed(address: string, base?: URL): URL | undefined {
  return URL.canParse(address, base?.href) ? new URL(address, base) : undefined;
}

/** The port that a connection is made to. */
export function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

function usesOwnPort(url: URL): boolean {
  return [80, 443].includes(portOf(url));
}

/**
 * Parses the address of a picture: http or https, port 80 or 443 or one that is allowed by name, no credentials. The host's own
 * addresses are not yet checked.
 * @param base of a redirect's address, which may be relative
 * @throws FetchError
 */
export function parseAddress(address: string, allowed: AllowedHosts, base?: URL): URL {
  const fail = (reason: string): never => {
    throw new FetchError(`${shownAddress(address)} ${reason}.`);
  };
  const url = address.length > mostCharacters ? undefined : parsed(address, base);
  if (!url) return fail('is not a complete address: write it like https://pictures.example/shirt.jpg');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    fail('is not an http or https address: pictures are fetched from no other kind');
  }
  if (url.username !== '' || url.password !== '') {
    fail('contains a user name or password: use an address that needs none');
  }
  if (!usesOwnPort(url) && !allowed.hasPort(url)) {
    fail(`names port ${portOf(url)}: use port 80 or 443, or allow ${url.host} by name`);
  }
  url.hash = '';
  return url;
}

/** The host without an IPv6 address's brackets. */
export function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/**
 * Whether a connection to all of a host's addresses may be made; one that may not is enough to refuse it. The message does not contain
 * the address, so that it says nothing about a network's names.
 * @throws FetchError
 */
export function checkAddresses(url: URL, addresses: readonly string[], allowed: AllowedHosts): void {
  const shown = shownAddress(url.href);
  if (addresses.length === 0) throw new FetchError(`${shown} has a name without addresses: check the name.`);
  for (const address of addresses) {
    if (isIP(address) === 0) throw new FetchError(`${shown} leads to something that is no IP address: check the name.`);
    const range = allowed.has(url) ? undefined : refusedRange(address);
    if (range !== undefined) {
      throw new FetchError(`${shown} leads to ${range}: use a public address, or allow ${url.host} by name.`);
    }
  }
}
