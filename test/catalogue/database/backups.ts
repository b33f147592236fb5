import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { backUp, restore } from '../../../src/node/catalogue/backup/backup.ts';
import { type ProductJob, productQueue } from '../../../src/node/catalogue/process/jobs.ts';
import { endImport } from '../../../src/node/catalogue/store/imports.ts';
import { changedProducts } from '../../../src/node/catalogue/store/indexed.ts';
import { removeProducts } from '../../../src/node/catalogue/store/products.ts';
import { addReviews } from '../../../src/node/catalogue/store/reviews.ts';
import { emptied, type Home } from './homes.ts';
import { contentOf, digestOf, imported, product, sha256, tagged, withModel } from './samples.ts';

export function backupContract(home: () => Home): void {
  describe('backups', () => {
    const database = () => home().database;
    let count = 0;
    let folder: string;
    beforeEach(async () => {
      await emptied(home());
      folder = join(home().folder, `backups-${count++}`);
    });
    const backedUp = (keep = 7) => backUp(home(), folder, { keep });
    const review = async (id: string) => {
      const [number] = await database().transaction((transaction) =>
        addReviews(transaction, [{ id, category: 'Bag' }], 'ann'),
      );
      return number!;
    };
    const bytes = (length: number, first: number) => Uint8Array.from({ length }, (_, i) => i + first);

    /** A catalogue in which every table has rows: `a` and `b` are tagged, `c` waits, another model is coming. */
    async function filled(): Promise<void> {
      await withModel(database(), 'first');
      const feed = [
        product('a', { group: 'g' }),
        product('b', { price: null, inStock: null }),
        product('c'),
        product('d'),
      ];
      const { id } = await imported(database(), feed);
      await database().transaction((transaction) => endImport(transaction, id, 0));
      await database().query(`INSERT INTO import_problems VALUES ($1, 3, 'x', 'No title.')`, [id]);
      await database().query(`INSERT INTO settings VALUES ('precision', '0.95')`);
      for (const one of ['a', 'b', 'd']) await tagged(database(), one);
      await review('a');
      await database().transaction((transaction) => removeProducts(transaction, ['d']));
      await withModel(database(), 'second');
      await tagged(database(), 'a', { model: 'second', isNew: false });
      const original = bytes(70_000, 3);
      await home().files.put([
        { digest: sha256('a'), original, thumbnail: bytes(900, 5) },
        { digest: sha256('b'), original: bytes(500, 9), thumbnail: bytes(500, 9) },
      ]);
    }

    test('a restored catalogue is equal, table by table and picture by picture', async () => {
      await filled();
      const before = await contentOf(database());
      expect(Object.entries(before).filter(([, rows]) => rows.length === 0)).toEqual([]);
      const file = await backedUp();
      await emptied(home());
      const { rows } = await restore(home(), file);
      expect(await contentOf(database())).toEqual(before);
      expect(rows).toBe(Object.values(before).flat().length + 2);
      const { files } = home();
      expect(Uint8Array.from((await files.get(sha256('a'), 'original'))!)).toEqual(bytes(70_000, 3));
      expect(Uint8Array.from((await files.get(sha256('a'), 'thumbnail'))!)).toEqual(bytes(900, 5));
      expect(Uint8Array.from((await files.get(sha256('b'), 'thumbnail'))!)).toEqual(bytes(500, 9));
    });

    test('what waited for a model is enqueued again: for the active one, and for the one that is coming', async () => {
      await filled();
      const file = await backedUp();
      await emptied(home());
      await restore(home(), file);
      const jobs: ProductJob[] = [];
      for (let job = await home().queue.take<ProductJob>(productQueue); job; ) {
        jobs.push(job.data);
        await job.finish(async () => {});
        job = await home().queue.take<ProductJob>(productQueue);
      }
      const one = (products: string[], model: string, pictures: ProductJob['pictures']) => ({
        products,
        model: digestOf(model),
        pictures,
        tries: 0,
      });
      expect(jobs).toHaveLength(3);
      expect(jobs).toEqual(
        expect.arrayContaining([
          one(['c'], 'first', 'given'),
          one(['c'], 'second', 'given'),
          one(['b'], 'second', 'stored'),
        ]),
      );
    });

    test('numbers go on behind the largest that was restored', async () => {
      await filled();
      const last = await review('b');
      const [newest] = await database().query<{ revision: number }>('SELECT max(revision) AS revision FROM products');
      const file = await backedUp();
      await emptied(home());
      await restore(home(), file);
      expect(await review('a')).toBe(last + 1);
      const changes = await changedProducts(database(), digestOf('first'), newest!.revision, 10);
      expect(changes.map(({ id }) => id)).toEqual(['a']);
    });

    test('an empty catalogue can be restored too', async () => {
      const file = await backedUp();
      expect(await restore(home(), file)).toEqual({ rows: 0 });
    });

    test('a place that is not empty is refused, and stays as it is', async () => {
      await filled();
      const file = await backedUp();
      const before = await contentOf(database());
      await expect(restore(home(), file)).rejects.toThrow('is not empty; restore into a new place.');
      expect(await contentOf(database())).toEqual(before);
    });

    test('2 backups stay of 4, the newest, and other files are left alone', async () => {
      const names: string[] = [];
      for (let i = 0; i < 4; i++) {
        names.push((await backedUp(2)).split('/').at(-1)!);
        if (i === 0) writeFileSync(join(folder, 'catalogue-notes.txt'), '');
        await new Promise((later) => setTimeout(later, 3));
      }
      expect(readdirSync(folder).sort()).toEqual([...names.slice(2), 'catalogue-notes.txt'].sort());
    });

    /** A backup in which a line was changed. */
    async function changed(change: (lines: string[]) => string[]): Promise<string> {
      await filled();
      const lines = gunzipSync(readFileSync(await backedUp()))
        .toString()
        .trimEnd()
        .split('\n');
      const file = join(folder, 'changed.jsonl.gz');
      writeFileSync(file, gzipSync(`${change(lines).join('\n')}\n`));
      await emptied(home());
      return file;
    }
    const isEmpty = async () => expect(Object.values(await contentOf(database())).flat()).toEqual([]);

    test.each<[string, (lines: string[]) => string[], string]>([
      ['without its last line', (lines) => lines.slice(0, -1), 'it is cut short'],
      ['without a row', (lines) => lines.filter((line) => !line.includes('"reviews"')), 'it is cut short'],
      ['with a row behind its last line', (lines) => [...lines, lines[1]!], 'it goes on behind its end'],
      [
        'of a newer format',
        ([first, ...rest]) => [first!.replace('"version":1', '"version":2'), ...rest],
        'newer version',
      ],
      [
        'of a newer schema',
        ([first, ...rest]) => [first!.replace(/"schema":\d+/, '"schema":99'), ...rest],
        'newer version',
      ],
      ['of something else', ([, ...rest]) => ['{"format":"other"}', ...rest], 'it is no backup of a catalogue'],
      ['with a line that is no JSON', (lines) => lines.toSpliced(2, 1, '{"table'), 'line 3 is no JSON'],
      ['with another table', (lines) => lines.toSpliced(2, 1, '{"table":"pg_user","row":"{}"}'), 'line 3 is neither'],
      [
        'with a row that does not fit',
        (lines) => lines.toSpliced(2, 1, '{"table":"models","row":"{}"}'),
        'does not fit',
      ],
    ])('a backup %s is refused, and nothing of it stays', async (_, change, why) => {
      const file = await changed(change);
      await expect(restore(home(), file)).rejects.toMatchObject({
        code: 'bad-data',
        message: expect.stringContaining(why),
      });
      await isEmpty();
    });

    test('a backup that ends anywhere, or with a changed byte, is refused with a sentence, and nothing of it stays', async () => {
      await filled();
      const whole = readFileSync(await backedUp());
      await emptied(home());
      const file = join(folder, 'damaged.jsonl.gz');
      // Bytes 4 to 9 of the header, time and system, mean nothing.
      const place = fc.integer({ min: 10, max: whole.length - 1 });
      await fc.assert(
        fc.asyncProperty(place, fc.boolean(), async (at, isCut) => {
          const bad = Buffer.from(isCut ? whole.subarray(0, at) : whole);
          if (!isCut) bad[at]! ^= 0x55;
          writeFileSync(file, bad);
          await expect(restore(home(), file)).rejects.toMatchObject({ code: 'bad-data' });
          await isEmpty();
        }),
        {
          numRuns: 12,
          examples: [
            [10, true],
            [whole.length - 1, true],
            [whole.length - 1, false],
            [whole.length - 6, false],
          ],
        },
      );
      writeFileSync(file, 'not packed');
      await expect(restore(home(), file)).rejects.toThrow(/cannot be restored: it is cut short or damaged/);
      writeFileSync(file, '');
      await expect(restore(home(), file)).rejects.toThrow(/cannot be restored: it is cut short/);
      await expect(restore(home(), join(folder, 'none'))).rejects.toThrow(/^There is no backup/);
    });
  });
}
