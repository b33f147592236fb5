import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FeedEntry } from '../../../core/catalogue/product.ts';
import { type OpenFeed, openFeed } from './openFeed.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'selvedge-feed-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function entriesOf({ entries }: OpenFeed): Promise<FeedEntry[]> {
  const all: FeedEntry[] = [];
  for await (const entry of entries) all.push(entry);
  return all;
}

describe('openFeed', () => {
  it('reads a file, knows its format, and counts its bytes', async () => {
    const path = join(folder, 'feed.jsonl');
    const text = Array.from({ length: 5_000 }, (_, i) => `{"id": ${i}, "picture": "photos/${i}.jpg"}\n`).join('');
    writeFileSync(path, text);
    const feed = await openFeed(path);
    expect([feed.format, feed.size, feed.bytesRead(), feed.folder]).toEqual(['jsonl', text.length, 0, folder]);
    expect(await entriesOf(feed)).toHaveLength(5_000);
    expect(feed.bytesRead()).toBe(text.length);
  });

  it('takes a format that is given', async () => {
    const path = join(folder, 'one');
    writeFileSync(path, 'id|picture\n');
    await expect(openFeed(path)).rejects.toThrow(/one begins like none of the formats/);
    await expect(entriesOf(await openFeed(path, { format: 'csv' }))).rejects.toThrow(/no column of the header/);
  });

  it('of another machine has no folder, and its paths are problems', async () => {
    const path = join(folder, 'sent');
    writeFileSync(path, 'id,title,image_link\n1,a,x.jpg\n2,b,https://shop.example/x.jpg\n');
    const feed = await openFeed(path, { name: 'The feed', localPictures: false });
    expect(feed.folder).toBeNull();
    const kinds: string[] = [];
    for await (const { kind } of feed.entries) kinds.push(kind);
    expect(kinds).toEqual(['problem', 'product']);
    writeFileSync(path, '');
    await expect(openFeed(path, { name: 'The feed' })).rejects.toThrow(/^The feed is empty/);
  });

  it('reads a folder: each picture is a product', async () => {
    const root = join(folder, 'photos');
    mkdirSync(join(root, 'dresses'), { recursive: true });
    for (const name of ['dresses/a.b.jpg', 'dresses/a.b.png', 'c.WEBP', 'notes.txt'])
      writeFileSync(join(root, name), '');
    const feed = await openFeed(root);
    expect([feed.format, feed.size, feed.folder]).toEqual(['folder', 3, root]);
    expect(await entriesOf(feed)).toMatchObject([
      { kind: 'product', line: 1, product: { id: 'c', title: 'c', pictures: ['c.WEBP'], source: [] } },
      { kind: 'product', line: 2, product: { id: 'dresses/a.b', title: 'a.b', pictures: ['dresses/a.b.jpg'] } },
      {
        kind: 'problem',
        line: 3,
        id: 'dresses/a.b',
        reason: 'The pictures dresses/a.b.png and dresses/a.b.jpg would be the same product; rename one of them.',
      },
    ]);
    expect(feed.bytesRead()).toBe(3);
  });

  it('a sentence says what cannot be read', async () => {
    mkdirSync(join(folder, 'empty'));
    const file = join(folder, 'feed.csv');
    writeFileSync(file, 'id,picture\n');
    await expect(openFeed(join(folder, 'none.csv'))).rejects.toThrow(/^There is no feed .*none\.csv; name a file/);
    await expect(openFeed(join(folder, 'empty'))).rejects.toThrow(/empty has no picture/);
    await expect(openFeed(folder, { format: 'csv' })).rejects.toThrow(/is a folder; name a file for the format csv/);
    await expect(openFeed(file, { format: 'folder' })).rejects.toThrow(/is a file; name a folder of pictures/);
  });

  it('stops when it is told to', async () => {
    const file = join(folder, 'long.csv');
    writeFileSync(file, `id,picture\n${'a,a.jpg\n'.repeat(100_000)}`);
    const controller = new AbortController();
    const feed = await openFeed(file, { signal: controller.signal });
    const read = async () => {
      for await (const _ of feed.entries) controller.abort();
    };
    await expect(read()).rejects.toMatchObject({ code: 'aborted' });
  });
});
