import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeModel } from '../../src/core/formats/modelFile.ts';
import { encodePng } from '../../src/core/formats/png.ts';
import type { Model } from '../../src/core/model/model.ts';
import { type CatalogueClient, openClient } from '../../src/node/catalogue/client.ts';
import { temporaryFolder } from '../cli/selvedge.ts';
import { colourModel, colourPhoto } from '../fixtures/colourModel.ts';

const folder = temporaryFolder(afterAll);
const feed = join(folder, 'feed.csv');
let client: CatalogueClient;

/** Each product's colour, by id. Two have the same picture, and two are variants of one product. */
const colours: Readonly<Record<string, readonly [number, number, number]>> = {
  R1: [200, 30, 30],
  R2: [210, 40, 35],
  R3: [190, 60, 40],
  'R1-copy': [200, 30, 30],
  G1: [30, 160, 40],
  G2: [40, 170, 70],
  G3: [60, 150, 30],
  B1: [30, 40, 190],
  B2: [50, 60, 200],
  B3: [40, 90, 180],
};
const variants = new Set(['B1', 'B2']);

function writeFeed(ids: readonly string[], extra = ''): void {
  const rows = ids.map((id, i) => {
    const group = variants.has(id) ? 'blue' : '';
    return `${id},${group},"Shirt ${id}",${10 + i}.50 EUR,pictures/${id}.png,${i % 2 === 0 ? 'in stock' : 'out of stock'},${id[0] === 'R' ? 'Acme' : 'Other'}\n`;
  });
  writeFileSync(feed, `id,item_group_id,title,price,image_link,availability,brand\n${rows.join('')}${extra}`);
}

function saveModelFile(name: string, model: Model): string {
  const file = join(folder, name);
  writeFileSync(file, writeModel(model));
  return file;
}

async function importFeed(complete = false) {
  const { import: id } = await client.call('startImport', { source: feed, complete });
  for (;;) {
    const progress = await client.call('importProgress', { import: id });
    expect(progress.error).toBe('');
    await client.service?.check();
    if (progress.state === 'read' && progress.waiting === 0) return { id, ...progress };
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

const similar = async (input: Parameters<typeof client.call<'similar'>>[1]) =>
  (await client.call('similar', input)).products;
const idsOf = (products: readonly { readonly id: string }[]) => products.map(({ id }) => id);

beforeAll(async () => {
  mkdirSync(join(folder, 'pictures'));
  for (const [id, colour] of Object.entries(colours)) {
    // The edge tells the pictures' sizes apart, so that only copies have one file.
    const edge = 40 + 2 * (Object.keys(colours).indexOf(id.replace('-copy', '')) + 1);
    writeFileSync(join(folder, 'pictures', `${id}.png`), encodePng(colourPhoto(edge, edge, colour)));
  }
  writeFeed(
    Object.keys(colours),
    'X1,,No picture,1.00 EUR,,in stock,Other\nX2,,Missing,1.00 EUR,pictures/none.png,in stock,Other\n',
  );
  const place = { kind: 'folder', folder: join(folder, 'store') } as const;
  client = await openClient(place, { command: 'a test', create: true, threads: 1 });
  expect(await client.call('addModel', { path: saveModelFile('model.safetensors', colourModel()) })).toEqual({
    state: 'active',
  });
});
afterAll(async () => client.close());

test('an import tags every product that it can, and says of the others what is wrong', async () => {
  const end = await importFeed();
  expect(end).toMatchObject({ products: 11, changed: 11, problems: 1, failed: 1 });
  const { problems } = await client.call('importProblems', { import: end.id });
  expect(problems).toEqual([{ line: 12, id: 'X1', reason: expect.stringMatching(/picture/) }]);
  const { products } = await client.call('products', {});
  expect(products.map(({ id, category }) => [id, category])).toEqual([
    ...['B1', 'B2', 'B3'].map((id) => [id, 'blue']),
    ...['G1', 'G2', 'G3'].map((id) => [id, 'green']),
    ...['R1', 'R1-copy', 'R2', 'R3'].map((id) => [id, 'red']),
    ['X2', null],
  ]);
  const [b1] = products;
  expect(b1).toMatchObject({
    price: { amount: '17.50', currency: 'EUR' },
    inStock: false,
    group: 'blue',
    accepted: null,
  });
  expect(b1!.tags!.colours[0]!.name).toBe('blue');
  expect(products.at(-1)).toMatchObject({
    state: 'failed',
    problem: expect.stringMatching(/none\.png does not exist/),
  });
});

test('the same feed again changes nothing but tries what failed; a changed row is processed again', async () => {
  expect(await importFeed()).toMatchObject({ products: 11, changed: 1, failed: 1 });
  writeFileSync(feed, readFileSync(feed, 'utf8').replace('"Shirt G1",14.50', '"Shirt G1, new",12.00'));
  expect(await importFeed()).toMatchObject({ changed: 2 });
  const { products } = await client.call('products', { ids: ['G1'] });
  expect(products).toMatchObject([{ title: 'Shirt G1, new', price: { amount: '12.00' }, state: 'ready' }]);
});

test('similar items are those of the same colour; near-duplicates and variants of the query are left out', async () => {
  const found = await similar({ ids: ['R1'], limit: 3 });
  // R1-copy has the same picture.
  expect(idsOf(found).slice(0, 2).toSorted()).toEqual(['R2', 'R3']);
  expect(found[0]).toMatchObject({ category: 'red', shared: { category: 'red', attributes: { brand: 'Acme' } } });
  expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).toSorted((a, b) => b - a));
  expect(idsOf(await similar({ ids: ['B1'], limit: 20 }))).not.toContain('B2');
});

test('variants and copies among the results are listed once, with the others beside them', async () => {
  const found = await similar({ ids: ['G1'], limit: 20 });
  const blue = found.find(({ id }) => variants.has(id))!;
  expect(found.filter(({ id }) => variants.has(id))).toHaveLength(1);
  expect([blue.id, ...blue.alsoAs].toSorted()).toEqual(['B1', 'B2']);
  expect(found.flatMap(({ id, alsoAs }) => [id, ...alsoAs]).toSorted()).toEqual(
    Object.keys(colours)
      .filter((id) => id !== 'G1')
      .toSorted(),
  );
});

test('a photo that is sent finds its like, and is not kept', async () => {
  const photo = Buffer.from(encodePng(colourPhoto(300, 200, [35, 155, 45])));
  const found = await similar({ pictures: [photo.toString('base64')], limit: 3 });
  expect(idsOf(found).toSorted()).toEqual(['G1', 'G2', 'G3']);
  const { products } = await client.call('status', {});
  expect(products).toMatchObject({ ready: 10, waiting: 0, failed: 1 });
});

test('filters leave out what does not fit, and still find as many as there are', async () => {
  const filtered = async (filter: object) =>
    idsOf(await similar({ ids: ['R1'], limit: 20, filter: { attributes: {}, ...filter } }));
  expect((await filtered({ category: 'green' })).toSorted()).toEqual(['G1', 'G2', 'G3']);
  expect((await filtered({ attributes: { brand: 'ACME' } })).toSorted()).toEqual(['R2', 'R3']);
  expect(await filtered({ minimumPrice: 12, maximumPrice: 12 })).toEqual(['G1']);
  expect(await filtered({ minimumPrice: 12, currency: 'USD' })).toEqual([]);
  expect((await filtered({ inStock: true, category: 'blue' })).toSorted()).toEqual(['B2']);
  expect((await filtered({ colour: 'blue' })).length).toBeGreaterThan(0);
});

test('a least score and diversity are obeyed', async () => {
  const all = await similar({ ids: ['R1'], limit: 20 });
  const least = all[1]!.score;
  expect(await similar({ ids: ['R1'], limit: 20, minimumScore: least })).toEqual(all.slice(0, 2));
  const diverse = await similar({ ids: ['R1'], limit: 3, diversity: 0.9 });
  expect(diverse[0]!.id).toBe(all[0]!.id);
  expect(new Set(diverse.map(({ category }) => category)).size).toBe(3);
});

test('the approximate index finds what exact search finds, filters included', async () => {
  const asked = [
    { ids: ['R1'], limit: 20 },
    { ids: ['G1', 'B3'], limit: 5, filter: { attributes: { brand: 'Other' }, minimumPrice: 14 } },
    {
      ids: ['B1'],
      limit: 4,
      filter: { attributes: {}, category: 'red', inStock: true, colour: 'red', currency: 'EUR' },
    },
  ];
  const exact = [];
  for (const input of asked) exact.push(await similar(input));
  await expect(client.call('recall', {})).rejects.toThrow(/no approximate index/);
  await client.call('buildIndex', {});
  for (const [i, input] of asked.entries()) {
    const found = await similar(input);
    expect(found.map(({ id, alsoAs }) => [id, alsoAs])).toEqual(exact[i]!.map(({ id, alsoAs }) => [id, alsoAs]));
    for (const [n, { score }] of found.entries()) expect(score).toBeCloseTo(exact[i]![n]!.score, 5);
  }
  expect(await client.call('recall', { limit: 5 })).toMatchObject({ queries: 10, recall: 1, lowest: 1 });
  await client.call('dropIndex', {});
});

test('duplicates are groups of products with one picture; variants are none', async () => {
  const { total, groups } = await client.call('duplicates', {});
  expect(total).toBe(1);
  expect(groups[0]!.products.map(({ id }) => id)).toEqual(['R1', 'R1-copy']);
  expect(await client.call('duplicates', { kind: 'sameProduct' })).toEqual({ total: 0, groups: [] });
});

test('a review replaces the category until it is undone; a wrong one records nothing', async () => {
  const review = (id: string, category: string) =>
    client.call('review', {
      corrections: [
        { id: 'G3', category: 'red' },
        { id, category },
      ],
      reviewer: 'ann',
    });
  await expect(review('G2', 'purple')).rejects.toThrow(
    /cannot be 'purple': the model's categories are red, green, blue/,
  );
  await expect(review('none', 'red')).rejects.toThrow(/no product none/);
  expect((await client.call('reviews', {})).reviews).toEqual([]);
  const { reviews } = await review('G2', 'green');
  expect(reviews).toHaveLength(2);
  expect((await client.call('products', { ids: ['G3'] })).products).toMatchObject([
    { category: 'red', accepted: true, review: { category: 'red', reviewer: 'ann' } },
  ]);
  expect(idsOf(await similar({ ids: ['R1'], limit: 20, filter: { attributes: {}, category: 'red' } }))).toContain('G3');
  const doubtful = (await client.call('doubtful', { limit: 100 })).products;
  expect(idsOf(doubtful)).not.toContain('G2');
  expect(doubtful.map(({ confidence }) => confidence)).toEqual(
    doubtful.map(({ confidence }) => confidence).toSorted((a, b) => a - b),
  );
  expect(await client.call('undo', { review: reviews[0]!, reviewer: 'ben' })).toEqual({ id: 'G3', category: 'red' });
  await expect(client.call('undo', { review: reviews[0]!, reviewer: 'ben' })).rejects.toThrow(/no review/);
  expect((await client.call('products', { ids: ['G3'] })).products).toMatchObject([{ category: 'green' }]);
});

test('a product that is removed is found no more, and its picture is gone unless another product has it', async () => {
  const { products } = await client.call('products', { ids: ['R3', 'R1-copy'] });
  const [own, shared] = products.map(({ pictures }) => pictures[0]!.digest!);
  await expect(client.call('remove', { ids: ['R3', 'none'] })).rejects.toThrow(/no product none/);
  expect(await client.call('remove', { ids: ['R3', 'R1-copy'] })).toEqual({ products: 2, pictures: 1 });
  await expect(client.call('picture', { digest: own! })).rejects.toThrow(/no picture/);
  expect((await client.call('picture', { digest: shared! })).bytes.length).toBeGreaterThan(0);
  expect(idsOf(await similar({ ids: ['R1'], limit: 20 }))).not.toContain('R3');
});

test('a complete import withdraws what it does not name, but not rows with mistakes; another one brings it back', async () => {
  writeFeed(['R1', 'R2', 'G1'], 'B1,,Bad price,abc,pictures/B1.png,in stock,Other\n');
  expect(await importFeed(true)).toMatchObject({ withdrawn: 5, problems: 1 });
  expect(idsOf((await client.call('products', {})).products)).toEqual(['B1', 'G1', 'R1', 'R2']);
  expect(idsOf(await similar({ ids: ['R1'], limit: 20 })).toSorted()).toEqual(['B1', 'G1', 'R2']);
  writeFeed(Object.keys(colours));
  await importFeed();
  expect((await client.call('status', {})).products).toMatchObject({ ready: 10, withdrawn: 1 });
});

test('another model tags all products in the background, also one whose stored picture is gone, and replaces the first when it is done', async () => {
  const [blue] = (await client.call('products', { ids: ['B3'] })).products;
  const lost = blue!.pictures[0]!.digest!;
  rmSync(join(folder, 'store/pictures', lost.slice(0, 2), `${lost}.original`));
  const other = colourModel();
  const renamed = { ...other, classNames: ['rot', 'gruen', 'blau'] };
  expect(await client.call('addModel', { path: saveModelFile('other.safetensors', renamed) })).toEqual({
    state: 'incoming',
  });
  expect((await client.call('products', { ids: ['R1'] })).products).toMatchObject([{ category: 'red' }]);
  client.service!.work().wake();
  for (;;) {
    const { models } = await client.call('status', {});
    if (models.find(({ state }) => state === 'active')!.classNames[0] === 'rot') break;
    await new Promise((wake) => setTimeout(wake, 20));
  }
  const { products } = await client.call('products', {});
  expect(products.map(({ category }) => category)).toEqual([
    ...Array(3).fill('blau'),
    // A person said so.
    ...['gruen', 'green', 'gruen'],
    ...Array(4).fill('rot'),
  ]);
  expect(idsOf(await similar({ ids: ['R1'], limit: 2 })).toSorted()).toEqual(['R2', 'R3']);
});
