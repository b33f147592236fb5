import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

const words: Readonly<Record<string, string>> = {
  private: 'a private address',
  uniqueLocal: 'a private address',
  deprecatedSiteLocal: 'a private address',
  loopback: 'an address of this machine itself',
  unspecified: 'an address of this machine itself',
  linkLocal: 'a link-local address',
  multicast: 'a multicast address',
  broadcast: 'a broadcast address',
  carrierGradeNat: 'an address of a carrier-grade NAT',
  ipv4Mapped: 'an IPv4 address inside an IPv6 one',
  rfc6145: 'an IPv4 address inside an IPv6 one',
  rfc6052: 'an IPv4 address inside an IPv6 one (NAT64)',
  '6to4': 'an IPv4 address inside an IPv6 one (6to4)',
  teredo: 'an IPv4 address inside an IPv6 one (Teredo)',
};
const reserved = 'an address reserved for other purposes';

const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');
/** Looks public, but reaches a service of the machine's own host in Azure. */
const azureHost = '168.63.129.16';

/**
 * Why no connection may be made to an address, in words, or undefined where it is a public unicast address. IPv4 addresses that are
 * embedded in IPv6 ones are refused whatever they are.
 * @param address as a resolver returns it: dotted IPv4, or IPv6 without brackets
 * @see IANA's registries of special-purpose addresses, as ipaddr.js contains them
 */
export function refusedRange(address: string): string | undefined {
  const family = address.includes('%') ? 0 : isIP(address);
  if (family === 4) {
    const range = ipaddr.IPv4.parse(address).range();
    if (address === azureHost) return reserved;
    return range === 'unicast' ? undefined : (words[range] ?? reserved);
  }
  if (family === 6) {
    const parsed = ipaddr.IPv6.parse(address);
    const range = parsed.range();
    if (range !== 'unicast') return words[range] ?? reserved;
    // All other unicast addresses are reserved; among them are the IPv4-compatible ones.
    return parsed.match(globalUnicast) ? undefined : reserved;
  }
  return 'no IP address without a zone';
}
