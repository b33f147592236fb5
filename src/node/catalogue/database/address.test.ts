import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../../test/cli/selvedge.ts';
import { placeFrom } from './address.ts';
import { openServer, placeOf } from './server.ts';

const address = 'postgres://ann:secret@db.example:5433/shop?sslmode=require';

test('a folder, an address, a file with one, and the environment name the place, in this order', async () => {
  const file = join(temporaryFolder(), 'database.txt');
  writeFileSync(file, `  ${address}\n`);
  const environment = { SELVEDGE_DATABASE: 'postgresql://other/shop' };
  expect(await placeFrom({ store: 'shop' }, environment)).toEqual({ kind: 'folder', folder: 'shop' });
  expect(await placeFrom({ database: address }, environment)).toEqual({ kind: 'server', address });
  expect(await placeFrom({ databaseFile: file }, environment)).toEqual({ kind: 'server', address });
  expect(await placeFrom({}, environment)).toEqual({ kind: 'server', address: 'postgresql://other/shop' });
});

test.each([
  [{}, {}, 'Say where the catalogue is: --store DIR for a folder'],
  [{}, { SELVEDGE_DATABASE: '' }, 'Say where the catalogue is'],
  [{ store: 'a', database: address }, {}, 'Name one place'],
  [{ database: address, databaseFile: 'b' }, {}, 'Name one place'],
  [{ database: 'mysql://ann:secret@db/shop' }, {}, 'should have the form postgres://'],
  [{ databaseFile: '/no/such/file' }, {}, '/no/such/file cannot be read'],
])('%j is refused', async (flags, environment, why) => {
  await expect(placeFrom(flags, environment)).rejects.toThrow(why);
});

test('a sentence has host, port and database, and nothing else of an address', () => {
  expect(placeOf(address)).toBe('db.example:5433/shop');
  expect(placeOf('postgres://db/shop')).toBe('db/shop');
  expect(placeOf('postgres:///shop?host=/run/postgresql')).toBe('localhost/shop');
});

test('whatever signs a password has, neither sentences nor errors have any part of it', async () => {
  // Words that no sentence has.
  const part = fc.constantFrom('Zq7x', 'Xy9w', '4242', 'Kö8ß');
  const sign = fc.constantFrom('', '@', ':', '/', '?', '#', '%', '%2F', '&', '=', ' ', '\\', "'", '"', '[', '|');
  const password = fc.array(fc.tuple(part, sign), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(password, fc.constantFrom('postgres', 'postgresql'), async (parts, scheme) => {
      const secret = parts.flat().join('');
      // Port 1 refuses: the driver's own error is part of the sentence.
      const error = await openServer(`${scheme}://ann:${secret}@127.0.0.1:1/shop`).then(
        () => undefined,
        (failed: Error) => failed,
      );
      const words = [
        error?.message,
        error?.stack,
        JSON.stringify(error),
        String(error?.cause),
        JSON.stringify(error?.cause),
      ];
      for (const [piece] of parts) {
        expect(words.join('\n')).not.toContain(piece);
        expect(words.join('\n')).not.toContain(encodeURIComponent(piece));
      }
      expect(error).toMatchObject({ code: 'bad-option', message: expect.stringMatching(/^The database.*\.$/) });
    }),
    { numRuns: 150 },
  );
});
