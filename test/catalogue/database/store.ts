import { beforeEach, describe, expect, test } from 'vitest';
import {
  catalogueCounts,
  countImport,
  endImport,
  importProblems,
  importStatus,
  startImport,
} from '../../../src/node/catalogue/store/imports.ts';
import { changedProducts, indexedPictures, removedProducts } from '../../../src/node/catalogue/store/indexed.ts';
import { activateWhenDone, activeModel, modelFile, storedModels } from '../../../src/node/catalogue/store/models.ts';
import {
  productsOf,
  productsPage,
  removeProducts,
  unprocessedProducts,
  upsertProducts,
  withdrawOthers,
} from '../../../src/node/catalogue/store/products.ts';
import { embeddedDigests, storedEmbeddings } from '../../../src/node/catalogue/store/results.ts';
import { addReviews, doubtfulProducts, reviewsOf, undoReview } from '../../../src/node/catalogue/store/reviews.ts';
import { emptied, type Home } from './homes.ts';
import { contentOf, digestOf, fileOf, imported, product, sha256, tagged, withModel } from './samples.ts';

export function storeContract(home: () => Home): void {
  describe('the store', () => storeSuite(home));
}

function storeSuite(home: () => Home): void {
  const database = () => home().database;
  const changesSince = (revision: number) => changedProducts(database(), digestOf('first'), revision, 100);
  const stored = async (id: string) => (await productsOf(database(), [id]))[0]!;
  const review = (id: string, category: string) =>
    database().transaction((transaction) => addReviews(transaction, [{ id, category }], 'ann'));

  beforeEach(() => emptied(home()));

  describe('products', () => {
    test('what an import says is what is stored', async () => {
      await imported(database(), [product('a', { group: 'g', price: { amount: '0.10', currency: 'USD' } })]);
      expect(await stored('a')).toMatchObject({
        ...product('a', { group: 'g', price: { amount: '0.10', currency: 'USD' } }),
        pictures: [{ address: 'a.png', digest: null, problem: '' }],
        state: 'waiting',
        withdrawn: false,
        tags: null,
        review: null,
      });
    });

    test('the same feed again changes no product, and no revision', async () => {
      const feed = [product('a'), product('b', { price: null, inStock: null })];
      expect((await imported(database(), feed)).changed).toEqual(['a', 'b']);
      await withModel(database(), 'first');
      await tagged(database(), 'a');
      const before = await changesSince(0);
      expect((await imported(database(), feed)).changed).toEqual([]);
      expect(await changesSince(0)).toEqual(before);
      expect(await catalogueCounts(database())).toEqual({ waiting: 1, ready: 1, failed: 0, withdrawn: 0 });
    });

    test('a changed product waits again, keeps its tags meanwhile, and what is known of the same pictures', async () => {
      await withModel(database(), 'first');
      await imported(database(), [product('a', { pictures: ['a.png', 'b.png'] })]);
      await tagged(database(), 'a');
      const changed = product('a', { title: 'New', pictures: ['a.png', 'c.png', 'd.png'] });
      expect((await imported(database(), [changed])).changed).toEqual(['a']);
      expect(await stored('a')).toMatchObject({
        title: 'New',
        state: 'waiting',
        tags: { category: 'Dress' },
        pictures: [
          { address: 'a.png', digest: sha256('a') },
          { address: 'c.png', digest: null },
          { address: 'd.png', digest: null },
        ],
      });
      await imported(database(), [product('a', { pictures: ['c.png'] })]);
      expect((await stored('a')).pictures).toEqual([{ address: 'c.png', digest: null, problem: '' }]);
    });

    test('a product that has failed, or whose feed is in another folder, is tried again', async () => {
      await imported(database(), [product('a'), product('b')]);
      await database().query(`UPDATE products SET state = 'failed', problem = 'No picture.' WHERE id = 'a'`);
      expect((await imported(database(), [product('a'), product('b')])).changed).toEqual(['a']);
      expect((await imported(database(), [product('a'), product('b')], '/moved')).changed).toEqual(['a', 'b']);
    });

    test('a complete feed withdraws the others, spares rows with mistakes, and the next one brings them back', async () => {
      await withModel(database(), 'first');
      await imported(database(), [product('a'), product('b'), product('c')]);
      for (const id of ['a', 'b', 'c']) await tagged(database(), id);
      const { id, changed } = await imported(database(), [product('a')]);
      const gone = await database().transaction((transaction) => withdrawOthers(transaction, id, ['c']));
      expect([changed, gone]).toEqual([[], 1]);
      expect(await catalogueCounts(database())).toEqual({ waiting: 0, ready: 2, failed: 0, withdrawn: 1 });
      expect((await productsPage(database(), { after: '', limit: 10 })).map((one) => one.id)).toEqual(['a', 'c']);
      expect((await changesSince(0)).filter(({ isShown }) => !isShown).map((one) => one.id)).toEqual(['b']);
      expect(await unprocessedProducts(database(), ['b'])).toEqual([]);
      expect((await imported(database(), [product('a'), product('b')])).changed).toEqual(['b']);
      expect(await stored('b')).toMatchObject({ withdrawn: false, state: 'waiting', tags: { category: 'Dress' } });
    });

    test('removal erases everything of a product, but not a picture that another one shows', async () => {
      await withModel(database(), 'first');
      await imported(database(), [product('a'), product('b'), product('c')]);
      await tagged(database(), 'a', { digest: sha256('shared') });
      await tagged(database(), 'b', { digest: sha256('shared') });
      await tagged(database(), 'c');
      await review('c', 'Bag');
      const remove = (...ids: string[]) => database().transaction((transaction) => removeProducts(transaction, ids));
      expect(await remove('a', 'c', 'unknown')).toEqual({ products: 2, pictures: [sha256('c')] });
      expect((await removedProducts(database(), 0)).map(({ id }) => id).sort()).toEqual(['a', 'c']);
      expect(JSON.stringify({ ...(await contentOf(database())), removals: [] })).not.toContain(sha256('c'));
      expect(await reviewsOf(database(), 10, 0)).toEqual([]);
      expect(await remove('b')).toEqual({ products: 1, pictures: [sha256('shared')] });
      expect(await contentOf(database())).toMatchObject({ products: [], pictures: [], embeddings: [], tags: [] });
    });

    test('pages follow the order of ids, of one category or of all', async () => {
      await withModel(database(), 'first');
      const ids = ['a', 'b', 'c', 'd', 'e'];
      await imported(
        database(),
        ids.map((id) => product(id)),
      );
      for (const id of ids) await tagged(database(), id, { category: id < 'c' ? 'Dress' : 'Coat' });
      await review('a', 'Coat');
      const page = async (after: string, category?: string) =>
        (await productsPage(database(), { after, limit: 2, category })).map(({ id }) => id);
      expect([await page(''), await page('b'), await page('d')]).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
      expect([await page('', 'Coat'), await page('c', 'Coat')]).toEqual([
        ['a', 'c'],
        ['d', 'e'],
      ]);
    });
  });

  describe('results', () => {
    beforeEach(async () => {
      await withModel(database(), 'first');
      await imported(database(), [product('a')]);
    });

    test('written twice they are there once, and the same', async () => {
      await tagged(database(), 'a');
      const { products, ...before } = await contentOf(database());
      await tagged(database(), 'a');
      const { products: again, ...after } = await contentOf(database());
      expect(after).toEqual(before);
      expect(again).toHaveLength(products!.length);
    });

    test('features and fingerprints come back as they were, to 9 digits and all 64 bits', async () => {
      await tagged(database(), 'a');
      const [picture] = await indexedPictures(database(), digestOf('first'), ['a']);
      expect(Float32Array.from(JSON.parse(picture!.features))).toEqual(Float32Array.of(0.6, 0.8, 1 / 3));
      expect([picture!.high, picture!.low, picture!.digest]).toEqual([0xfedcba98, 7, sha256('a')]);
      expect(Uint8Array.from(picture!.fingerprint)).toEqual(Uint8Array.from({ length: 768 }, (_, i) => i));
      expect(await embeddedDigests(database(), digestOf('first'), [sha256('a'), sha256('b')])).toEqual(
        new Set([sha256('a')]),
      );
      const known = await storedEmbeddings(database(), digestOf('first'), [sha256('a')]);
      expect(known.get(sha256('a'))?.probabilities).toEqual(Float32Array.of(0.75, 0.2, 0.05));
    });

    test('of a product that was erased meanwhile nothing is written', async () => {
      await database().transaction((transaction) => removeProducts(transaction, ['a']));
      await tagged(database(), 'a');
      expect(await contentOf(database())).toMatchObject({ products: [], tags: [], product_pictures: [] });
    });

    test('a picture whose address has changed meanwhile is not taken for the new one', async () => {
      await imported(database(), [product('a', { pictures: ['other.png'] })]);
      await tagged(database(), 'a');
      expect((await stored('a')).pictures).toEqual([{ address: 'other.png', digest: null, problem: '' }]);
    });
  });

  describe('models', () => {
    const states = async () => (await storedModels(database())).map(({ name, state }) => [name, state]);
    const activate = () => database().transaction(activateWhenDone);

    test('a catalogue without one says how to name one', async () => {
      await expect(activeModel(database())).rejects.toThrow('import SOURCE --model MODEL');
    });

    test('a new model becomes the active one when it has tagged every product, and not before', async () => {
      expect(await withModel(database(), 'first')).toBe('active');
      await imported(database(), [product('a'), product('b')]);
      for (const id of ['a', 'b']) await tagged(database(), id);
      expect(await withModel(database(), 'second')).toBe('incoming');
      expect(await activate()).toBe(false);
      await tagged(database(), 'a', { model: 'second', category: 'Bag', isNew: false });
      expect(await activate()).toBe(false);
      expect((await stored('a')).tags).toMatchObject({ model: digestOf('first'), category: 'Dress' });
      await tagged(database(), 'b', { model: 'second', category: 'Bag', isNew: false });
      expect(await activate()).toBe(true);
      expect(await states()).toEqual([
        ['first', 'former'],
        ['second', 'active'],
      ]);
      expect((await stored('a')).tags).toMatchObject({ model: digestOf('second'), category: 'Bag' });
      expect(await activate()).toBe(false);
    });

    test('a third model replaces the one that was still coming, and a former one can come back', async () => {
      await withModel(database(), 'first');
      await imported(database(), [product('a')]);
      await tagged(database(), 'a');
      await withModel(database(), 'second');
      expect(await withModel(database(), 'second')).toBe('incoming');
      expect(await withModel(database(), 'third')).toBe('incoming');
      expect(await states()).toEqual([
        ['first', 'active'],
        ['second', 'former'],
        ['third', 'incoming'],
      ]);
      expect(await withModel(database(), 'second')).toBe('incoming');
      expect(await withModel(database(), 'first')).toBe('active');
    });

    test("a model's file comes back, and a damaged one is refused", async () => {
      await withModel(database(), 'first');
      expect(Uint8Array.from(await modelFile(database(), digestOf('first')))).toEqual(fileOf('first'));
      await database().query('UPDATE models SET file = $1', [fileOf('other')]);
      await expect(modelFile(database(), digestOf('first'))).rejects.toThrow('is damaged; add it again.');
      await expect(modelFile(database(), digestOf('other'))).rejects.toThrow('The catalogue has no model');
    });
  });

  describe('reviews', () => {
    beforeEach(async () => {
      await withModel(database(), 'first');
      await imported(
        database(),
        ['a', 'b', 'c', 'd'].map((id) => product(id)),
      );
      await tagged(database(), 'a', { confidence: 0.9 });
      await tagged(database(), 'b', { confidence: 0.4 });
      await tagged(database(), 'c', { confidence: 0.99, inDistribution: false });
      await tagged(database(), 'd', { confidence: 0.6, inDistribution: null });
    });
    const undo = (id: number) => database().transaction((transaction) => undoReview(transaction, id, 'ben'));
    const doubtful = async (limit = 10, offset = 0, below = 1) =>
      (await doubtfulProducts(database(), { limit, offset, below })).map(({ id }) => id);

    test('the doubtful come first: out of distribution, then by rising confidence', async () => {
      expect(await doubtful()).toEqual(['c', 'b', 'd', 'a']);
      expect([await doubtful(2, 1), await doubtful(10, 0, 0.5)]).toEqual([
        ['b', 'd'],
        ['c', 'b'],
      ]);
      await review('c', 'Bag');
      expect(await doubtful()).toEqual(['b', 'd', 'a']);
    });

    test('a review stands above the model until it is undone, then the one before it does', async () => {
      const [first] = await review('a', 'Coat');
      const [second] = await review('a', 'Bag');
      expect((await stored('a')).review).toMatchObject({ category: 'Bag', reviewer: 'ann' });
      expect((await changesSince(0)).find(({ id }) => id === 'a')?.category).toBe('Bag');
      expect(await undo(second!)).toEqual({ id: 'a', category: 'Bag' });
      expect((await changesSince(0)).at(-1)).toMatchObject({ id: 'a', category: 'Coat' });
      expect((await reviewsOf(database(), 10, 0)).map((one) => one.review)).toEqual([first]);
      await undo(first!);
      expect((await stored('a')).review).toBeNull();
      expect((await changesSince(0)).at(-1)).toMatchObject({ id: 'a', category: 'Dress' });
      await expect(undo(first!)).rejects.toThrow(`There is no review ${first} that could be undone.`);
    });

    test('of several reviews none is recorded where one is wrong', async () => {
      const add = (...ids: [string, string][]) =>
        database().transaction((transaction) =>
          addReviews(
            transaction,
            ids.map(([id, category]) => ({ id, category })),
            'ann',
          ),
        );
      await expect(add(['a', 'Coat'], ['x', 'Coat'])).rejects.toThrow('There is no product x in the catalogue.');
      await expect(add(['a', 'Coat'], ['b', 'Hat'])).rejects.toThrow(
        "The product b cannot be 'Hat': the model's categories are Dress, Coat, Bag.",
      );
      await expect(add(['a', 'Coat'], ['a', 'Bag'])).rejects.toThrow('The product a is named twice');
      expect(await reviewsOf(database(), 10, 0)).toEqual([]);
      const numbers = await add(['b', 'Coat'], ['a', 'Bag']);
      const given = (await reviewsOf(database(), 10, 0)).map((one) => [one.review, one.id, one.predicted]);
      expect(given.sort()).toEqual([
        [numbers[0], 'b', 'Dress'],
        [numbers[1], 'a', 'Dress'],
      ]);
    });
  });

  describe('imports', () => {
    test('counts and problems add up, and a second start interrupts the first', async () => {
      const id = await startImport(database(), 'feed.csv', 'csv');
      for (let i = 0; i < 2; i++) {
        await database().transaction((transaction) =>
          countImport(transaction, id, { products: 5, changed: 2 }, [{ line: 7 - i, id: 'a', reason: 'Wrong.' }]),
        );
      }
      expect(await importStatus(database(), id)).toMatchObject({
        products: 10,
        changed: 4,
        problems: 2,
        state: 'reading',
      });
      expect((await importProblems(database(), id)).map(({ line }) => line)).toEqual([6, 7]);
      const second = await startImport(database(), 'feed.csv', 'csv');
      expect((await importStatus(database(), id))?.state).toBe('interrupted');
      await database().transaction((transaction) => endImport(transaction, second, 3));
      expect(await importStatus(database(), second)).toMatchObject({ state: 'read', withdrawn: 3 });
    });
  });

  test('an index that follows revisions while they are committed misses none', async () => {
    const other = await home().connect();
    const store = (from: typeof other, id: string, hold: number) =>
      from.transaction(async (transaction) => {
        await upsertProducts(transaction, 1, 'csv', null, [{ product: product(id), hash: id }]);
        await new Promise((later) => setTimeout(later, hold));
      });
    try {
      const slow = store(database(), 'slow', 300);
      await new Promise((later) => setTimeout(later, 100));
      // It takes its number after the first, and must not show it before.
      const fast = store(other, 'fast', 0);
      const early = new Promise((later) => setTimeout(later, 100)).then(() => changesSince(0));
      await Promise.all([slow, fast]);
      const seen = await early;
      const later = await changesSince(seen.at(-1)?.revision ?? 0);
      expect([...seen, ...later].map(({ id }) => id)).toEqual(['slow', 'fast']);
    } finally {
      if (other !== database()) await other.close();
    }
  });
}
