import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkAddresses, parseAddress, parseAllowedHosts } from './checkAddress.ts';
import { FetchError, shownAddress } from './fetchError.ts';

const none = parseAllowedHosts([]);

function failureOf(action: () => unknown): FetchError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(FetchError);
    return error as FetchError;
  }
  throw new Error('nothing was thrown');
}

test.each([
  ['http://shop.example/a.png', 'http://shop.example/a.png'],
  ['https://shop.example:443/a.png?size=2#top', 'https://shop.example/a.png?size=2'],
  ['http://shop.example:443/a.png', 'http://shop.example:443/a.png'],
  ['  HTTPS://SHOP.example/ä b.png\n', 'https://shop.example/%C3%A4%20b.png'],
  ['https:\\\\shop.example\\a.png', 'https://shop.example/a.png'],
])('%j is fetched as %s', (address, expected) => {
  expect(parseAddress(address, none).href).toBe(expected);
});

test.each([
  ['file:///etc/passwd', /is not an http or https address/],
  ['ftp://shop.example/a.png', /is not an http or https address/],
  ['data:image/png;base64,AAAA', /is not an http or https address/],
  ['blob:https://shop.example/1', /is not an http or https address/],
  ['javascript:alert(1)', /is not an http or https address/],
  ['gopher://shop.example:70/', /is not an http or https address/],
  ['unix:/run/docker.sock', /is not an http or https address/],
  ['a.png', /is not a complete address/],
  ['//shop.example/a.png', /is not a complete address/],
  ['', /is not a complete address/],
  ['http://', /is not a complete address/],
  ['http://[fe80::1%25eth0]/a.png', /is not a complete address/],
  ['http://[fe80::1%eth0]/a.png', /is not a complete address/],
  ['http://256.1.1.1/a.png', /is not a complete address/],
  ['http://shop example/a.png', /is not a complete address/],
  [`https://shop.example/${'a'.repeat(8_000)}`, /is not a complete address/],
  ['http://user@shop.example/a.png', /contains a user name or password/],
  ['http://:secret@shop.example/a.png', /contains a user name or password/],
  ['http:user:secret@shop.example/a.png', /contains a user name or password/],
  ['http://shop.example:8080/a.png', /names port 8080: use port 80 or 443, or allow shop\.example:8080 by name/],
  ['https://shop.example:22/a.png', /names port 22/],
  ['http://shop.example:0/a.png', /names port 0/],
])('%j is refused', (address, message) => {
  const failure = failureOf(() => parseAddress(address, none));
  expect(failure.message).toMatch(message);
  expect(failure.message).toMatch(/\.$/);
  expect(failure.message.length).toBeLessThan(350);
  expect(failure.message).not.toContain('secret');
  expect(failure).toMatchObject({ code: 'fetch-failed', retryable: false, retryAfterMs: null });
});

test('one refused address among several is enough, and the message does not contain it', () => {
  const url = parseAddress('https://shop.example/a.png?key=secret', none);
  expect(() => checkAddresses(url, ['8.8.8.8', '2606:4700:4700::1111'], none)).not.toThrow();
  const { message } = failureOf(() => checkAddresses(url, ['8.8.8.8', '10.1.2.3'], none));
  expect(message).toBe(
    'https://shop.example/a.png leads to a private address: use a public address, or allow shop.example by name.',
  );
});

test.each([[[]], [['shop.example']], [['127.1']]])('a resolver that answers %j gives no address', (addresses) => {
  const url = parseAddress('https://shop.example/', none);
  expect(failureOf(() => checkAddresses(url, addresses, none)).message).toMatch(/check the name\.$/);
  const allowed = parseAllowedHosts(['shop.example']);
  expect(failureOf(() => checkAddresses(url, addresses, allowed)).message).toMatch(/check the name\.$/);
});

test('a host that is allowed by name may have a private address, at its port only', () => {
  const allowed = parseAllowedHosts(['Intern.example', 'other.example:8080', '[::1]', '127.0.0.1:8443']);
  const check = (address: string, addresses: string[]) => {
    checkAddresses(parseAddress(address, allowed), addresses, allowed);
    return true;
  };
  expect(check('http://intern.example/a', ['10.0.0.1'])).toBe(true);
  expect(check('https://INTERN.example/a', ['10.0.0.1'])).toBe(true);
  expect(check('http://other.example:8080/a', ['10.0.0.1'])).toBe(true);
  expect(check('http://[0:0::1]/a', ['::1'])).toBe(true);
  expect(check('http://2130706433:8443/a', ['127.0.0.1'])).toBe(true);
  expect(() => check('http://intern.example:8080/a', ['10.0.0.1'])).toThrow(/names port 8080/);
  expect(() => check('http://other.example/a', ['10.0.0.1'])).toThrow(/leads to a private address/);
  expect(() => check('http://127.0.0.1/a', ['127.0.0.1'])).toThrow(/this machine/);
  expect(() => check('http://sub.intern.example/a', ['10.0.0.1'])).toThrow(/private/);
  expect(() => check('http://intern.example./a', ['10.0.0.1'])).toThrow(/private/);
});

test.each([[''], ['http://a.example'], ['a b'], ['a.example:0'], ['a.example:99999'], ['a.example/x'], ['::1']])(
  'an allowed host cannot be %j',
  (name) => {
    expect(() => parseAllowedHosts([name])).toThrow(/is neither a host nor host:port/);
  },
);

test('an asterisk allows no host', () => {
  expect(parseAllowedHosts(['*']).has(new URL('http://a.example/'))).toBe(false);
});

test('messages contain neither credentials nor query, whatever the address', () => {
  const secret = fc.stringMatching(/^[a-z0-9:@]{0,5}SECRET[a-z0-9:@]{0,5}$/);
  const start = fc.constantFrom('http://', 'https:', 'HTTP:\\\\', 'ftp://', '//', 'ht\ntp://', ' http:/', '');
  const end = fc.constantFrom('shop.example/a', 'shop.example:99999/', '[::1', '127.1');
  fc.assert(
    fc.property(start, secret, end, secret, (scheme, credentials, host, query) => {
      expect(shownAddress(`${scheme}${credentials}@${host}?${query}`)).not.toContain('SECRET');
      expect(shownAddress(`${scheme}${host}#${query}`)).not.toContain('SECRET');
    }),
    { numRuns: 500, seed: 1 },
  );
});

test('any text as an address is a web address without credentials or refused', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl({ withQueryParameters: true })), (text) => {
      try {
        const { protocol, username, password, port } = parseAddress(text, none);
        expect(['http:', 'https:']).toContain(protocol);
        expect([username, password]).toEqual(['', '']);
        expect(['', '80', '443']).toContain(port);
      } catch (error) {
        expect(error).toBeInstanceOf(FetchError);
      }
    }),
    { numRuns: 500, seed: 1 },
  );
});
