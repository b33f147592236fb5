import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { open, readdir, rename, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { WritingFileSystem } from '../../runs/writeWhole.ts';
import { openPictureFolder } from './folderStore.ts';
import type { PictureStore, StoredPicture } from './pictureStore.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'selvedge-pictures-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A digest and contents that depend on the number. */
function picture(number: number): StoredPicture {
  const digest = (Math.imul(number, 0x1234567) >>> 0).toString(16).padStart(8, '0').repeat(8);
  return { digest, original: Uint8Array.of(number, 1), thumbnail: Uint8Array.of(number, 2) };
}

async function listed(store: PictureStore): Promise<string[]> {
  const digests: string[] = [];
  for await (const digest of store.list()) digests.push(digest);
  return digests;
}

/** The names of all files, relative to the folder, sorted. */
const filesIn = () =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort();

const bytes = (array: Uint8Array | undefined) => array && [...array];

test('what is put is found, by this store and by another of the same folder, until it is removed', async () => {
  const store = await openPictureFolder(folder);
  const [one, two] = [picture(1), picture(2)];
  await store.put([one, two]);
  const other = await openPictureFolder(folder);
  for (const each of [store, other]) {
    expect(bytes(await each.get(one.digest, 'original'))).toEqual([1, 1]);
    expect(bytes(await each.get(two.digest, 'thumbnail'))).toEqual([2, 2]);
    expect(await each.has(one.digest)).toBe(true);
    expect(await listed(each)).toEqual([one.digest, two.digest].sort());
  }
  await other.remove(one.digest);
  await other.remove(one.digest);
  expect(await store.has(one.digest)).toBe(false);
  expect(await store.get(one.digest, 'original')).toBeUndefined();
  expect(await store.get(one.digest, 'thumbnail')).toBeUndefined();
  expect(await listed(store)).toEqual([two.digest]);
  expect(filesIn()).toEqual(['original', 'thumbnail'].map((kind) => `02/${two.digest}.${kind}`));
});

test('a picture that is its own thumbnail is one file', async () => {
  const store = await openPictureFolder(folder);
  const { digest, original } = picture(3);
  await store.put([{ digest, original, thumbnail: original }]);
  expect(filesIn()).toEqual([`03/${digest}.original`]);
  expect(bytes(await store.get(digest, 'thumbnail'))).toEqual([3, 1]);
});

test('a picture that is put again stays as it is', async () => {
  const store = await openPictureFolder(folder);
  const one = picture(1);
  const again = { ...one, original: Uint8Array.of(9), thumbnail: Uint8Array.of(9) };
  await store.put([one, one]);
  await Promise.all([store.put([again]), store.put([again]), store.put([])]);
  expect(bytes(await store.get(one.digest, 'original'))).toEqual([1, 1]);
  expect(bytes(await store.get(one.digest, 'thumbnail'))).toEqual([1, 2]);
  expect(filesIn()).toHaveLength(2);
});

test('300 pictures, half of them put in one call and half in ten at once, are all there', async () => {
  const store = await openPictureFolder(folder);
  const all = Array.from({ length: 300 }, (_, i) => picture(i));
  await store.put(all.slice(0, 150));
  await Promise.all(Array.from({ length: 10 }, (_, i) => store.put(all.slice(150 + 15 * i, 165 + 15 * i))));
  expect(await listed(store)).toEqual(all.map(({ digest }) => digest).sort());
  expect(await readdir(join(folder, 'temporary'))).toEqual([]);
});

/** A disk that has room for some files, and then for half of one. */
function diskFor(files: number): WritingFileSystem {
  const full = () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
  let left = files;
  return {
    async open(path, flags) {
      const handle = await open(path, flags);
      return {
        async writeFile(content) {
          const fits = left-- > 0;
          await handle.writeFile(fits ? content : content.slice(0, content.length / 2));
          if (!fits) await full();
        },
        sync: () => handle.sync(),
        close: () => handle.close(),
      };
    },
    rename,
    unlink,
  };
}

test.each([0, 3, 128, 129])('a disk that is full after %i files leaves whole pictures only', async (files) => {
  const all = Array.from({ length: 70 }, (_, i) => picture(i));
  const store = await openPictureFolder(folder, diskFor(files));
  await expect(store.put(all)).rejects.toMatchObject({ code: 'cannot-write', message: /the disk is full/ });
  // Those of earlier groups of 64.
  const there = await listed(store);
  expect(there).toEqual(
    all
      .slice(0, 64 * Math.floor(files / 128))
      .map(({ digest }) => digest)
      .sort(),
  );
  expect(filesIn()).toHaveLength(2 * there.length);
  const mended = await openPictureFolder(folder);
  await mended.put(all);
  expect(await listed(mended)).toHaveLength(70);
});

test.each([0, 1, 2, 3])(
  'a process that ends after %i renames leaves no original without its thumbnail',
  async (count) => {
    let left = count;
    const stopping: WritingFileSystem = {
      open,
      async rename(from, to) {
        if (left-- > 0) await rename(from, to);
        else throw new Error('ended');
      },
      // A process that has ended removes nothing.
      unlink: async () => {},
    };
    const store = await openPictureFolder(folder, stopping);
    await expect(store.put([picture(1), picture(2)])).rejects.toThrow();
    for (const { digest, thumbnail } of [picture(1), picture(2)]) {
      if (await store.has(digest)) expect(bytes(await store.get(digest, 'thumbnail'))).toEqual([...thumbnail]);
    }
    const mended = await openPictureFolder(folder);
    await mended.put([picture(1), picture(2)]);
    expect(bytes(await mended.get(picture(2).digest, 'original'))).toEqual([2, 1]);
    for await (const digest of mended.list()) await mended.remove(digest);
    expect(filesIn().filter((path) => !path.startsWith('temporary'))).toEqual([]);
  },
);

test('what a killed process left is removed after an hour, not before', async () => {
  const temporary = join(folder, 'temporary');
  mkdirSync(temporary);
  for (const name of ['old.tmp', 'new.tmp']) writeFileSync(join(temporary, name), 'half');
  const old = new Date(Date.now() - 3_700_000);
  utimesSync(join(temporary, 'old.tmp'), old, old);
  await openPictureFolder(folder);
  expect(await readdir(temporary)).toEqual(['new.tmp']);
});

test('a file where the folder should be is a sentence', async () => {
  writeFileSync(join(folder, 'file'), '');
  await expect(openPictureFolder(join(folder, 'file'))).rejects.toMatchObject({ code: 'cannot-write' });
});

test('nothing but a digest names a file', async () => {
  const inner = join(folder, 'shop/store');
  const store = await openPictureFolder(inner);
  writeFileSync(join(folder, 'secret.original'), 'secret');
  const names = fc.oneof(
    fc.string(),
    fc.constantFrom('../secret', '../../secret', '..', '', 'temporary/x', `../${'a'.repeat(61)}`, 'A'.repeat(64)),
    fc.stringMatching(/^[0-9a-f]{63}$|^[0-9a-f]{65}$|^[0-9a-f]{64}\n$/),
  );
  await fc.assert(
    fc.asyncProperty(names, async (name) => {
      expect(await store.get(name, 'original')).toBeUndefined();
      expect(await store.get(name, 'thumbnail')).toBeUndefined();
      expect(await store.has(name)).toBe(false);
      await store.remove(name);
      const put = store.put([{ digest: name, original: Uint8Array.of(1), thumbnail: Uint8Array.of(2) }]);
      await expect(put).rejects.toMatchObject({ code: 'bad-data' });
    }),
    { numRuns: 200, seed: 1 },
  );
  expect(filesIn()).toEqual(['secret.original']);
});
