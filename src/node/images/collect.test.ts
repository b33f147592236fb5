import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { SelvedgeError } from '../../core/errors.ts';
import { collectImages } from './collect.ts';

const root = mkdtempSync(join(tmpdir(), 'selvedge-collect-'));
afterAll(() => rmSync(root, { recursive: true }));

for (const folder of ['shop/shoes', 'shop/bags.png', 'empty']) mkdirSync(join(root, folder), { recursive: true });
const files = [
  'shop/b.JPG',
  'shop/a.png',
  'shop/note.txt',
  'shop/.hidden.png',
  'shop/shoes/c.webp',
  'shop/shoes/d.jpeg',
];
for (const file of [...files, 'shop/bags.png/e.Png', 'empty/readme.md']) writeFileSync(join(root, file), '');
symlinkSync(join(root, 'shop'), join(root, 'shop/shoes/circle'));

const inShop = ['a.png', 'b.JPG', 'bags.png/e.Png', 'shoes/c.webp', 'shoes/d.jpeg'].map((name) =>
  join(root, 'shop', name),
);

test('of a folder, the pictures in and below it are listed, sorted, without hidden files and cycles of links', async () => {
  expect(await collectImages([join(root, 'shop')])).toEqual(inShop);
});

test('a file named by the user is taken whatever its name', async () => {
  const note = join(root, 'shop/note.txt');
  expect(await collectImages([note])).toEqual([note]);
});

test('arguments keep their order and no file comes twice', async () => {
  const last = join(root, 'shop/shoes/d.jpeg');
  expect(await collectImages([last, join(root, 'shop'), last])).toEqual([last, ...inShop.slice(0, -1)]);
});

test.each([
  ['a missing path', 'nowhere', /no file or folder .*nowhere/],
  ['a folder without pictures', 'empty', /The folder .*empty has no picture/],
  ['a path through a file', 'shop/a.png/b.png', /can't be read/],
])('%s is a missing file', async (_, path, message) => {
  const failure = collectImages([join(root, path)]);
  await expect(failure).rejects.toThrow(SelvedgeError);
  await expect(failure).rejects.toMatchObject({ code: 'missing-file', message: expect.stringMatching(message) });
});
