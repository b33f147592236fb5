import { describe, expect, test } from 'vitest';
import { requireOrSkip } from '../../require.ts';
import { testDatabase, withoutServer } from './homes.ts';
import { serverMigrationContract } from './migrations.ts';
import { databaseSuite } from './suite.ts';

if (testDatabase === undefined) {
  test('a PostgreSQL server', (context) => {
    requireOrSkip(context, false, withoutServer);
    expect.unreachable();
  });
} else {
  describe('a PostgreSQL server', () => {
    databaseSuite('server');
    serverMigrationContract();
  });
}
