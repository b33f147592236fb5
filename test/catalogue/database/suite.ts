import { afterAll, beforeAll } from 'vitest';
import type { Database } from '../../../src/node/catalogue/database/database.ts';
import { backupContract } from './backups.ts';
import { closingContract, databaseContract } from './contract.ts';
import { type Home, openHome } from './homes.ts';
import { jobQueueContract } from './jobs.ts';
import { migrationContract } from './migrations.ts';
import { storeContract } from './store.ts';

/** Everything that a catalogue's database has to do, whichever home it has. */
export function databaseSuite(kind: Database['kind']): void {
  let opened: Home;
  const home = () => opened;
  beforeAll(async () => {
    opened = await openHome(kind);
  }, 120_000);
  afterAll(() => opened?.close());

  databaseContract(home);
  migrationContract(home);
  jobQueueContract(home);
  storeContract(home);
  backupContract(home);
  closingContract(home);
}
