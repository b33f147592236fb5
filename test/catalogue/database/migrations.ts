import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migrate, migrations } from '../../../src/node/catalogue/database/migrate.ts';
import { openServer } from '../../../src/node/catalogue/database/server.ts';
import { type Home, newDatabase } from './homes.ts';

export function migrationContract(home: () => Home): void {
  describe('migrations', () => {
    const last = migrations().length;
    beforeEach(async () => {
      await home().database.execute(`DELETE FROM selvedge.migrations WHERE version > ${last}`);
    });
    afterEach(async () => {
      await home().database.execute(`DELETE FROM selvedge.migrations WHERE version > ${last}`);
    });

    test('each was recorded once, in its order', async () => {
      const rows = await home().database.query('SELECT version, name FROM selvedge.migrations ORDER BY version');
      expect(rows).toEqual(migrations().map(({ version, name }) => ({ version, name })));
    });

    test('a second time changes nothing, and a catalogue that is there needs no permission to be made', async () => {
      expect(await migrate(home().database, true)).toEqual({ from: last, to: last });
      expect(await migrate(home().database, false)).toEqual({ from: last, to: last });
    });

    test('a catalogue of a newer version is refused, and stays as it is', async () => {
      await home().database.query(`INSERT INTO selvedge.migrations (version, name) VALUES ($1, 'later.sql')`, [
        last + 1,
      ]);
      await expect(migrate(home().database, true)).rejects.toThrow(
        `is of version ${last + 1}, and this program knows versions up to ${last}; use a newer selvedge.`,
      );
      const [row] = await home().database.query('SELECT max(version) AS version FROM selvedge.migrations');
      expect(row).toEqual({ version: last + 1 });
    });
  });
}

/** What only a server has: other programs beside this one, and users without rights. */
export function serverMigrationContract(): void {
  describe('migrations of a server', () => {
    test('4 processes that make a catalogue at once make one', async () => {
      const { address, drop } = await newDatabase();
      const databases = await Promise.all(Array.from({ length: 4 }, () => openServer(address)));
      try {
        const done = await Promise.all(databases.map((database) => migrate(database, true)));
        expect(done.filter(({ from }) => from === 0)).toHaveLength(1);
        expect(new Set(done.map(({ to }) => to))).toEqual(new Set([migrations().length]));
      } finally {
        for (const database of databases) await database.close();
        await drop();
      }
    });

    test('an empty database is no catalogue unless one is to be made', async () => {
      const { address, drop } = await newDatabase();
      const database = await openServer(address);
      try {
        await expect(migrate(database, false)).rejects.toThrow(/^There is no catalogue in .*; make one with: selvedge/);
        expect(await database.query(`SELECT to_regclass('selvedge.migrations') AS made`)).toEqual([{ made: null }]);
      } finally {
        await database.close();
        await drop();
      }
    });

    test('a user without the right to create is refused with a sentence that names the right', async () => {
      const { address, drop } = await newDatabase();
      const owner = await openServer(address);
      const role = `guest_${new URL(address).pathname.slice(-12)}`;
      await owner.execute(`CREATE ROLE ${role} LOGIN PASSWORD 'pa55word'`);
      const asGuest = new URL(address);
      asGuest.username = role;
      asGuest.password = 'pa55word';
      const database = await openServer(asGuest.href);
      try {
        await expect(migrate(database, true)).rejects.toThrow(
          /cannot hold a catalogue: the user may not create a schema in it; grant CREATE on the database\.$/,
        );
      } finally {
        await database.close();
        await owner.execute(`DROP ROLE ${role}`);
        await owner.close();
        await drop();
      }
    });
  });
}
