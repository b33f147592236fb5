import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { thumbnailSize } from '../../../core/data/pictures/fingerprint.ts';

import { clearPictureCache, openPictureCache, type PackedFacts } from './pictureCache.ts';

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'selvedge-cache-'));
  folder = join(parent, 'pictures');
});
afterEach(() => rmSync(parent, { recursive: true }));

const shape = [2, 3, 1] as const;
const content = (n: number) => String(n).padStart(64, '0');
const facts = (n: number): PackedFacts => ({
  contentSha256: content(n),
  decodedSha256: content(n + 1),
  height: 20,
  width: 30,
  channels: 3,
  hash: [n, 0xffff_ffff],
});
/** Pixels of the value n, and a thumbnail of n + 1. */
const payload = (...numbers: readonly number[]) =>
  Uint8Array.from(
    numbers.flatMap((n) => [...new Array<number>(6).fill(n), ...new Array<number>(thumbnailSize).fill(n + 1)]),
  );

async function found(contents: readonly string[], limit?: number): Promise<[string, number, number, number][]> {
  const cache = await openPictureCache(shape, folder, limit);
  const list: [string, number, number, number][] = [];
  await cache.read(contents, (sum, { hash }, pixels, thumbnail) => {
    expect([pixels.length, thumbnail.length]).toEqual([6, thumbnailSize]);
    list.push([sum, hash[0], pixels[5]!, thumbnail[0]!]);
  });
  return list;
}

const packs = () =>
  readdirSync(folder).flatMap((key) => readdirSync(join(folder, key)).map((name) => join(folder, key, name)));

test('what was written is found again by the contents, in a folder that is private', async () => {
  const cache = await openPictureCache(shape, folder);
  expect(cache.isEmpty).toBe(true);
  await cache.write([facts(1), facts(5)], payload(1, 5));
  await cache.write([facts(9)], payload(9));
  expect((await found([content(5), content(7), content(9)])).sort()).toEqual([
    [content(5), 5, 5, 6],
    [content(9), 9, 9, 10],
  ]);
  expect((await openPictureCache(shape, folder)).isEmpty).toBe(false);
  if (process.platform !== 'win32') expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test('pictures of another size are not found', async () => {
  await (await openPictureCache(shape, folder)).write([facts(1)], payload(1));
  expect((await openPictureCache([3, 2, 1], folder)).isEmpty).toBe(true);
});

test.each([
  ['cut short', (path: string) => truncateSync(path, statSync(path).size - 1)],
  ['changed in its pixels', (path: string) => change(path, -1)],
  ['changed in its magic', (path: string) => change(path, 0)],
  ['of another version', (path: string) => change(path, 8)],
  ['empty', (path: string) => truncateSync(path, 0)],
])('a pack that is %s is not used, and removed', async (_, damage) => {
  await (await openPictureCache(shape, folder)).write([facts(1)], payload(1));
  for (const path of packs()) damage(path);
  expect(await found([content(1)])).toEqual([]);
  expect(packs()).toEqual([]);
});

function change(path: string, at: number): void {
  const bytes = readFileSync(path);
  const index = at < 0 ? bytes.length + at : at;
  bytes[index] = bytes[index]! ^ 1;
  writeFileSync(path, bytes);
}

test('above the limit, the packs that were not used for longest are removed', async () => {
  const cache = await openPictureCache(shape, folder);
  for (const n of [1, 2, 3]) {
    await cache.write([facts(n)], payload(n));
    for (const path of packs().filter((path) => statSync(path).mtimeMs > 1e9 * 1000))
      utimesSync(path, n * 1000, n * 1000);
  }
  const [size] = packs().map((path) => statSync(path).size);
  // To use the first makes it the newest.
  expect(await found([content(1)])).toHaveLength(1);
  await (await openPictureCache(shape, folder, 2 * size! + 1)).trim();
  expect((await found([content(1), content(2), content(3)])).map(([sum]) => sum).sort()).toEqual([
    content(1),
    content(3),
  ]);
});

test('clearing removes everything and says how much', async () => {
  expect(await clearPictureCache(folder)).toBe(0);
  await (await openPictureCache(shape, folder)).write([facts(1)], payload(1));
  const [size] = packs().map((path) => statSync(path).size);
  expect(await clearPictureCache(folder)).toBe(size);
  expect(readdirSync(parent)).toEqual([]);
});
