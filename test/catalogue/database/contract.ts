import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { isSqlError, type SqlValue } from '../../../src/node/catalogue/database/database.ts';
import type { Home } from './homes.ts';

/** What both homes have in common, whatever tables there are. */
export function databaseContract(home: () => Home): void {
  const database = () => home().database;
  const one = async (text: string, values: readonly SqlValue[] = []): Promise<unknown> => {
    const [row] = await database().query<{ value: unknown }>(text, values);
    return row!.value;
  };

  describe('statements', () => {
    beforeEach(async () => {
      await database().execute(
        'DROP TABLE IF EXISTS public.counted; CREATE TABLE public.counted (id integer PRIMARY KEY)',
      );
    });
    const ids = async () =>
      (await database().query<{ id: number }>('SELECT id FROM counted ORDER BY id')).map(({ id }) => id);

    test.each<[type: string, value: SqlValue]>([
      ['text', "O'Brien; DROP TABLE products; --"],
      ['text', 'Ärmel, 綿, 👕\n\t"\\'],
      ['text', null],
      ['integer', -7],
      ['bigint', 9_007_199_254_740_991],
      ['double precision', 0.1],
      ['boolean', false],
      ['numeric', '19.990'],
      ['timestamptz', new Date('2026-02-03T04:05:06.789Z')],
      ['text[]', ['a', 'b,c', '"', '{', '', 'NULL']],
      ['text[]', []],
      ['vector', '[1,0.5,-2]'],
    ])('a %s comes back as it was given: %j', async (type, value) => {
      expect(await one(`SELECT $1::${type} AS value`, [value])).toEqual(value);
    });

    test('jsonb is given as text or as an object and comes back as a value', async () => {
      const value = { id: 'a', sizes: [1, 2], none: null, 'quoted "name"': "it's" };
      expect(await one('SELECT $1::jsonb AS value', [JSON.stringify(value)])).toEqual(value);
      expect(await one('SELECT $1::jsonb AS value', [value])).toEqual(value);
    });

    test('bytes come back as bytes, also those of a part of a buffer', async () => {
      const bytes = Uint8Array.from({ length: 300 }, (_, i) => i).subarray(7, 290);
      const value = (await one('SELECT $1::bytea AS value', [bytes])) as Uint8Array;
      expect(value).toBeInstanceOf(Uint8Array);
      expect(Uint8Array.from(value)).toEqual(Uint8Array.from(bytes));
    });

    test('any list of texts is one parameter', async () => {
      const text = fc.string({ unit: 'grapheme' }).filter((some) => !some.includes('\0'));
      await fc.assert(
        fc.asyncProperty(fc.array(text, { maxLength: 8 }), async (texts) => {
          expect(await one('SELECT $1::text[] AS value', [texts])).toEqual(texts);
        }),
        { numRuns: 40 },
      );
    });

    test('a count is a number', async () => {
      expect(await one('SELECT count(*) AS value FROM counted')).toBe(0);
    });

    test.each([
      ['23505', 'INSERT INTO counted VALUES (1), (1)'],
      ['42P01', 'SELECT * FROM no_such_table'],
      ['42601', 'SELEC 1'],
      ['22012', 'SELECT 1 / 0'],
    ])('an error has its SQLSTATE %s', async (code, text) => {
      const error = await database()
        .query(text)
        .catch((failed: unknown) => failed);
      expect(isSqlError(error, code)).toBe(true);
      expect(isSqlError(error, '00000')).toBe(false);
      await expect(database().execute(text)).rejects.toMatchObject({ code });
      expect(await one('SELECT 1 AS value')).toBe(1);
    });

    test('a transaction is there when its work resolves', async () => {
      const result = await database().transaction(async (transaction) => {
        await transaction.query('INSERT INTO counted VALUES (1)');
        await transaction.execute('INSERT INTO counted VALUES (2); INSERT INTO counted VALUES (3)');
        return 'done';
      });
      expect([result, await ids()]).toEqual(['done', [1, 2, 3]]);
    });

    test('a transaction leaves nothing when its work rejects, and the error is the same one', async () => {
      const error = new Error('changed my mind');
      const work = database().transaction(async (transaction) => {
        await transaction.query('INSERT INTO counted VALUES (1)');
        throw error;
      });
      await expect(work).rejects.toBe(error);
      expect(await ids()).toEqual([]);
    });

    test('a transaction with a failed statement leaves nothing, even where its work goes on', async () => {
      const work = database().transaction(async (transaction) => {
        await transaction.query('INSERT INTO counted VALUES (1)');
        await transaction.query('INSERT INTO counted VALUES (1)').catch(() => undefined);
        await transaction.query('INSERT INTO counted VALUES (2)');
      });
      await expect(work).rejects.toMatchObject({ code: '25P02' });
      expect(await ids()).toEqual([]);
    });

    test("a statement beside a transaction is not rolled back with it, and does not see the transaction's rows", async () => {
      let beside: Promise<unknown[]> | undefined;
      const work = database().transaction(async (transaction) => {
        await transaction.query('INSERT INTO counted VALUES (1)');
        beside = database().query(
          'INSERT INTO counted VALUES (2) RETURNING (SELECT count(*)::int FROM counted) AS seen',
        );
        await new Promise((later) => setTimeout(later, 50));
        throw new Error('rolled back');
      });
      await expect(work).rejects.toThrow('rolled back');
      expect([await beside, await ids()]).toEqual([[{ seen: 0 }], [2]]);
    });

    test('20 transactions at once are all carried out', async () => {
      await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          database().transaction(async (transaction) => {
            await transaction.query('INSERT INTO counted VALUES ($1)', [i]);
          }),
        ),
      );
      expect(await ids()).toEqual(Array.from({ length: 20 }, (_, i) => i));
    });
  });
}

/** The last test of a home. */
export function closingContract(home: () => Home): void {
  test('a closed database refuses statements, and can be closed again', async () => {
    const { database, queue } = home();
    await queue.close();
    await Promise.all([database.close(), database.close()]);
    await expect(database.query('SELECT 1')).rejects.toThrow();
    await expect(database.transaction(async () => 1)).rejects.toThrow();
  });
}
