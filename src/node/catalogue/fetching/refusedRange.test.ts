import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAddress, parseAllowedHosts } from './checkAddress.ts';
import { refusedRange } from './refusedRange.ts';

/** IANA's special-purpose IPv4 addresses, multicast, and Azure's host: first address and length of the prefix. */
const ranges4: readonly (readonly [name: string, first: string, length: number])[] = [
  ['this network', '0.0.0.0', 8],
  ['private', '10.0.0.0', 8],
  ['carrier-grade NAT', '100.64.0.0', 10],
  ['loopback', '127.0.0.0', 8],
  ['link-local', '169.254.0.0', 16],
  ['private', '172.16.0.0', 12],
  ['IETF protocols', '192.0.0.0', 24],
  ['documentation', '192.0.2.0', 24],
  ['6to4 relays', '192.88.99.0', 24],
  ['private', '192.168.0.0', 16],
  ['benchmarks', '198.18.0.0', 15],
  ['documentation', '198.51.100.0', 24],
  ['documentation', '203.0.113.0', 24],
  ['multicast', '224.0.0.0', 4],
  ['reserved', '240.0.0.0', 4],
  ['broadcast', '255.255.255.255', 32],
  ["Azure's host", '168.63.129.16', 32],
];

const toNumber = (address: string) => address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
const dotted = (value: number) => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
const lastOf = (first: string, length: number) => toNumber(first) + 2 ** (32 - length) - 1;
const hexGroups = (value: number) => `${Math.floor(value / 65_536).toString(16)}:${(value % 65_536).toString(16)}`;

test.each(ranges4)('IPv4 for %s, %s/%i, is refused from its first address to its last', (_, first, length) => {
  for (const value of [toNumber(first), lastOf(first, length)]) expect(refusedRange(dotted(value))).toMatch(/^an? /);
});

test.each([
  ['8.8.8.8'],
  ['9.255.255.255'],
  ['11.0.0.0'],
  ['100.63.255.255'],
  ['100.128.0.0'],
  ['126.255.255.255'],
  ['128.0.0.0'],
  ['169.253.255.255'],
  ['169.255.0.0'],
  ['172.15.255.255'],
  ['172.32.0.0'],
  ['192.167.255.255'],
  ['192.169.0.0'],
  ['198.17.255.255'],
  ['198.20.0.0'],
  ['223.255.255.255'],
  ['2606:4700:4700::1111'],
  ['2a00:1450:4001:82a::200e'],
])('%s is public', (address) => {
  expect(refusedRange(address)).toBeUndefined();
});

test.each([
  ['unspecified', '::'],
  ['loopback', '::1'],
  ['IPv4-compatible', '::8.8.8.8'],
  ['IPv4-mapped', '::ffff:8.8.8.8'],
  ['IPv4-mapped, in hexadecimal', '::ffff:0808:0808'],
  ['IPv4-translated', '::ffff:0:8.8.8.8'],
  ['NAT64', '64:ff9b::8.8.8.8'],
  ['NAT64 of a network', '64:ff9b:1::1'],
  ['the last of NAT64 of a network', '64:ff9b:1:ffff:ffff:ffff:ffff:ffff'],
  ['discarded', '100::1'],
  ['Teredo', '2001::1'],
  ['IETF protocols', '2001:1::1'],
  ['benchmarks', '2001:2::1'],
  ['ORCHIDv2', '2001:20::1'],
  ['documentation', '2001:db8::1'],
  ['6to4 of a private address', '2002:a00:1::1'],
  ['6to4 of a public address', '2002:808:808::1'],
  ['documentation', '3fff::1'],
  ['segment routing', '5f00::1'],
  ['unallocated', '4000::1'],
  ['unique-local', 'fc00::1'],
  ["unique-local, Amazon's metadata", 'fd00:ec2::254'],
  ['link-local', 'fe80::1'],
  ['the last link-local', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['link-local with a zone', 'fe80::1%eth0'],
  ['public with a zone', '2606:4700:4700::1111%eth0'],
  ['site-local', 'fec0::1'],
  ['multicast', 'ff02::1'],
  ['no address', 'shop.example'],
  ['IPv4 with a leading zero', '010.0.0.1'],
  ['empty', ''],
])('IPv6 and others: %s, %s, is refused', (_, address) => {
  expect(refusedRange(address)).toMatch(/^(an? |no IP address)/);
});

const inRange4 = fc
  .constantFrom(...ranges4)
  .chain(([, first, length]) => fc.integer({ min: toNumber(first), max: lastOf(first, length) }));

/** A number as an address may spell it. */
const spelt = (value: number) =>
  fc.constantFrom(
    `${value}`,
    `0x${value.toString(16)}`,
    `0X${value.toString(16).toUpperCase()}`,
    `0${value.toString(8)}`,
  );

/** Every spelling that URLs allow: one to four parts, each decimal, octal or hexadecimal. */
const spellings4 = inRange4.chain((value) => {
  const bytes = dotted(value).split('.').map(Number);
  const rest = (from: number) => bytes.slice(from).reduce((sum, byte) => sum * 256 + byte, 0);
  const forms = [1, 2, 3, 4].map((parts) => [...bytes.slice(0, parts - 1), rest(parts - 1)]);
  return fc
    .constantFrom(...forms)
    .chain((form) => fc.tuple(...form.map(spelt)).map((parts) => parts.join('.')))
    .chain((host) => fc.constantFrom(host, `${host}.`, host.replaceAll('.', '%2e'), host.replaceAll('.', '。')));
});

test('every spelling of an IPv4 address in every refused range is refused', () => {
  const none = parseAllowedHosts([]);
  fc.assert(
    fc.property(spellings4, (host) => {
      const { hostname } = parseAddress(`http://${host}/a.png`, none);
      expect(refusedRange(hostname)).toMatch(/^an? /);
    }),
    { numRuns: 2_000, seed: 1 },
  );
});

test('an IPv4 address inside an IPv6 one is refused in every spelling', () => {
  const none = parseAllowedHosts([]);
  const prefix = fc.constantFrom('::', '::ffff:', '::ffff:0:', '64:ff9b::', '64:ff9b:1::', '0:0:0:0:0:FFFF:');
  fc.assert(
    fc.property(
      prefix,
      fc.oneof(inRange4, fc.integer({ min: 0, max: 2 ** 32 - 1 })),
      fc.boolean(),
      (start, value, hex) => {
        const address = `${start}${hex ? hexGroups(value) : dotted(value)}`;
        const { hostname } = parseAddress(`https://[${address}]/`, none);
        expect(refusedRange(hostname.slice(1, -1))).toMatch(/^an? /);
        expect(refusedRange(address)).toMatch(/^an? /);
      },
    ),
    { numRuns: 1_000, seed: 1 },
  );
});
