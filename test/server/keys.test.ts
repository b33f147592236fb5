import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { keysCommand } from '../../src/node/cli/commands/keys.ts';
import { createKeyRing, makeKey, readKeys, writeKeys } from '../../src/node/server/http/keys.ts';
import { startService } from '../../src/node/server/start.ts';
import { temporaryFolder } from '../cli/selvedge.ts';
import { modelFile, octets, picture, serviceAt, serviceOptions, untrained } from './service.ts';

const shop = makeKey('shop', 1000, new Date());
const slow = makeKey('slow', 2, new Date());
const ring = createKeyRing([shop.stored, slow.stored]);
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

/** What `selvedge keys` writes. The program itself runs in process.test.ts. */
async function keysSay(...args: string[]): Promise<string> {
  let text = '';
  const stdout = {
    write(more: string) {
      text += more;
      return true;
    },
  };
  await keysCommand({ stdout, stderr: { write: () => true } }).parseAsync(args, { from: 'user' });
  return text;
}

describe('selvedge keys', () => {
  it('shows a key once and stores only a salted hash, readable for its owner alone', async () => {
    const file = join(temporaryFolder(), 'keys.json');
    const [key] = (await keysSay('add', 'shop', '--file', file, '--rate', '7')).split('\n');
    expect(key).toMatch(/^selvedge_[0-9a-f]{12}_[\w-]{43}$/);
    expect(readFileSync(file, 'utf8')).not.toContain(key!.split('_').slice(2).join('_'));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const keys = await readKeys(file);
    expect(keys).toMatchObject([{ name: 'shop', rate: 7 }]);
    expect(createKeyRing(keys).admit(bearer(key!))).toMatchObject({ name: 'shop', role: 'read' });

    await keysSay('add', 'till', '--file', file);
    expect(await keysSay('list', '--file', file)).toMatch(/^shop\t7 a second.*\ntill\t100 a second.*\n$/);
    await expect(keysSay('add', 'till', '--file', file)).rejects.toThrow(/already has a key called till/);
    await keysSay('remove', 'shop', '--file', file);
    expect((await readKeys(file)).map(({ name }) => name)).toEqual(['till']);
    await expect(keysSay('remove', 'shop', '--file', file)).rejects.toThrow(/has no key called shop/);
  });

  it('a key has a role in catalogues; one from before roles reads', async () => {
    const file = join(temporaryFolder(), 'keys.json');
    await keysSay('add', 'anna', '--file', file, '--role', 'review');
    await keysSay('add', 'shop', '--file', file);
    expect(await keysSay('list', '--file', file)).toMatch(/^anna\t.*\treview\t.*\nshop\t.*\tread\t.*\n$/);
    const { role, ...old } = shop.stored;
    expect(role).toBe('read');
    writeFileSync(file, JSON.stringify({ format: 'selvedge-keys', version: 1, keys: [old] }));
    expect(await readKeys(file)).toEqual([shop.stored]);
    writeFileSync(file, JSON.stringify({ format: 'selvedge-keys', version: 1, keys: [{ ...old, role: 'owner' }] }));
    await expect(readKeys(file)).rejects.toThrow(/is not a file of keys/);
  });

  it.each([
    ['a name that no log should show', ['add', 'a\nb'], /cannot be called/],
    ['a file that is not there', ['list', '--file', 'none.json'], /no file of keys at none\.json; make one with/],
    ['a folder', ['list', '--file', '.'], /\. cannot be read \(EISDIR\)/],
    [
      'a file of something else',
      ['list', '--file', 'package.json'],
      /package\.json is not a file of keys: at format, .*; name another file/,
    ],
  ])('%s costs one sentence', async (_, args, sentence) => {
    await expect(keysSay(...args)).rejects.toMatchObject({
      name: 'SelvedgeError',
      message: expect.stringMatching(sentence),
    });
  });

  it.each([-1, 0, Number.POSITIVE_INFINITY, '5'])('a file with a rate of %s is not a file of keys', async (rate) => {
    const file = join(temporaryFolder(), 'keys.json');
    const keys = [{ ...shop.stored, rate }];
    writeFileSync(file, JSON.stringify({ format: 'selvedge-keys', version: 1, keys }));
    await expect(readKeys(file)).rejects.toThrow(/is not a file of keys/);
  });
});

describe('a service with keys', async () => {
  const { app, lines } = await serviceAt(modelFile(untrained(), afterAll), { keys: ring });
  const ask = (headers: Record<string, string>, url = '/v1/classify') =>
    app.inject({ method: 'POST', url, payload: picture(), headers: { ...octets, ...headers } });

  it('answers a key in either header, and logs its name but never the key', async () => {
    expect((await ask(bearer(shop.key))).statusCode).toBe(200);
    expect((await ask({ 'x-api-key': shop.key })).statusCode).toBe(200);
    expect(lines.join('')).toContain('"key":"shop"');
    expect(lines.join('')).not.toContain(shop.key.slice(-43));
  });

  it.each<[string, string, Record<string, string>]>([
    ['key-missing', 'nothing', {}],
    ['key-missing', 'another scheme', { authorization: 'Basic c2hvcDpzaG9w' }],
    ['key-unknown', 'a word', bearer('open-sesame')],
    ['key-unknown', 'a key of another secret', bearer(`${shop.key.slice(0, -1)}${shop.key.endsWith('A') ? 'B' : 'A'}`)],
    ['key-unknown', 'a key of another service', bearer(makeKey('shop', 1, new Date()).key)],
  ])('%s: %s', async (code, _, headers) => {
    const response = await ask(headers);
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toBe('Bearer');
    expect(response.json()).toMatchObject({ code });
  });

  it('requires one at every address but health and documentation', async () => {
    for (const url of ['/v2/health/live', '/v2/health/ready', '/openapi.json?x', '/docs']) {
      expect((await app.inject(url)).statusCode).toBe(200);
    }
    for (const url of ['/', '/docs/json', '/docs/yaml']) expect((await app.inject(url)).statusCode).toBe(302);
    expect((await app.inject({ method: 'POST', url: '/' })).statusCode).toBe(401);
    for (const url of [
      '/metrics',
      '/v1/models',
      '/v2',
      '/v2/models/shop',
      '/nothing',
      '//v2/health/live',
      '/v2/health/none',
    ]) {
      expect((await app.inject(url)).statusCode).toBe(401);
    }
    expect((await app.inject({ url: '/metrics', headers: bearer(shop.key) })).statusCode).toBe(200);
  });

  it('limits a key to its rate', async () => {
    const statuses = await Promise.all(Array.from({ length: 6 }, () => ask(bearer(slow.key))));
    expect(statuses.map(({ statusCode }) => statusCode)).toEqual([200, 200, 429, 429, 429, 429]);
    expect(statuses[2]!.json()).toMatchObject({ code: 'over-rate' });
    expect(Number(statuses[2]!.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect((await ask(bearer(shop.key))).statusCode).toBe(200);
  });

  it('accepts and removes keys while it runs', async () => {
    const other = makeKey('other', 10, new Date());
    ring.replace([shop.stored, other.stored]);
    expect((await ask(bearer(other.key))).statusCode).toBe(200);
    expect((await ask(bearer(slow.key))).statusCode).toBe(401);
    expect((await ask(bearer(shop.key))).statusCode).toBe(200);
  });
});

describe('a file of keys that changes while the service runs', () => {
  it('is read; a broken one leaves the keys as they were, and is reported once', async () => {
    const file = join(temporaryFolder(), 'keys.json');
    const lines: string[] = [];
    const other = makeKey('other', 100, new Date());
    writeFileSync(file, writeKeys([shop.stored]));
    const log = { write: (line: string) => void lines.push(line), flush: async () => undefined };
    const options = { ...serviceOptions, host: '127.0.0.1', port: 0, apiKeys: file, pollMs: 10, log };
    const service = await startService({ ...options, path: modelFile() });
    const statusOf = async ({ key }: { key: string }) =>
      (await fetch(`${service.url}/v1/models`, { headers: bearer(key) })).status;
    const reported = () => lines.filter((line) => line.includes('the keys stay as they were'));
    try {
      writeFileSync(file, '{');
      await vi.waitFor(() => expect(reported()).toHaveLength(1));
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(reported()).toHaveLength(1);
      expect(await statusOf(shop)).toBe(200);
      writeFileSync(file, writeKeys([other.stored]));
      await vi.waitFor(async () => expect(await statusOf(other)).toBe(200));
      expect(await statusOf(shop)).toBe(401);
    } finally {
      await service.stop(0, 1000);
    }
  });
});

describe('metrics without a key', () => {
  const elsewhere = { remoteAddress: '10.1.2.3' };
  it('are open where only this machine reaches the service', async () => {
    const { app } = await serviceAt(modelFile());
    expect((await app.inject('/metrics')).statusCode).toBe(200);
  });

  it('are open to this machine, where others are answered without keys', async () => {
    const { app } = await serviceAt(modelFile(), { loopback: false });
    for (const url of ['/metrics', '/metrics/', '/%6detrics', '/metrics?x', 'http://shop/metrics']) {
      expect((await app.inject({ url, ...elsewhere })).json(), url).toMatchObject({ code: 'metrics-closed' });
    }
    expect((await app.inject({ url: '/v1/models', ...elsewhere })).statusCode).toBe(200);
    expect((await app.inject('/metrics')).statusCode).toBe(200);
  });

  it('are closed where there are keys', async () => {
    const { app } = await serviceAt(modelFile(), { loopback: false, keys: createKeyRing([shop.stored]) });
    for (const url of ['/metrics', '/metrics/', '/%6detrics'])
      expect((await app.inject(url)).statusCode, url).toBe(401);
    expect((await app.inject({ url: '/metrics?x=1', headers: bearer(shop.key), ...elsewhere })).statusCode).toBe(200);
  });
});
