import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type CatalogueClient, openClient } from '../../src/node/catalogue/client.ts';
import { lockFolder } from '../../src/node/catalogue/database/folderLock.ts';
import { startCatalogue } from '../../src/node/server/catalogue/startCatalogue.ts';
import { makeKey, writeKeys } from '../../src/node/server/http/keys.ts';
import { expectOneSentence, photos, selvedge, startSelvedge, succeed, temporaryFolder } from '../cli/selvedge.ts';
import { modelFile, untrained } from '../server/service.ts';

const folder = temporaryFolder(afterAll);
const store = join(folder, 'shop');
const pictures = join(folder, 'photos');
cpSync(join(photos, '03-sneaker-shop.jpg'), join(pictures, 'sneaker.jpg'), { recursive: true });
writeFileSync(
  join(pictures, 'feed.csv'),
  'id,title,image_link\na/b,<img src=x onerror=alert(1)>,sneaker.jpg\nP2,Two,sneaker.jpg\nP3,Three,none.jpg\n',
);
const admin = makeKey('ada', 1000, new Date(), 'admin');
const reviewer = makeKey('anna', 1000, new Date(), 'review');
const apiKeys = join(folder, 'keys.json');
writeFileSync(apiKeys, writeKeys([admin.stored, reviewer.stored]));

const place = { kind: 'folder', folder: store } as const;
const lines: string[] = [];
const running = await startCatalogue({
  ...{ place, host: '127.0.0.1', port: 0, apiKeys, anonymous: false, pollMs: 1000, logLevel: 'info', works: true },
  log: { write: (line) => void lines.push(line), flush: async () => undefined },
  catalogue: { command: 'selvedge catalogue serve', create: true, threads: 1 },
});
let stopping: Promise<void> | undefined;
const stop = () => {
  stopping ??= running.stop(0, 1000);
  return stopping;
};
afterAll(stop);

const call = async (path: string, { key = admin.key, ...init }: RequestInit & { key?: string } = {}) => {
  const headers = { ...init.headers, authorization: `Bearer ${key}` };
  const response = await fetch(`${running.url}/v1/catalogue/${path}`, { ...init, headers });
  return { status: response.status, body: (await response.json()) as Record<string, never> };
};
const posted = (body: object) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

async function through(work: (client: CatalogueClient) => Promise<void>): Promise<void> {
  const client = await openClient(place, { command: 'a test', threads: 1 });
  try {
    // The server has the folder: this process opens nothing.
    expect(client.service).toBeUndefined();
    await work(client);
  } finally {
    await client.close();
  }
}

describe('while a server has the folder', () => {
  it('commands import, count, show and remove products through it', async () => {
    await through(async (client) => {
      const model = modelFile(untrained());
      expect(await client.call('addModel', { path: model })).toEqual({ state: 'active' });
      const { import: id } = await client.call('startImport', { source: join(pictures, 'feed.csv') });
      await expect
        .poll(() => client.call('importProgress', { import: id }), { timeout: 30_000 })
        .toMatchObject({ state: 'read', waiting: 0 });
      expect((await client.call('status', {})).products).toEqual({ waiting: 0, ready: 2, failed: 1, withdrawn: 0 });
      const { products } = await client.call('products', {});
      expect(products.map(({ id }) => id)).toEqual(['P2', 'P3', 'a/b']);
      expect(await client.call('remove', { ids: ['P3'] })).toEqual({ products: 1, pictures: 0 });
      await expect(client.call('remove', { ids: ['P3'] })).rejects.toThrow('There is no product P3 in the catalogue');
      await expect(client.call('products', { limit: 0 })).rejects.toThrow(/^limit cannot be used/);
    });
    const { stdout } = await succeed(['catalogue', 'status', '--store', store]);
    expect(stdout).toContain('2 products are tagged, 0 wait');
  });

  it('another one is refused with a sentence that names it', async () => {
    expectOneSentence(
      await selvedge(['catalogue', 'serve', '--store', store, '--port', '0']),
      new RegExp(`is in use by 'selvedge catalogue serve', process ${process.pid}, since`),
    );
    await expect(lockFolder(store, 'a test')).rejects.toThrow('selvedge catalogue serve');
  });

  it('its API shows a product and its pictures, and markup stays text', async () => {
    const { status, body } = await call('products/a%2Fb');
    expect([status, body.title]).toEqual([200, '<img src=x onerror=alert(1)>']);
    const { digest } = (body.pictures as { digest: string }[])[0]!;
    for (const [kind, type] of [
      ['original', 'image/jpeg'],
      ['thumbnail', 'image/webp'],
    ]) {
      const response = await fetch(`${running.url}/v1/catalogue/pictures/${digest}?kind=${kind}`, {
        headers: { 'x-api-key': admin.key },
      });
      expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
    }
    expect((await call(`pictures/${'0'.repeat(64)}`)).status).toBe(404);
    expect((await call('products/none')).status).toBe(404);
  });

  it('its API finds similar items and duplicates, and exports, where markup is escaped', async () => {
    const similar = await call('similar', posted({ ids: ['P2'], limit: 5 }));
    // The other product has the same picture, so it is left out.
    expect([similar.status, similar.body]).toEqual([200, { products: [] }]);
    expect((await call('similar', posted({ ids: ['none'] }))).status).toBe(422);
    expect((await call('duplicates')).body).toMatchObject({ total: 1, groups: [{ kind: 'exact' }] });
    const headers = { 'x-api-key': admin.key };
    const text = async (format: string) =>
      (await fetch(`${running.url}/v1/catalogue/export?format=${format}`, { headers })).text();
    expect(await text('jsonl')).toContain('"<img src=x onerror=alert(1)>"');
    const google = await text('google');
    expect(google).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(google).not.toContain('<img');
  });

  it('a feed over HTTP names no files of the server: such rows are problems, the others are imported', async () => {
    const feed = [
      'id,title,image_link',
      'L1,a,/etc/passwd',
      'L2,b,photos/sneaker.jpg',
      'L3,c,file:///etc/passwd',
      'L4,d,../shop/lock.json',
      'R1,e,http://127.0.0.1:9/x.jpg',
    ];
    const sent = await call('imports', {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body: feed.join('\n'),
    });
    const id = String(sent.body.import);
    await expect.poll(async () => (await call(`imports/${id}`)).body.state).toBe('read');
    const { body } = await call(`imports/${id}/problems`);
    expect((body.problems as { id: string }[]).map((one) => one.id)).toEqual(['L1', 'L2', 'L3', 'L4']);
    await expect.poll(async () => (await call('products/R1')).body.state, { timeout: 20_000 }).toBe('failed');
    expect((await call('products/R1')).body.problem).toMatch(/127\.0\.0\.1/);
    expect(
      (await call('imports', { method: 'POST', headers: { 'content-type': 'text/csv' }, body: 'PK\0\x03' })).body,
    ).toMatchObject({
      code: 'bad-feed',
    });
    expect((await call('imports/999')).status).toBe(404);
  });

  it('reviews carry the key’s name and can be undone once', async () => {
    const correction = posted({ corrections: [{ id: 'P2', category: 'Sneaker' }] });
    const { body } = await call('reviews', { key: reviewer.key, ...correction });
    const [review] = body.reviews as number[];
    expect((await call('products/P2')).body.review).toMatchObject({ category: 'Sneaker', reviewer: 'anna' });
    expect((await call(`reviews/${review}/undo`, { key: reviewer.key, method: 'POST' })).status).toBe(200);
    expect((await call('products/P2')).body.review).toBeNull();
    expect((await call(`reviews/${review}/undo`, { method: 'POST' })).status).toBe(404);
    const unknown = await call('reviews', posted({ corrections: [{ id: 'P2', category: 'Hat' }] }));
    expect([unknown.status, unknown.body.code]).toEqual([422, 'not-possible']);
  });

  it('products are erased by admins alone', async () => {
    const erase = { method: 'DELETE' };
    expect((await call('products/a%2Fb', { key: reviewer.key, ...erase })).status).toBe(403);
    expect((await call('products/a%2Fb', erase)).body).toEqual({ products: 1, pictures: 0 });
    expect((await call('products/a%2Fb', erase)).status).toBe(404);
    expect((await call('products/remove', posted({ ids: ['P2', 'none'] }))).status).toBe(422);
    expect((await call('products/P2')).status).toBe(200);
  });

  it('nothing in all this was a defect', () => {
    expect(lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });
});

describe('when the server stops', () => {
  it('the folder is free, and the program serves what the server had stored, until SIGTERM', async () => {
    await stop();
    expect(existsSync(join(store, 'lock.json'))).toBe(false);
    const args = ['catalogue', 'serve', '--store', store, '--port', '0', '--no-work', '--drain-ms', '0'];
    let text = '';
    const { child, seen, ended } = startSelvedge(args);
    child.stdout!.on('data', (more: string) => {
      text += more;
    });
    try {
      await seen('Try it:');
      const [, url] = /at (http:\S+)/.exec(text)!;
      const response = await fetch(`${url}/v1/catalogue/products`);
      const { products } = (await response.json()) as { products: { id: string }[] };
      expect(products.map(({ id }) => id)).toEqual(['P2', 'R1']);
      child.kill('SIGTERM');
      expect(await ended).toMatchObject({ status: 0, signal: null });
    } finally {
      child.kill('SIGKILL');
    }
    expect(existsSync(join(store, 'lock.json'))).toBe(false);
  });
});
