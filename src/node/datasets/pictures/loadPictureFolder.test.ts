import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { classFolders, type Drawn, drawn, writePictures } from '../../../../test/fixtures/pictures.ts';
import { fitPicture } from '../../../core/data/fitPicture.ts';
import { decodeImage } from '../../images/decode.ts';
import { type LoadedPictures, type LoadPicturesOptions, loadPictureFolder } from './loadPictureFolder.ts';

let parent: string;
beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), 'selvedge-load-'));
});
afterAll(() => rmSync(parent, { recursive: true }));

let folders = 0;
const newFolder = () => {
  const path = join(parent, `photos ${++folders}`);
  mkdirSync(path);
  return path;
};
const load = (path: string, more: Partial<LoadPicturesOptions> = {}) =>
  loadPictureFolder({ path, height: 8, width: 10, channels: 3, threads: 2, cache: null, ...more });

async function expectPicturesAtPaths({ folder, paths, classNames, ...sets }: LoadedPictures): Promise<void> {
  for (const part of ['train', 'test'] as const) {
    for (const [i, path] of paths[part].entries()) {
      const picture = await decodeImage(readFileSync(join(folder, path)), path);
      expect(sets[part].images.slice(i * 240, (i + 1) * 240)).toEqual(fitPicture(picture, [8, 10, 3]).pixels);
      expect(classNames[sets[part].labels[i]!]).toBe(path[0]);
    }
  }
}

describe('a folder of two classes with ten pictures each', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'selvedge-load-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  await writePictures(folder, classFolders(10));
  const data = await load(folder);

  test('has two test pictures of each class and two validation pictures among the others', () => {
    const { train, test, validation, classNames } = data;
    expect(classNames).toEqual(['a', 'b']);
    expect([...test.labels]).toEqual([0, 0, 1, 1]);
    expect([...validation].map((i) => train.labels[i])).toEqual([0, 0, 1, 1]);
    expect([train.count, train.height, train.width, train.channels]).toEqual([16, 8, 10, 3]);
  });

  test('each picture is the one at its path, fitted', () => expectPicturesAtPaths(data));

  test('is the same on another number of threads, and in grey has the same split', async () => {
    const { train, files, paths } = await load(folder, { threads: 1 });
    expect(train.images).toEqual(data.train.images);
    expect({ files, paths }).toEqual({ files: data.files, paths: data.paths });
    const grey = await load(folder, { channels: 1 });
    expect(grey.paths).toEqual(data.paths);
    expect(grey.train.images).toHaveLength(16 * 80);
  });

  test('is the same from the cache, which decodes nothing again but what has changed', async () => {
    const cache = join(parent, 'cache');
    const stages: string[] = [];
    const onProgress = ({ stage, total }: { stage: string; total: number }) => stages.push(`${stage} ${total}`);
    const once = await load(folder, { cache, onProgress });
    expect(new Set(stages)).toEqual(new Set(['decoding 20']));
    stages.length = 0;
    const again = await load(folder, { cache, onProgress });
    expect(new Set(stages)).toEqual(new Set(['looking up 20']));
    expect(again.train.images).toEqual(once.train.images);
    expect(again.files).toEqual(data.files);
    expect(again.nearDuplicates).toEqual(data.nearDuplicates);

    const copy = newFolder();
    await writePictures(copy, { ...classFolders(10), 'b/03.png': { number: 77 } });
    stages.length = 0;
    await load(copy, { cache, onProgress });
    expect(new Set(stages)).toEqual(new Set(['looking up 20', 'decoding 1']));
  });

  test('stops when its signal is aborted', async () => {
    const controller = new AbortController();
    const stopped = load(folder, { signal: controller.signal, onProgress: () => controller.abort() });
    await expect(stopped).rejects.toMatchObject({ code: 'aborted', message: expect.stringMatching(/^Stopped before/) });
  });

  test('goes on without a cache that cannot be written, and says so', async () => {
    const file = join(parent, 'a file');
    writeFileSync(file, '');
    const { warnings, train } = await load(folder, { cache: join(file, 'cache') });
    expect(warnings).toEqual([
      expect.stringMatching(/^The decoded pictures are not cached \(set XDG_CACHE_HOME.*: Cannot write/),
    ]);
    expect(train.count).toBe(16);
  });
});

test('PNG, JPEG and WebP, colour and grey, any size: all have the form of the network', async () => {
  const folder = newFolder();
  await writePictures(folder, {
    'a/1.png': { number: 1 },
    'a/2.jpg': { number: 2, width: 7, height: 5 },
    'a/3.webp': { number: 3, width: 200, height: 20 },
    'b/1.jpeg': { number: 4, grey: true },
    'b/2.png': { number: 5, grey: true, width: 3, height: 100 },
    'b/3.PNG': { number: 6 },
  });
  const { train, test, leftOut } = await load(folder);
  expect(leftOut).toEqual([]);
  expect([train.count, test.count]).toEqual([4, 2]);
});

test('files that are no pictures are left out with a sentence each, and the rest goes on', async () => {
  const folder = newFolder();
  const png = await drawn({ number: 9 }).png().toBuffer();
  await writePictures(folder, {
    ...classFolders(4),
    'a/text.jpg': new TextEncoder().encode('no picture'),
    'a/empty.png': new Uint8Array(),
    'b/cut.png': new Uint8Array(png.subarray(0, png.length / 2)),
    'b/bomb.png': declaring(png, 60_000, 60_000),
    'loose.png': { number: 10 },
  });
  mkdirSync(join(folder, 'b/folder.png'));
  symlinkSync(join(folder, 'nowhere'), join(folder, 'b/broken link.png'));
  const data = await load(folder);
  const { leftOut, train, test } = data;
  await expectPicturesAtPaths(data);
  expect(leftOut.map(({ path }) => path).sort()).toEqual([
    'a/empty.png',
    'a/text.jpg',
    'b/bomb.png',
    'b/broken link.png',
    'b/cut.png',
    'loose.png',
  ]);
  for (const { reason } of leftOut) expect(reason).toMatch(/^[^\n]+\.$/);
  expect(leftOut.find(({ path }) => path === 'b/bomb.png')!.reason).toMatch(
    /is 60000×60000 pixels, more than 50 million/,
  );
  expect(train.count + test.count).toBe(8);
});

/** A PNG whose header declares another size. */
function declaring(png: Uint8Array, width: number, height: number): Uint8Array {
  const bytes = new Uint8Array(png);
  new DataView(bytes.buffer).setUint32(16, width);
  new DataView(bytes.buffer).setUint32(20, height);
  return bytes;
}

test('a list with a name that no file can have', async () => {
  const folder = newFolder();
  await writePictures(folder, classFolders(3));
  const names = readdirSync(join(folder, 'a'));
  const rows = ['a', 'b'].flatMap((name) => names.map((file) => `${name}/${file},${name}`));
  writeFileSync(join(folder, 'list.csv'), ['path,label', ...rows, `${'x'.repeat(5000)}.jpg,a`].join('\n'));
  const { leftOut } = await load(join(folder, 'list.csv'));
  expect(leftOut).toEqual([
    { path: expect.any(String), reason: expect.stringMatching(/x\.jpg has a name that is too long\.$/) },
  ]);
});

test('near-duplicates stay in one part, and a large cluster is warned about', async () => {
  const folder = newFolder();
  await writePictures(folder, classFolders(10));
  const copy = drawn({ number: 3, width: 360, height: 320 });
  for (const [name, quality] of [
    ['x', 90],
    ['y', 40],
    ['z', 20],
  ] as const) {
    await copy
      .clone()
      .jpeg({ quality })
      .toFile(join(folder, `b/${name}.jpg`));
  }
  const data = await load(folder);
  expect(data.nearDuplicates).toEqual([['a/03.png', 'b/x.jpg', 'b/y.jpg', 'b/z.jpg']]);
  expect(data.warnings).toEqual([
    expect.stringMatching(
      /^3 near-duplicates, the first of them b\/x\.jpg, are 23 % of the class b; they stay in one part/,
    ),
  ]);
  for (let seed = 1; seed < 3; seed++) {
    const { paths } = await load(folder, { seed });
    const inTest = data.nearDuplicates[0]!.filter((path) => paths.test.includes(path)).length;
    expect([0, 4]).toContain(inTest);
  }
});

test('a manifest with groups, given parts and a missing file', async () => {
  const folder = newFolder();
  await writePictures(folder, classFolders(8));
  const rows = readdirSync(join(folder, 'a')).flatMap((name, i) => [
    `a/${name},shirt,g${i >> 1},${i === 7 ? 'test' : ''}`,
    `b/${name},coat,h${i >> 1},`,
  ]);
  writeFileSync(join(folder, 'list.csv'), ['path,label,group,split', ...rows, 'a/none.jpg,coat,,'].join('\n'));
  const data = await load(join(folder, 'list.csv'));
  expect(data).toMatchObject({ name: 'list', folder, classNames: ['coat', 'shirt'] });
  expect(data.leftOut).toEqual([
    { path: 'a/none.jpg', reason: expect.stringMatching(/a\/none\.jpg does not exist\.$/) },
  ]);
  expect(data.paths.test).toEqual(['a/06.png', 'a/07.png']);
  expect(data.warnings).toEqual(['The class coat has no test picture, so the test says nothing about it.']);
});

test('near-duplicates that are given to training and test are warned about', async () => {
  const folder = newFolder();
  const given = (part: string, pictures: Record<string, Drawn>) =>
    Object.fromEntries(Object.entries(pictures).map(([path, drawn]) => [`${part}/${path}`, drawn]));
  await writePictures(folder, { ...given('train', classFolders(30)), ...given('test', classFolders(1)) });
  const { warnings, paths } = await load(folder);
  expect(paths.test).toEqual(['test/a/00.png', 'test/b/00.png']);
  expect(warnings).toHaveLength(3);
  expect(warnings.at(-1)).toMatch(
    /^4 pictures belong together, .*, for example test\/a\/00\.png; figures on them are too good\.$/,
  );
});

test.each<[string, Parameters<typeof writePictures>[1], RegExp]>([
  ['no class', { '1.png': { number: 1 } }, /photos \d+ has no class: put the pictures of each class into a folder/],
  ['one class', { 'a/1.png': { number: 1 } }, /has only the class a: a classifier needs two or more/],
  [
    'no readable picture in a class',
    { 'a/1.png': { number: 1 }, 'b/1.png': new Uint8Array() },
    /The class b of .* has no picture that can be used \(.*1\.png is empty: .*\); add some, or remove the class/,
  ],
  [
    'too few pictures',
    { 'a/1.png': { number: 1 }, 'b/1.png': { number: 2 } },
    /The class a has 1 picture, too few for training, validation and test/,
  ],
])('%s is refused in one sentence', async (_, files, message) => {
  const folder = newFolder();
  await writePictures(folder, files);
  await expect(load(folder)).rejects.toMatchObject({ code: 'bad-data', message: expect.stringMatching(message) });
});

test('pictures that would not fit into memory are refused before they are read', async () => {
  const folder = newFolder();
  await writePictures(folder, classFolders(3));
  await expect(load(folder, { height: 20_000, width: 20_000 })).rejects.toThrow(
    /^6 pictures of 20000×20000×3 would take up 7\.2 GB of memory, more than 4 GB; choose a smaller size\.$/,
  );
});
