import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server as NetServer, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { version } from '../../version.ts';
import { createPictureFetcher, type FetcherOptions, type PictureFetcher } from './createPictureFetcher.ts';
import { FetchError } from './fetchError.ts';

let png: Buffer;
beforeAll(async () => {
  png = await sharp({ create: { width: 2, height: 2, channels: 3, background: '#c81e64' } })
    .png()
    .toBuffer();
});

/** A self-signed certificate for pictures.example, valid from 2020 to 2120, and its key. */
const pem = (name: string) => readFileSync(new URL(`../../../../test/fixtures/tls/${name}.pem`, import.meta.url));

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
  vi.restoreAllMocks();
});

interface Served {
  readonly host: string;
  readonly requests: IncomingMessage[];
  readonly connections: () => number;
}

async function listen(server: NetServer): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A server on the loopback interface under a name, which only the resolver of these tests knows. */
async function serve(
  listener: RequestListener,
  make: (listener: RequestListener) => Server = createServer,
): Promise<Served> {
  const requests: IncomingMessage[] = [];
  let connections = 0;
  const server = make((request, response) => {
    requests.push(request);
    listener(request, response);
  });
  server.on('connection', () => connections++);
  return { host: `pictures.example:${await listen(server)}`, requests, connections: () => connections };
}

const loopback = async () => ['127.0.0.1'];

function fetcherFor(hosts: readonly string[], options: FetcherOptions = {}): PictureFetcher {
  const fetcher = createPictureFetcher({ allowHosts: hosts, resolver: loopback, spacingMs: 0, ...options });
  closing.push(fetcher.close);
  return fetcher;
}

async function failureOf(promise: Promise<unknown>): Promise<FetchError> {
  const error = await promise.then(
    () => undefined,
    (each: unknown) => each,
  );
  expect(error).toBeInstanceOf(FetchError);
  const failure = error as FetchError;
  expect(failure.message).toMatch(/^(http|file|ftp|data)\S* .*\.$/);
  return failure;
}

/** Answers a connection to anything but loopback without making it. */
function watchConnections(): string[] {
  const targets: string[] = [];
  const connect = Socket.prototype.connect;
  vi.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket, ...args: unknown[]) {
    const [{ host }] = (Array.isArray(args[0]) ? args[0] : args) as [{ host: string }];
    targets.push(host);
    if (host === '127.0.0.1') return connect.apply(this, args as never);
    Object.assign(this, { connecting: true });
    setImmediate(() => this.destroy(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })));
    return this;
  } as typeof connect);
  return targets;
}

describe('a picture', () => {
  test('comes whole, with its validators, for a request that names the program and wants no compression', async () => {
    const { host, requests } = await serve((_, response) => {
      response.setHeader('ETag', '"1"');
      response.setHeader('Last-Modified', 'Thu, 01 Jan 2026 00:00:00 GMT');
      response.end(png);
    });
    const fetched = await fetcherFor([host]).fetch(`http://${host}/a%20b.png?size=2#top`);
    expect(fetched).toEqual({
      kind: 'fetched',
      bytes: new Uint8Array(png),
      etag: '"1"',
      lastModified: 'Thu, 01 Jan 2026 00:00:00 GMT',
    });
    expect(requests[0]!.url).toBe('/a%20b.png?size=2');
    expect(requests[0]!.headers).toMatchObject({
      host,
      'user-agent': `selvedge/${version}`,
      'accept-encoding': 'identity',
    });
    expect(requests[0]!.headers).not.toHaveProperty('if-none-match');
  });

  test('that has not changed is not sent again, and the connection is kept', async () => {
    const { host, requests, connections } = await serve((request, response) => {
      response.setHeader('ETag', '"1"');
      if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end();
      else response.end(png);
    });
    const { fetch } = fetcherFor([host]);
    const address = `http://${host}/a.png`;
    expect((await fetch(address)).kind).toBe('fetched');
    const since = 'Thu, 01 Jan 2026 00:00:00 GMT';
    expect(await fetch(address, { etag: '"1"', lastModified: since })).toEqual({
      kind: 'not-modified',
      etag: '"1"',
      lastModified: since,
    });
    expect((await fetch(address, { etag: '"0"' })).kind).toBe('fetched');
    expect(requests.map(({ headers }) => headers['if-modified-since'])).toEqual([undefined, since, undefined]);
    expect(connections()).toBe(1);
  });

  test('is asked for anew where what is stored about it cannot be a header', async () => {
    const { host, requests } = await serve((_, response) => response.end(png));
    await fetcherFor([host]).fetch(`http://${host}/`, { etag: 'x\r\nX-Injected: 1', lastModified: 'y'.repeat(2_000) });
    expect(requests[0]!.rawHeaders.join()).not.toMatch(/if-none-match|if-modified-since|x-injected/i);
  });

  test('on a kept connection that its server has closed meanwhile is fetched on another', async () => {
    const used = new Set<unknown>();
    const { host, connections } = await serve(({ socket }, response) => {
      if (used.has(socket)) socket.destroy();
      else response.end(png);
      used.add(socket);
    });
    const { fetch } = fetcherFor([host]);
    for (let i = 0; i < 2; i++) expect((await fetch(`http://${host}/`)).kind).toBe('fetched');
    expect(connections()).toBe(2);
  });

  test('over TLS: the name reaches the server, and is what the certificate must be for', async () => {
    const names: unknown[] = [];
    const { host } = await serve(
      (request, response) => {
        names.push((request.socket as unknown as { servername: string }).servername, request.headers.host);
        response.end(png);
      },
      (listener) => createSecureServer({ key: pem('key'), cert: pem('certificate') }, listener) as unknown as Server,
    );
    const other = host.replace('pictures', 'other');
    const address = host.replace('pictures.example', '127.0.0.1');
    const trusting = fetcherFor([host, other, address], { ca: pem('certificate').toString() });
    expect((await trusting.fetch(`https://${host}/a.png`)).kind).toBe('fetched');
    expect(names).toEqual(['pictures.example', host]);
    for (const refused of [other, address]) {
      const { message, retryable } = await failureOf(trusting.fetch(`https://${refused}/`));
      expect(message).toMatch(/certificate that cannot be trusted \(ERR_TLS_CERT_ALTNAME_INVALID\)/);
      expect(retryable).toBe(false);
    }
    expect((await failureOf(fetcherFor([host]).fetch(`https://${host}/`))).message).toMatch(/cannot be trusted/);
    expect(names).toHaveLength(2);
  });
});

describe('what is refused without a connection', () => {
  const public4 = '93.184.215.14';

  test.each([
    ['file:///etc/passwd', /not an http or https/],
    ['ftp://shop.example/a.png', /not an http or https/],
    ['data:image/png;base64,AAAA', /not an http or https/],
    ['http://user:secret@shop.example/', /user name or password/],
    ['http://shop.example:8080/', /names port 8080/],
    ['http://127.0.0.1/', /this machine/],
    ['http://2130706433/', /this machine/],
    ['http://0x7f.1/', /this machine/],
    ['http://017700000001/', /this machine/],
    ['http://127.1/', /this machine/],
    ['http://0/', /this machine/],
    ['http://169.254.169.254/latest/meta-data/', /link-local/],
    ['http://[::1]/', /this machine/],
    ['http://[::ffff:127.0.0.1]/', /IPv4 address inside/],
    ['http://[64:ff9b::a00:1]/', /NAT64/],
    ['http://[fd00::1]/', /private/],
  ])('%s', async (address, message) => {
    const targets = watchConnections();
    const failure = await failureOf(fetcherFor([]).fetch(address));
    expect(failure.message).toMatch(message);
    expect(failure.message).not.toContain('secret');
    expect(failure.retryable).toBe(false);
    expect(targets).toEqual([]);
  });

  test.each([
    [['10.0.0.1']],
    [[public4, '192.168.0.1']],
    [['100.64.0.1']],
    [['::ffff:10.0.0.1']],
    [['64:ff9b:1::1']],
    [['2002:a00:1::1']],
    [['fe80::1%eth0']],
    [[]],
  ])('a name that resolves to %j', async (addresses) => {
    const targets = watchConnections();
    const fetcher = fetcherFor([], { resolver: async () => addresses });
    const { message } = await failureOf(fetcher.fetch('https://shop.example/a.png'));
    expect(message).toMatch(/leads to|check the name/);
    expect(targets).toEqual([]);
  });

  test('localhost, as the system resolves it', async () => {
    const fetcher = createPictureFetcher();
    closing.push(fetcher.close);
    const targets = watchConnections();
    expect((await failureOf(fetcher.fetch('http://localhost/'))).message).toMatch(/this machine/);
    expect(targets).toEqual([]);
  });

  test.each([['http'], ['https']])(
    'a private address behind a public one (DNS rebinding, %s): one resolution, and the checked address is connected to',
    async (scheme) => {
      const targets = watchConnections();
      const resolver = vi.fn().mockResolvedValueOnce([public4]).mockResolvedValue(['127.0.0.1']);
      const { message, retryable } = await failureOf(
        fetcherFor([], { resolver }).fetch(`${scheme}://shop.example/a.png`),
      );
      expect(message).toBe(`${scheme}://shop.example/a.png refuses the connection: try again later.`);
      expect(retryable).toBe(true);
      expect(resolver.mock.calls).toEqual([['shop.example']]);
      expect(targets).toEqual([public4]);
    },
  );

  test('the proxy that the environment names', async () => {
    vi.stubEnv('http_proxy', 'http://127.0.0.1:1');
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:1');
    vi.stubEnv('NODE_USE_ENV_PROXY', '1');
    const targets = watchConnections();
    await failureOf(fetcherFor([], { resolver: async () => [public4] }).fetch('http://shop.example/'));
    vi.unstubAllEnvs();
    expect(targets).toEqual([public4]);
  });
});

test('where one address refuses the connection, the next is connected to', async () => {
  const { host } = await serve((_, response) => response.end(png));
  const targets = watchConnections();
  const fetcher = fetcherFor([host], { resolver: async () => ['192.0.2.1', '127.0.0.1'] });
  expect((await fetcher.fetch(`http://${host}/`)).kind).toBe('fetched');
  expect(targets).toEqual(['192.0.2.1', '127.0.0.1']);
});

describe('redirects', () => {
  const redirectTo =
    (location: string): RequestListener =>
    (request, response) => {
      if (request.url === '/a.png') response.end(png);
      else response.writeHead(302, { Location: location }).end();
    };

  test('lead to the picture, relative ones too', async () => {
    const { host, requests } = await serve(redirectTo('/a.png'));
    expect((await fetcherFor([host]).fetch(`http://${host}/old`)).kind).toBe('fetched');
    expect(requests.map(({ url }) => url)).toEqual(['/old', '/a.png']);
  });

  test('5 are followed, 6 are not', async () => {
    const { host } = await serve((request, response) => {
      const left = Number(request.url!.slice(1));
      if (left === 0) response.end(png);
      else response.writeHead(307, { Location: `/${left - 1}` }).end();
    });
    const { fetch } = fetcherFor([host]);
    expect((await fetch(`http://${host}/5`)).kind).toBe('fetched');
    const { message, retryable } = await failureOf(fetch(`http://${host}/6`));
    expect(message).toMatch(/redirects more than 5 times/);
    expect(retryable).toBe(false);
  });

  test.each([
    ['http://10.0.0.1/', /redirects: http:\/\/10\.0\.0\.1\/ leads to a private address/],
    ['//[::1]/', /leads to an address of this machine/],
    ['http://[::ffff:a00:1]/', /leads to an IPv4 address inside an IPv6 one/],
    ['http://intern.example/', /intern\.example\/ leads to a link-local address/],
    ['http://169.254.169.254:8080/', /names port 8080/],
    ['file:///etc/passwd', /redirects: file:\/\/\/etc\/passwd is not an http or https address/],
    ['http://user:secret@shop.example/', /contains a user name or password/],
    ['data:image/png;base64,AAAA', /is not an http or https address/],
    ['http://[', /is not a complete address/],
  ])('to %s are refused', async (location, message) => {
    const { host } = await serve(redirectTo(location));
    const targets = watchConnections();
    const resolver = async (name: string) => [name === 'intern.example' ? '169.254.169.254' : '127.0.0.1'];
    const failure = await failureOf(fetcherFor([host], { resolver }).fetch(`http://${host}/old`));
    expect(failure.message).toMatch(message);
    expect(failure.message.startsWith(`http://${host}/old redirects: `)).toBe(true);
    expect(failure.message).not.toContain('secret');
    expect(targets).toEqual(['127.0.0.1']);
  });

  test('from https to http are refused', async () => {
    const plain = await serve((_, response) => response.end(png));
    const { host } = await serve(
      redirectTo(`http://${plain.host}/`),
      (listener) => createSecureServer({ key: pem('key'), cert: pem('certificate') }, listener) as unknown as Server,
    );
    const fetcher = fetcherFor([host, plain.host], { ca: pem('certificate').toString() });
    expect((await failureOf(fetcher.fetch(`https://${host}/old`))).message).toMatch(/is not an https address any more/);
    expect(plain.requests).toEqual([]);
  });

  test('without a target are no picture', async () => {
    const { host } = await serve((_, response) => response.writeHead(302).end());
    expect((await failureOf(fetcherFor([host]).fetch(`http://${host}/`))).message).toMatch(/answers with status 302/);
  });
});

describe('answers that are no picture', () => {
  test.each<[string, RequestListener, RegExp, boolean]>([
    ['a page', (_, r) => r.end('<!doctype html>'), /is not a PNG, JPEG or WebP picture/, false],
    [
      'a script as image/png',
      (_, r) => r.setHeader('Content-Type', 'image/png').end('#!/bin/sh'),
      /is not a PNG/,
      false,
    ],
    ['an SVG', (_, r) => r.end('<svg xmlns="http://www.w3.org/2000/svg"/>'), /is not a PNG/, false],
    ['nothing', (_, r) => r.end(), /is empty/, false],
    ['404', (_, r) => r.writeHead(404).end('no'), /answers with status 404: check/, false],
    ['403', (_, r) => r.writeHead(403).end('no'), /status 403/, false],
    ['a part', (_, r) => r.writeHead(206).end(png), /status 206/, false],
    ['304 to no question', (_, r) => r.writeHead(304).end(), /status 304/, false],
    ['500', (_, r) => r.writeHead(500).end('no'), /status 500: try again later/, true],
    ['502', (_, r) => r.writeHead(502).end('no'), /status 502/, true],
    ['gzip', (_, r) => r.setHeader('Content-Encoding', 'gzip').end(gzipSync(png)), /is compressed/, false],
    ['brotli', (_, r) => r.setHeader('Content-Encoding', 'br').end(png), /is compressed/, false],
    [
      'a cut body',
      (_, r) => r.writeHead(200, { 'Content-Length': 500 }).write(png, () => r.destroy()),
      /closed the connection early/,
      true,
    ],
    ['no answer', (_, r) => r.destroy(), /closed the connection early/, true],
    [
      'endless headers',
      (_, r) => r.writeHead(200, { 'X-Long': 'x'.repeat(20_000) }).end(png),
      /other than HTTP/,
      false,
    ],
  ])('%s', async (_, listener, message, retryable) => {
    const { host } = await serve(listener);
    const failure = await failureOf(fetcherFor([host]).fetch(`http://${host}/a.png?key=secret`));
    expect(failure.message).toMatch(message);
    expect(failure.message).not.toContain('secret');
    expect(failure).toMatchObject({ retryable, retryAfterMs: null });
  });

  test('something other than HTTP', async () => {
    const server = createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    const host = `pictures.example:${await listen(server)}`;
    const { fetch } = fetcherFor([host]);
    expect((await failureOf(fetch(`http://${host}/`))).message).toMatch(/other than HTTP/);
    expect((await failureOf(fetch(`https://${host}/`))).message).toMatch(/fails to set up TLS/);
  });

  test('a name that does not resolve', async () => {
    const answers = ['ENOTFOUND', 'EAI_AGAIN'];
    const resolver = () => Promise.reject(Object.assign(new Error(), { code: answers.shift() }));
    const { fetch } = fetcherFor([], { resolver });
    expect(await failureOf(fetch('http://shop.example/'))).toMatchObject({
      message: 'http://shop.example/ has a name that cannot be resolved: check the name.',
      retryable: false,
    });
    expect(await failureOf(fetch('http://shop.example/'))).toMatchObject({ retryable: true });
  });
});

describe('limits', () => {
  test('more than 20 MB are refused by their declared length, before they are read', async () => {
    let sent = 0;
    const { host } = await serve((_, response) => {
      response.writeHead(200, { 'Content-Length': 20_000_001 });
      response.write(png);
      sent++;
    });
    const { message, retryable } = await failureOf(fetcherFor([host]).fetch(`http://${host}/`));
    expect(message).toMatch(/has more than 20 MB/);
    expect([retryable, sent]).toEqual([false, 1]);
  });

  test('an endless body is read to the limit only', async () => {
    let sent = 0;
    let isClosed = false;
    const { host } = await serve((_, response) => {
      const more = () => {
        while (!isClosed && response.write(Buffer.alloc(65_536, 1))) sent += 65_536;
        sent += 65_536;
      };
      response.on('drain', more).on('close', () => {
        isClosed = true;
      });
      more();
    });
    const fetcher = fetcherFor([host], { maxBytes: 1e6 });
    expect((await failureOf(fetcher.fetch(`http://${host}/`))).message).toMatch(/has more than 1 MB/);
    await vi.waitUntil(() => isClosed, 20_000);
    // What the sockets' buffers hold comes on top.
    expect(sent).toBeLessThan(20e6);
  });

  test('a slow body is waited for until the total time is over', async () => {
    const { host } = await serve((_, response) => {
      const timer = setInterval(() => response.write('x'), 5);
      response.on('close', () => clearInterval(timer));
    });
    const failure = await failureOf(fetcherFor([host], { totalMs: 100 }).fetch(`http://${host}/`));
    expect(failure.message).toMatch(/did not send the picture within 0\.1 s: try again later/);
    expect(failure.retryable).toBe(true);
  });

  test('the total time includes all redirects', async () => {
    const { host } = await serve((request, response) => {
      setTimeout(() => response.writeHead(302, { Location: `${request.url}x` }).end(), 60);
    });
    const failure = await failureOf(fetcherFor([host], { totalMs: 150 }).fetch(`http://${host}/`));
    expect(failure.message).toMatch(/did not send the picture within 0\.15 s/);
  });

  test('a connection that is never accepted, and a TLS handshake that stalls', async () => {
    const silent = createTcpServer(() => {});
    const host = `pictures.example:${await listen(silent)}`;
    const limits = { connectMs: 50, totalMs: 20_000 };
    const stalled = await failureOf(fetcherFor([host], limits).fetch(`https://${host}/`));
    expect(stalled).toMatchObject({ retryable: true, message: expect.stringMatching(/did not accept a connection/) });
    vi.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket) {
      return Object.assign(this, { connecting: true });
    });
    const never = await failureOf(fetcherFor([host], limits).fetch(`http://${host}/`));
    expect(never.message).toMatch(/did not accept a connection within 0\.05 s/);
  });

  test('a name whose resolution stalls', async () => {
    const resolver = () => new Promise<never>(() => {});
    const { message } = await failureOf(fetcherFor([], { resolver, connectMs: 50 }).fetch('http://shop.example/'));
    expect(message).toMatch(/was not resolved within 0\.05 s/);
  });

  test('no more than 4 requests at once to one host, and 16 to all', async () => {
    const most = { one: 0, all: 0 };
    const active = new Map<string, number>();
    const waiting: (() => void)[] = [];
    let wasFull = false;
    const { host } = await serve((request, response) => {
      const name = request.headers.host!;
      active.set(name, (active.get(name) ?? 0) + 1);
      const all = [...active.values()].reduce((a, b) => a + b);
      most.one = Math.max(most.one, active.get(name)!);
      most.all = Math.max(most.all, all);
      const answer = () => {
        active.set(name, active.get(name)! - 1);
        response.end(png);
      };
      if (wasFull) setTimeout(answer, 5);
      else waiting.push(answer);
      // A while, in which another could come.
      if (!wasFull && all === 16) {
        setTimeout(() => {
          for (const each of waiting) each();
        }, 50);
      }
      wasFull ||= all === 16;
    });
    const hosts = Array.from({ length: 6 }, (_, i) => host.replace('pictures', `pictures${i}`));
    const { fetch } = fetcherFor(hosts);
    await Promise.all(hosts.flatMap((name) => Array.from({ length: 8 }, (_, i) => fetch(`http://${name}/${i}`))));
    expect(most).toEqual({ one: 4, all: 16 });
  });
});

describe('Retry-After', () => {
  test.each([429, 503])('of a %i is in the error, and the host is left alone until then', async (status) => {
    const { host, requests } = await serve((_, response) => response.writeHead(status, { 'Retry-After': '120' }).end());
    const { fetch } = fetcherFor([host]);
    const first = await failureOf(fetch(`http://${host}/a`));
    expect(first).toMatchObject({ retryable: true, retryAfterMs: 120_000 });
    expect(first.message).toMatch(/has too much to do: try again in 120 s/);
    const second = await failureOf(fetch(`http://${host}/b`));
    expect(second.retryable).toBe(true);
    expect(second.retryAfterMs).toBeGreaterThan(100_000);
    expect(second.retryAfterMs).toBeLessThanOrEqual(120_000);
    expect(requests.map(({ url }) => url)).toEqual(['/a']);
  });

  test('that is missing pauses nothing', async () => {
    const { host, requests } = await serve((_, response) => response.writeHead(429).end());
    const { fetch } = fetcherFor([host]);
    for (const path of ['/a', '/b']) {
      expect(await failureOf(fetch(`http://${host}${path}`))).toMatchObject({ retryable: true, retryAfterMs: null });
    }
    expect(requests).toHaveLength(2);
  });
});

describe('stopping', () => {
  test('a signal stops what runs and what waits', async () => {
    const { host, requests } = await serve(() => {});
    const { fetch } = fetcherFor([host]);
    const stop = new AbortController();
    const fetches = Array.from({ length: 6 }, (_, i) => fetch(`http://${host}/${i}`, {}, stop.signal));
    await vi.waitUntil(() => requests.length === 4, 20_000);
    stop.abort();
    const outcomes = await Promise.allSettled(fetches);
    expect(outcomes).toMatchObject(fetches.map(() => ({ status: 'rejected', reason: { code: 'aborted' } })));
    await expect(fetch(`http://${host}/`, {}, stop.signal)).rejects.toMatchObject({ code: 'aborted' });
    expect(requests).toHaveLength(4);
  });

  test('closing stops everything', async () => {
    const { host, requests } = await serve(() => {});
    const fetcher = fetcherFor([host]);
    const fetched = fetcher.fetch(`http://${host}/`);
    await vi.waitUntil(() => requests.length === 1, 20_000);
    fetcher.close();
    await expect(fetched).rejects.toMatchObject({ code: 'aborted' });
    await expect(fetcher.fetch(`http://${host}/`)).rejects.toMatchObject({ code: 'aborted' });
  });
});
