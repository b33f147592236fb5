import { expect, test } from 'vitest';
import type { Database } from '../../../src/node/catalogue/database/database.ts';
import { migrate } from '../../../src/node/catalogue/database/migrate.ts';

/** A server that says these facts of itself, and on which nothing may be done. */
function serverWith(facts: object): Database {
  const usable = { server: 180_000, vector: '0.8.5', may: true, encoding: 'UTF8' };
  const passed = new Error('accepted');
  return {
    kind: 'server',
    place: 'db.example/shop',
    query: async <R>() => [{ ...usable, ...facts }] as R[],
    execute: () => Promise.reject(passed),
    transaction: () => Promise.reject(passed),
    close: async () => {},
  };
}

test.each([
  [{ server: 130_014 }, 'it is PostgreSQL 13; 14 or later is needed'],
  [{ server: 90_624 }, 'it is PostgreSQL 9; 14 or later is needed'],
  [{ vector: null }, 'it has no pgvector; install the extension on the server'],
  [{ vector: '0.8.3' }, 'its pgvector is 0.8.3; 0.8.4 or later is needed'],
  [{ vector: '0.8' }, 'its pgvector is 0.8; 0.8.4 or later is needed'],
  [{ vector: '0.7.9' }, 'its pgvector is 0.7.9; 0.8.4 or later is needed'],
  [{ encoding: 'SQL_ASCII' }, 'its encoding is SQL_ASCII; UTF8 is needed'],
  [{ may: false }, 'the user may not create a schema in it; grant CREATE on the database'],
])('a server with %j is refused with a sentence', async (facts, why) => {
  await expect(migrate(serverWith(facts), true)).rejects.toThrow(
    `The database at db.example/shop cannot hold a catalogue: ${why}`,
  );
});

test.each([{}, { server: 140_000 }, { vector: '0.8.4' }, { vector: '0.9.0' }, { vector: '1.0' }])(
  'a server with %j is used',
  async (facts) => {
    await expect(migrate(serverWith(facts), true)).rejects.toThrow('accepted');
  },
);
