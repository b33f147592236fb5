import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { SelvedgeError } from '../../src/core/errors.ts';
import { commandPath } from '../../src/node/catalogue/client.ts';
import { catalogueLimits } from '../../src/node/server/catalogue/catalogueApi.ts';
import { httpErrors } from '../../src/node/server/errors.ts';
import { roles } from '../../src/node/server/http/roles.ts';
import { as, digest, product, ring, stubApi } from './apiStub.ts';

const keyed = await stubApi({ keys: ring, loopback: false });
const local = await stubApi({ token: 'secret' });
const anonymous = await stubApi({ loopback: false });
afterAll(() => Promise.all([keyed, local, anonymous].map((api) => api.close())));
beforeEach(() => {
  for (const api of [keyed, local, anonymous]) {
    api.failure = undefined;
    for (const feed of api.uploads) feed.onRead();
    api.calls.length = 0;
    api.uploads.length = 0;
    api.lines.length = 0;
  }
});

const json = { 'content-type': 'application/json' };
const csv = { 'content-type': 'text/csv' };
const remove = { payload: { ids: ['P1'] } };
const corrections = { payload: { corrections: [{ id: 'P1', category: 'Bag' }] } };
/** Every route, the role that it needs, and a request that it answers. */
const routes = [
  ['GET', '/v1/catalogue/status', 'read', {}],
  ['GET', '/v1/catalogue/products', 'read', {}],
  ['GET', '/v1/catalogue/products/P1', 'read', {}],
  ['DELETE', '/v1/catalogue/products/P1', 'admin', {}],
  ['POST', '/v1/catalogue/products/remove', 'admin', remove],
  ['GET', `/v1/catalogue/pictures/${digest}`, 'read', {}],
  ['POST', '/v1/catalogue/imports', 'admin', { headers: csv, payload: 'id,title,image_link\n' }],
  ['GET', '/v1/catalogue/imports/3', 'read', {}],
  ['GET', '/v1/catalogue/imports/3/problems', 'read', {}],
  ['POST', '/v1/catalogue/similar', 'read', { payload: { ids: ['P1'] } }],
  ['GET', '/v1/catalogue/duplicates', 'read', {}],
  ['POST', '/v1/catalogue/recall', 'admin', { payload: {} }],
  ['GET', '/v1/catalogue/export', 'read', {}],
  ['GET', '/v1/catalogue/dead-letters', 'read', {}],
  ['POST', '/v1/catalogue/dead-letters/retry', 'admin', { payload: {} }],
  ['GET', '/v1/catalogue/doubtful', 'read', {}],
  ['GET', '/v1/catalogue/reviews', 'read', {}],
  ['POST', '/v1/catalogue/reviews', 'review', corrections],
  ['POST', '/v1/catalogue/reviews/7/undo', 'review', {}],
] as const;

/** A route's address in the document. */
const documented = (url: string) =>
  url.replace(/(products|imports|reviews)\/(P?\d)/, '$1/{id}').replace(digest, '{digest}');

describe.each(routes)('%s %s needs the role %s', (method, url, needed, request) => {
  const send = (api: typeof keyed, headers: Record<string, string> = {}) =>
    api.app.inject({
      method,
      url,
      ...request,
      headers: { ...('headers' in request ? request.headers : {}), ...headers },
    });

  it('which the roles above it include', async () => {
    for (const role of roles) {
      const { statusCode, body } = await send(keyed, as(role));
      const isEnough = roles.indexOf(role) >= roles.indexOf(needed);
      expect(statusCode, `${role}: ${body}`).toBe(isEnough ? 200 : 403);
      if (!isEnough)
        expect(JSON.parse(body)).toMatchObject({ code: 'role-missing', error: expect.stringContaining(needed) });
    }
  });

  it('without a key: 401; without keys: this machine everything, others reading', async () => {
    expect((await send(keyed)).statusCode).toBe(401);
    expect((await send(local)).statusCode).toBe(200);
    expect((await send(anonymous)).statusCode).toBe(needed === 'read' ? 200 : 403);
  });

  it('without keys it answers no page of another site, and no other name of this machine', async () => {
    for (const headers of [
      { origin: 'https://shop.example' },
      { origin: 'null' },
      { host: 'shop.example' },
      { host: 'shop.example', origin: 'http://shop.example' },
      { host: '127.0.0.1.shop.example' },
    ]) {
      const response = await send(local, headers);
      expect([response.statusCode, response.json().code], JSON.stringify(headers)).toEqual([403, 'cross-origin']);
    }
    for (const host of ['localhost:8080', '127.0.0.1:8080', '[::1]:8080']) {
      expect((await send(local, { host, origin: `http://${host}` })).statusCode, host).toBe(200);
    }
  });
});

describe('the OpenAPI document of the catalogue', async () => {
  const document = (await local.app.inject('/openapi.json')).json();
  const operations = Object.entries(document.paths as Record<string, Record<string, never>>).flatMap(
    ([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

  it('lists every address but that of commands, and the matrix of roles above has them all', () => {
    const own = [...local.addresses].filter((route) => !route.startsWith('/docs/') && route !== commandPath);
    const urls = operations.map(({ path }) => path.replaceAll(/\{(\w+)\}/g, ':$1'));
    expect([...new Set(urls)].sort()).toEqual(own.sort());
    const listed = operations
      .filter(({ path }) => path.startsWith('/v1/'))
      .map(({ method, path }) => `${method} ${path}`);
    expect(routes.map(([method, url]) => `${method.toLowerCase()} ${documented(url)}`).sort()).toEqual(listed.sort());
  });

  it('has a description of each parameter, and every reference leads somewhere', () => {
    for (const { path, operation } of operations) {
      for (const one of (operation as { parameters?: { name: string; description?: string; schema?: object }[] })
        .parameters ?? []) {
        expect(one, path).toMatchObject({ description: expect.any(String), schema: expect.any(Object) });
      }
    }
    for (const [, name] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      expect(document.components.schemas).toHaveProperty(name!);
    }
  });

  it('lists every kind of failure of its own with its status', () => {
    const own = Object.entries(httpErrors).filter(([, error]) => 'of' in error);
    expect(own.length).toBeGreaterThan(5);
    for (const [code, { status, when }] of own) {
      const found = operations.some(({ operation }) =>
        (operation as { responses: Record<string, { description: string }> }).responses[status]?.description.includes(
          `\`${code}\`: ${when}`,
        ),
      );
      expect(found, code).toBe(true);
    }
  });

  it.each(routes.filter(([, url]) => !/pictures\/|export/.test(url)))(
    '%s %s answers in its shape',
    async (method, url, _, request) => {
      const ajv = new Ajv2020({ strict: false, validateFormats: false });
      const { schema } =
        document.paths[documented(url)][method.toLowerCase()].responses[200].content['application/json'];
      const validate = ajv.compile({ ...schema, components: document.components });
      const response = await local.app.inject({ method, url, ...request });
      expect(validate(response.json()), JSON.stringify(validate.errors)).toBe(true);
      expect(response.headers).toMatchObject({
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'no-store',
      });
    },
  );
});

describe('an export', () => {
  const get = (format: string) => local.app.inject(`/v1/catalogue/export?format=${format}`);

  it.each([
    ['jsonl', 'application/jsonl'],
    ['google', 'application/xml'],
    ['shopify', 'text/csv; charset=utf-8'],
    ['csv', 'text/csv; charset=utf-8'],
  ])('as %s is a file of its type', async (format, type) => {
    const { statusCode, headers, body } = await get(format);
    expect([statusCode, headers['content-type']]).toEqual([200, type]);
    expect(headers['content-disposition']).toMatch(/^attachment; filename="products\.\w+"$/);
    expect(body).toContain('P1');
  });

  it('escapes markup in XML, and neutralises formulas in CSV', async () => {
    expect((await get('google')).body).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect((await get('csv')).body).toContain(",'=1+1");
  });

  it('of another format is refused with a sentence', async () => {
    const { statusCode, body } = await get('xls');
    expect([statusCode, JSON.parse(body).code]).toEqual([400, 'bad-parameter']);
  });
});

describe('what is sent', () => {
  const get = (url: string) => local.app.inject(url);

  it('ids with any characters reach the operation', async () => {
    for (const id of [
      'a/b',
      '../../etc/passwd',
      'ø 雪 😀',
      '%2F',
      'a?b#c',
      "'; DROP TABLE products; --",
      'x'.repeat(1000),
      '雪'.repeat(1000),
    ]) {
      expect((await get(`/v1/catalogue/products/${encodeURIComponent(id)}`)).statusCode, id).toBe(200);
      expect(local.calls.at(-1)).toEqual(['products', expect.objectContaining({ ids: [id] })]);
    }
  });

  it.each([
    '/v1/catalogue/products/%00',
    '/v1/catalogue/products/%FF',
    `/v1/catalogue/products/${'x'.repeat(1001)}`,
    `/v1/catalogue/products/${'x'.repeat(14_000)}`,
    '/v1/catalogue/products?limit=0',
    '/v1/catalogue/products?limit=501',
    '/v1/catalogue/products?limit=99999999999999999999',
    '/v1/catalogue/products?after=%00',
    `/v1/catalogue/products?category=${'x'.repeat(1001)}`,
    '/v1/catalogue/products?precision=0.4',
    '/v1/catalogue/products?precision=NaN',
    '/v1/catalogue/products?after=a&after=b',
    '/v1/catalogue/products?__proto__=1',
    '/v1/catalogue/doubtful?below=1.1',
    '/v1/catalogue/reviews?offset=-1',
    '/v1/catalogue/imports/0',
    '/v1/catalogue/imports/2147483648',
    '/v1/catalogue/imports/1e3',
    `/v1/catalogue/pictures/${'ab'.repeat(31)}`,
    `/v1/catalogue/pictures/${'AB'.repeat(32)}`,
    '/v1/catalogue/pictures/..%2F..%2F..%2Fetc%2Fpasswd',
    `/v1/catalogue/pictures/${digest}?kind=../original`,
  ])('%s is refused with a sentence', async (url) => {
    const response = await get(url);
    expect(response.statusCode).toBe(400);
    expect(response.json().error).toMatch(/^[^\n]{1,400}\.$/);
    expect(local.calls).toEqual([]);
  });

  it.each([
    ['bad-json', 400, { headers: json, payload: '{' }],
    ['bad-json', 400, { payload: { ids: [] } }],
    ['bad-json', 400, { payload: { ids: ['a'], also: 1 } }],
    ['bad-json', 400, { payload: { ids: ['a\0b'] } }],
    ['bad-json', 400, { payload: { ids: ['\ud800'] } }],
    ['bad-json', 400, { payload: { ids: ['x'.repeat(1001)] } }],
    ['bad-json', 400, { payload: { ids: Array.from({ length: 10_001 }, String) } }],
    ['bad-json', 400, { headers: json, payload: `${'['.repeat(2000)}${']'.repeat(2000)}` }],
    ['empty-body', 400, { headers: json }],
    ['unsupported-body', 415, { headers: { 'content-type': 'text/plain' }, payload: '{"ids":["a"]}' }],
    ['unsupported-body', 415, { headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload: 'ids=a' }],
    ['body-too-large', 413, { headers: json, payload: Buffer.alloc(catalogueLimits.jsonBytes + 1, 32) }],
  ])('a removal is refused: %s, %i', async (code, status, request) => {
    const response = await local.app.inject({ method: 'POST', url: '/v1/catalogue/products/remove', ...request });
    expect([response.statusCode, response.json().code]).toEqual([status, code]);
    expect(local.calls).toEqual([]);
  });

  it.each([
    {},
    { ids: ['a\0b'] },
    { ids: ['\ud800'] },
    { ids: Array.from({ length: 51 }, String) },
    { pictures: ['not base64!'] },
    { pictures: Array.from({ length: 11 }, () => 'AAAA') },
    { ids: ['a'], limit: 201 },
    { ids: ['a'], filter: { category: 'a\0b' } },
    { ids: ['a'], filter: { attributes: { 'a\0b': 'c' } } },
    { ids: ['a'], filter: { attributes: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [n, 'x'])) } },
    { ids: ['a'], filter: { path: '/etc/passwd' } },
  ])('a search is refused: %j', async (payload) => {
    const response = await local.app.inject({ method: 'POST', url: '/v1/catalogue/similar', payload });
    expect([response.statusCode, response.json().code]).toEqual([400, 'bad-json']);
    expect(local.calls).toEqual([]);
  });

  it('10,000 corrections are taken, and the reviewer is the key’s name whatever the body says', async () => {
    const many = Array.from({ length: 10_000 }, (_, n) => ({ id: `P${n}`, category: 'Bag' }));
    const url = '/v1/catalogue/reviews';
    const post = (payload: object) => keyed.app.inject({ method: 'POST', url, payload, headers: as('review') });
    expect((await post({ corrections: many })).statusCode).toBe(200);
    expect(keyed.calls.at(-1)).toEqual(['review', expect.objectContaining({ reviewer: 'anna' })]);
    expect((await post({ corrections: many.slice(0, 1), reviewer: 'ada' })).statusCode).toBe(400);
    await keyed.app.inject({ method: 'POST', url: `${url}/7/undo`, headers: as('admin') });
    expect(keyed.calls.at(-1)).toEqual(['undo', { review: 7, reviewer: 'ada' }]);
  });

  it('markup in a title is answered as JSON alone, which no browser takes for a page', async () => {
    const response = await get('/v1/catalogue/products/P1');
    expect(response.json()).toEqual(product);
    expect(response.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
  });

  it('a picture has its type, may be kept for ever by who may read it, and is no page either', async () => {
    const response = await get(`/v1/catalogue/pictures/${digest}?kind=original`);
    expect(local.calls).toEqual([['picture', { digest, kind: 'original' }]]);
    expect(response.headers).toMatchObject({
      'content-type': 'image/png',
      'cache-control': 'private, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
    expect(response.rawPayload.subarray(1, 4).toString()).toBe('PNG');
  });
});

describe('failures of operations', () => {
  it.each([
    [new SelvedgeError('bad-option', 'There is no product P1.'), 422, 'not-possible', 'There is no product P1.'],
    [new SelvedgeError('missing-file', 'No picture.'), 404, 'unknown-item', 'No picture.'],
    [new SelvedgeError('cannot-write', 'Cannot write /home/shop/x.'), 500, 'store-failed', undefined],
    [Object.assign(new Error('disk full at /home/shop'), { code: '53100' }), 500, 'store-failed', undefined],
    [Object.assign(new Error('syntax error at /home/shop'), { code: '42601' }), 500, 'defect', undefined],
    [new TypeError('x is undefined at /home/shop'), 500, 'defect', undefined],
  ])('%s: %i', async (failure, status, code, sentence) => {
    local.failure = failure;
    const response = await local.app.inject({ method: 'POST', url: '/v1/catalogue/products/remove', ...remove });
    expect([response.statusCode, response.json().code]).toEqual([status, code]);
    if (sentence !== undefined) expect(response.json().error).toBe(sentence);
    expect(response.body).not.toMatch(/\/home|\.ts|at /);
    // A fault is in the log, with what happened.
    expect(local.lines.join('').includes(failure.message)).toBe(status === 500);
  });

  it('what an address names and is not there: 404', async () => {
    local.failure = new SelvedgeError('bad-option', 'There is no review 9 that could be undone.');
    for (const [method, url] of [
      ['DELETE', '/v1/catalogue/products/P9'],
      ['POST', '/v1/catalogue/reviews/9/undo'],
      ['GET', '/v1/catalogue/imports/9'],
    ] as const) {
      const response = await local.app.inject({ method, url });
      expect([response.statusCode, response.json().code], url).toEqual([404, 'unknown-item']);
    }
  });
});

describe('feeds', () => {
  const post = (headers: Record<string, string>, payload: string | Buffer, query = '', api = local) =>
    api.app.inject({ method: 'POST', url: `/v1/catalogue/imports${query}`, headers, payload });

  it('are in a file that only this user reads, until they are read', async () => {
    const response = await post(csv, 'id,title,image_link\n', '?complete=true');
    expect(response.json()).toEqual({ import: 3 });
    const [feed] = local.uploads;
    expect(feed).toMatchObject({
      source: expect.stringMatching(/^HTTP, request \S+$/),
      complete: true,
      format: undefined,
    });
    expect(readFileSync(feed!.path, 'utf8')).toBe('id,title,image_link\n');
    expect([statSync(feed!.path).mode & 0o777, statSync(dirname(feed!.path)).mode & 0o777]).toEqual([0o600, 0o700]);
    feed!.onRead();
    await expect.poll(() => existsSync(feed!.path)).toBe(false);
  });

  it.each([
    [{ 'content-type': 'application/jsonl' }, '', 'jsonl'],
    [{ 'content-type': 'application/xml; charset=utf-8' }, '', 'google-xml'],
    [{ 'content-type': 'text/tab-separated-values' }, '', 'google-tsv'],
    [csv, '?format=shopify-csv', 'shopify-csv'],
  ])('%j %s is read as %s', async (headers, query, format) => {
    expect((await post(headers, 'x', query)).statusCode).toBe(200);
    expect(local.uploads[0]).toMatchObject({ format });
  });

  it.each([
    [415, 'unsupported-body', json, '{}', ''],
    [415, 'unsupported-body', { 'content-type': 'text/html' }, 'x', ''],
    [415, 'unsupported-body', { ...csv, 'content-encoding': 'gzip' }, 'x', ''],
    [400, 'bad-parameter', csv, 'x', '?format=folder'],
    [400, 'bad-parameter', csv, 'x', '?format=jsonl'],
    [400, 'bad-parameter', csv, 'x', '?mapping=/etc/passwd'],
    [400, 'empty-body', csv, '', ''],
  ])('%i %s: %j', async (status, code, headers, payload, query) => {
    const response = await post(headers as Record<string, string>, payload, query);
    expect([response.statusCode, response.json().code]).toEqual([status, code]);
    expect(local.uploads).toEqual([]);
  });

  it('larger than the limit are refused, declared or not, and nothing is left of them', async () => {
    const small = await stubApi({ limits: { ...catalogueLimits, feedBytes: 1000 } });
    onTestFinished(() => small.close());
    const url = await small.app.listen({ host: '127.0.0.1', port: 0 });
    const send = (body: string | ReadableStream) =>
      fetch(`${url}/v1/catalogue/imports`, { method: 'POST', headers: csv, body, duplex: 'half' } as RequestInit);
    for (const body of ['x'.repeat(1001), new Blob(['x'.repeat(600), 'y'.repeat(600)]).stream()]) {
      const response = await send(body);
      expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([413, 'body-too-large']);
    }
    // Those that were refused do not count, and four that are being read are the most.
    for (let n = 0; n < 4; n++) expect((await send('x'.repeat(1000))).status).toBe(200);
    const folder = dirname(small.uploads[0]!.path);
    const busy = await send('x');
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([429, '5']);
    small.uploads[0]!.onRead();
    await expect.poll(async () => (await send('x')).status).toBe(200);
    await small.close();
    expect(existsSync(folder)).toBe(false);
  });

  it('that cannot be read: 422', async () => {
    local.failure = new SelvedgeError('bad-data', 'The feed is a JSON array; write JSON Lines instead.');
    const response = await post(csv, '[');
    expect([response.statusCode, response.json()]).toEqual([422, { code: 'bad-feed', error: local.failure.message }]);
  });
});

describe('commands of this machine', () => {
  const command = (payload: object, authorization?: string, api = local) =>
    api.app.inject({ method: 'POST', url: commandPath, payload, ...(authorization && { headers: { authorization } }) });

  it('need the token, which no key replaces', async () => {
    for (const wrong of [undefined, 'Bearer ', 'Bearer secre', 'Bearer secret2', 'secret', as('admin').authorization]) {
      expect((await command({ name: 'status', input: {} }, wrong)).statusCode, wrong).toBe(401);
    }
    expect(local.calls).toEqual([]);
    const answered = await command({ name: 'status', input: {} }, 'Bearer secret');
    expect([answered.statusCode, answered.json().deadLetters]).toEqual([200, 0]);
    expect((await command({ name: 'status', input: {} }, 'Bearer secret', anonymous)).statusCode).toBe(404);
  });

  it.each([
    [{ name: 'constructor', input: {} }, 422, /no operation constructor/],
    [{ name: '__proto__', input: {} }, 422, /no operation/],
    [{ name: 'products', input: { limit: 0 } }, 400, /^limit cannot be used/],
    [{ input: {} }, 400, /at name/],
  ])('%j: %i', async (payload, status, sentence) => {
    const response = await command(payload, 'Bearer secret');
    expect(response.statusCode).toBe(status);
    expect(response.json().error).toMatch(sentence);
  });
});

it('is ready until it is about to stop', async () => {
  const api = await stubApi();
  expect((await api.app.inject('/health/ready')).json()).toEqual({ ready: true });
  api.drain();
  const response = await api.app.inject('/health/ready');
  expect([response.statusCode, response.json()]).toEqual([503, { ready: false }]);
  await api.close();
});
