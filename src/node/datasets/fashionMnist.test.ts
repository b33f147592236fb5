import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { address } from './address.ts';
import type { DataEvent } from './events.ts';
import { type LoadOptions, loadDataset } from './fashionMnist.ts';
import { type DataFileName, dataFileNames, parseManifest } from './manifest.ts';
import { type Remote, Unreachable } from './remote.ts';

const fixture = join(import.meta.dirname, '../../../test/fixtures/fashion-mnist-subset');
const subset = parseManifest(await readFile(join(fixture, 'dataset.json'), 'utf8'), 'dataset.json');

let root: string;
let cache: string;
let events: DataEvent[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'selvedge-data-'));
  cache = join(root, 'cache');
  events = [];
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

/** A source that supplies the subset's files, `damage`d if requested, and fails after `limit` of them. */
function remote(name: string, { limit = 4, damage = (bytes: Buffer) => bytes } = {}) {
  const requested: DataFileName[] = [];
  const source: Remote = {
    name,
    async *fetch(wanted, { onProgress }) {
      for (const [index, file] of wanted.entries()) {
        requested.push(file.name);
        if (index >= limit) throw new Unreachable('failed');
        const bytes = await readFile(join(fixture, `${file.name}.gz`));
        onProgress(file.name, bytes.length, bytes.length);
        yield { name: file.name, bytes: damage(bytes) };
      }
    },
  };
  return { ...source, requested };
}

function load(remotes: readonly Remote[], options: LoadOptions = {}) {
  const sources = { manifest: subset, installed: [join(root, 'installed')], remotes };
  return loadDataset({ cache, sources, onEvent: (event) => events.push(event), ...options });
}

const eventTypes = () => events.map(({ type }) => type);

describe('a named folder', () => {
  it('is read with the names and checksums of its own dataset.json', async () => {
    const dataset = await loadDataset({ folder: fixture });
    expect(dataset.name).toBe('fashion-mnist-subset');
    expect(dataset.train).toMatchObject({ count: 400, height: 28, width: 28, channels: 1 });
    expect(dataset.test.count).toBe(200);
    expect(dataset.folder).toBe(fixture);
    expect(dataset.files['t10k-labels-idx1-ubyte']).toBe(subset.files['t10k-labels-idx1-ubyte'].sha256);
  });

  it('may hold the files uncompressed', async () => {
    const folder = join(root, 'plain');
    await cp(fixture, folder, { recursive: true });
    for (const name of dataFileNames) {
      await writeFile(join(folder, name), gunzipSync(await readFile(join(folder, `${name}.gz`))));
      await rm(join(folder, `${name}.gz`));
    }
    const [plain, packed] = [await loadDataset({ folder }), await loadDataset({ folder: fixture })];
    expect(Buffer.compare(plain.train.images, packed.train.images)).toBe(0);
    expect(plain.test.labels).toEqual(packed.test.labels);
  });

  it('is refused when it or a file is missing, and nothing else is tried', async () => {
    await expect(load([remote('never used')], { folder: join(root, 'none') })).rejects.toMatchObject({
      code: 'missing-file',
      message: `There is no folder ${join(root, 'none')}; name one that holds the data set's files, or your photos in folders of their classes.`,
    });
    await cp(fixture, join(root, 'part'), { recursive: true });
    await rm(join(root, 'part', 't10k-labels-idx1-ubyte.gz'));
    await expect(load([], { folder: join(root, 'part') })).rejects.toMatchObject({
      code: 'missing-file',
      message: expect.stringContaining('lacks t10k-labels-idx1-ubyte (plain or .gz)'),
    });
  });

  it('is refused when a label byte was changed, naming the file and both checksums', async () => {
    const folder = join(root, 'changed');
    await cp(fixture, folder, { recursive: true });
    const labels = gunzipSync(await readFile(join(fixture, 'train-labels-idx1-ubyte.gz')));
    labels[8] = labels[8] === 9 ? 8 : 9;
    await writeFile(join(folder, 'train-labels-idx1-ubyte'), labels);
    await expect(loadDataset({ folder })).rejects.toMatchObject({
      code: 'bad-data',
      message: expect.stringMatching(
        /changed\/train-labels-idx1-ubyte has been changed: SHA-256 3908bbe4\w+ was expected, it has \w{64}; restore it/,
      ),
    });
  });

  it.each([
    ['a truncated .gz', 't10k-images-idx3-ubyte.gz', 5000, /images-idx3-ubyte\.gz is a damaged or cut short gzip file/],
    ['a truncated plain file', 't10k-images-idx3-ubyte', 100, /is cut short: 156816 bytes were expected, it has 100/],
  ])('is refused because of %s', async (_, name, length, message) => {
    const folder = join(root, 'truncated');
    await cp(fixture, folder, { recursive: true });
    const packed = await readFile(join(fixture, 't10k-images-idx3-ubyte.gz'));
    await writeFile(join(folder, name), name.endsWith('.gz') ? packed : gunzipSync(packed));
    await truncate(join(folder, name), length);
    await expect(loadDataset({ folder })).rejects.toThrow(message);
  });

  it('without dataset.json has to hold Fashion-MNIST itself', async () => {
    const folder = join(root, 'undescribed');
    await cp(fixture, folder, { recursive: true });
    await rm(join(folder, 'dataset.json'));
    await expect(loadDataset({ folder })).rejects.toThrow(/unpacks to|cut short.*describe another data set/s);
  });
});

describe('without a named folder', () => {
  it('a remote fills the cache with uncompressed files, and the next time the cache serves', async () => {
    const source = remote('a remote');
    const dataset = await load([source]);
    expect(dataset).toMatchObject({ source: 'a remote', folder: cache, train: { count: 400 } });
    expect((await readdir(cache)).sort()).toEqual([...dataFileNames].sort());
    expect(eventTypes().filter((type) => type === 'cached')).toHaveLength(4);

    const again = await load([source]);
    expect(again.source).toBe('the cache');
    expect(source.requested).toHaveLength(4);
  });

  it('the installed folder comes before any remote', async () => {
    await cp(fixture, join(root, 'installed'), { recursive: true });
    expect(await load([remote('never used')])).toMatchObject({ folder: join(root, 'installed') });
  });

  it('what one remote supplied before it failed is kept, and the next supplies the rest', async () => {
    const [first, second] = [remote('first', { limit: 1 }), remote('second')];
    expect((await load([first, second])).source).toBe('second');
    expect(second.requested).toEqual(dataFileNames.slice(1));
    expect(events).toContainEqual({ type: 'unreachable', source: 'first', reason: 'failed' });
  });

  it('a damaged download never reaches the cache', async () => {
    const damage = (bytes: Buffer) => bytes.subarray(0, bytes.length - 9);
    await expect(load([remote('careless', { damage })])).rejects.toMatchObject({
      code: 'missing-file',
      message: expect.stringContaining('careless sent a damaged file'),
    });
    expect(await readdir(cache)).toEqual([]);
    expect((await load([remote('careless', { damage }), remote('careful')])).source).toBe('careful');
  });

  it('a damaged file in the cache is reported and fetched again, alone', async () => {
    await load([remote('a remote')]);
    await truncate(join(cache, 'train-images-idx3-ubyte'), 1000);
    events = [];
    const source = remote('a remote');
    await load([source]);
    expect(source.requested).toEqual(['train-images-idx3-ubyte']);
    expect(events.find(({ type }) => type === 'corrupt')).toMatchObject({
      source: cache,
      reason: expect.stringContaining(`${join(cache, 'train-images-idx3-ubyte')} is cut short`),
    });
    expect((await load([])).source).toBe('the cache');
  });

  it('an address that never answers is asked for one file, not for every file', async () => {
    const requests: unknown[] = [];
    const silent = createServer((socket) => {
      socket.on('data', (bytes) => requests.push(String(bytes).split(' ')[1]));
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const base = `http://127.0.0.1:${port}/`;
    const dataset = await load([address(base, { firstByte: 500, stall: 500 }), remote('next')]);
    expect(requests).toEqual(['/train-images-idx3-ubyte.gz']);
    expect(dataset.source).toBe('next');
    expect(events).toContainEqual({ type: 'unreachable', source: base, reason: 'no answer within 0.5 s' });
    silent.close();
  });

  it('says where it looked and what to do when no source has it', async () => {
    await expect(load([remote('empty', { limit: 0 })])).rejects.toThrow(
      /^fashion-mnist-subset is not in .*cache or .*installed; empty failed: copy its four files \(.*\) into a folder/,
    );
    const source = remote('never used');
    await expect(load([source], { allowDownload: false })).rejects.toThrow('downloading was not allowed');
    expect(source.requested).toEqual([]);
  });

  it('refuses a cache that cannot be written before anything is fetched', async () => {
    await writeFile(join(root, 'file'), '');
    const source = remote('never used');
    await expect(load([source], { cache: join(root, 'file', 'cache') })).rejects.toMatchObject({
      code: 'cannot-write',
      message: expect.stringContaining('set XDG_CACHE_HOME'),
    });
    expect(source.requested).toEqual([]);
  });

  it('stops when it is aborted and keeps complete files', async () => {
    const controller = new AbortController();
    const silent: Remote = {
      name: 'slow',
      async *fetch(wanted, options) {
        yield* remote('slow').fetch(wanted.slice(0, 1), options);
        controller.abort();
        options.signal?.throwIfAborted();
      },
    };
    await expect(load([silent], { signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' });
    expect(await readdir(cache)).toEqual(['train-images-idx3-ubyte']);
  });
});
