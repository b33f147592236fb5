import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isManifest, listPictures } from './listPictures.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'selvedge-pictures-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(...paths: readonly string[]): void {
  for (const path of paths) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), '');
  }
}

describe('a folder', () => {
  test('its pictures by their extension, in the order of the code points of their paths; hidden ones and others are skipped', async () => {
    write(
      'b/\u{1f600}.jpg',
      'b/\uff5e.jpg',
      'b/sub/1.JPEG',
      'a/1.png',
      'a/2.webp',
      'a/notes.txt',
      'a/.hidden.png',
      '.git/x.png',
    );
    const { entries, classNames, folder: whole } = await listPictures(folder);
    expect(entries.map(({ path }) => path)).toEqual([
      'a/1.png',
      'a/2.webp',
      'b/sub/1.JPEG',
      'b/\uff5e.jpg',
      'b/\u{1f600}.jpg',
    ]);
    expect(classNames).toEqual(['a', 'b']);
    expect(whole).toBe(folder);
  });

  test('links are followed, and loops of them end', async () => {
    write('a/1.png', 'b/1.png', 'elsewhere/2.png');
    rmSync(join(folder, 'elsewhere/2.png'));
    symlinkSync(folder, join(folder, 'a', 'up'));
    symlinkSync(join(folder, 'b', '1.png'), join(folder, 'b', 'again.png'));
    symlinkSync(join(folder, 'a'), join(folder, 'z'));
    const { entries, leftOut, classNames } = await listPictures(folder);
    expect(entries.map(({ path }) => path)).toEqual(['a/1.png', 'b/1.png', 'b/again.png']);
    expect(classNames).toEqual(['a', 'b', 'elsewhere']);
    expect(leftOut.map(({ path }) => path)).toEqual(['a/up', 'z']);
    for (const { reason } of leftOut) expect(reason).toMatch(/is a link to a folder that is read already\.$/);
  });
});

test('listing stops when its signal is aborted', async () => {
  await expect(listPictures(folder, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
});

describe('a manifest', () => {
  test('paths are relative to its folder; its name is that of the data set', async () => {
    writeFileSync(join(folder, 'shop.csv'), 'path,label,group,split\nx/2.jpg,coat,p,\nx/1.jpg,shirt,,test\n');
    expect(await listPictures(join(folder, 'shop.csv'))).toMatchObject({
      name: 'shop',
      folder,
      classNames: ['coat', 'shirt'],
      entries: [
        { path: 'x/1.jpg', label: 'shirt', part: 'test' },
        { path: 'x/2.jpg', label: 'coat', group: 'p' },
      ],
    });
  });

  test.each([
    ['none', 'missing-file', /none does not exist; name a folder of pictures, or a \.csv or \.jsonl file/],
    ['photo.png', 'bad-data', /photo\.png is neither a folder of pictures nor a \.csv or \.jsonl file/],
    ['latin.csv', 'bad-data', /latin\.csv is not text in UTF-8/],
  ])('%s is refused', async (name, code, message) => {
    writeFileSync(join(folder, 'photo.png'), '');
    writeFileSync(join(folder, 'latin.csv'), Uint8Array.of(0xe4, 0x2c));
    const failure = listPictures(join(folder, name));
    await expect(failure).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('is recognised by its extension', () => {
    expect(['a.csv', 'b/c.JSONL', 'd.ndjson', 'e', 'f.json', 'csv'].filter(isManifest)).toEqual([
      'a.csv',
      'b/c.JSONL',
      'd.ndjson',
    ]);
  });
});
