import { lookup } from 'node:dns/promises';

/** The addresses of a host name, dotted IPv4 and IPv6, in the order in which to try them. */
export type Resolver = (host: string) => Promise<readonly string[]>;

/** As other programs of this machine resolve names, its hosts file included. */
export const systemResolver: Resolver = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);

const mostHosts = 10_000;

/** Keeps answers, errors excepted, so that many pictures of one host do not occupy the threads that resolve names. */
export function cachedResolver(resolve: Resolver, keepMs: number): Resolver {
  const answers = new Map<string, { readonly until: number; readonly addresses: Promise<readonly string[]> }>();
  return (host) => {
    const now = performance.now();
    const known = answers.get(host);
    if (known && known.until > now) return known.addresses;
    if (answers.size >= mostHosts) answers.clear();
    const addresses = resolve(host);
    answers.set(host, { until: now + keepMs, addresses });
    addresses.catch(() => answers.delete(host));
    return addresses;
  };
}
