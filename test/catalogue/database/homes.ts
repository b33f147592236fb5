import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '../../../src/node/catalogue/database/database.ts';
import { openEmbedded } from '../../../src/node/catalogue/database/embedded.ts';
import { migrate } from '../../../src/node/catalogue/database/migrate.ts';
import { openServer } from '../../../src/node/catalogue/database/server.ts';
import { type JobQueue, openJobQueue } from '../../../src/node/catalogue/jobs/jobQueue.ts';
import { openPictureTable } from '../../../src/node/catalogue/pictures/databaseStore.ts';
import { openPictureFolder } from '../../../src/node/catalogue/pictures/folderStore.ts';
import type { PictureStore } from '../../../src/node/catalogue/pictures/pictureStore.ts';
import { productQueue } from '../../../src/node/catalogue/process/jobs.ts';

/** A PostgreSQL server with pgvector on which tests may make databases. */
export const testDatabase = process.env['SELVEDGE_TEST_DATABASE'];
export const withoutServer = 'SELVEDGE_TEST_DATABASE names no PostgreSQL server with pgvector';

/** A catalogue's database and what is beside it. */
export interface Home {
  readonly database: Database;
  readonly queue: JobQueue;
  readonly files: PictureStore;
  /** For temporary files of tests. */
  readonly folder: string;
  /** Another process's connection, where the home allows one; the same one otherwise. */
  connect(): Promise<Database>;
  close(): Promise<void>;
}

/** Opens an empty database without a catalogue, and makes a catalogue in it. */
export async function openHome(kind: Database['kind']): Promise<Home> {
  const folder = mkdtempSync(join(tmpdir(), 'selvedge-test-'));
  const removing: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true, force: true })];
  let database: Database;
  let connect: Home['connect'];
  if (kind === 'folder') {
    database = await openEmbedded(join(folder, 'database'));
    connect = async () => database;
  } else {
    const own = await newDatabase();
    removing.push(own.drop);
    database = await openServer(own.address);
    connect = () => openServer(own.address);
  }
  await migrate(database, true);
  const queue = await openJobQueue(database, [productQueue]);
  return {
    database,
    queue,
    files: kind === 'folder' ? await openPictureFolder(join(folder, 'pictures')) : openPictureTable(database),
    folder,
    connect,
    async close() {
      await queue.close();
      await database.close();
      for (const remove of removing.reverse()) await remove();
    },
  };
}

/** A new database on the test server. */
export async function newDatabase(server = testDatabase!): Promise<{ address: string; drop: () => Promise<void> }> {
  const name = `selvedge_test_${randomBytes(6).toString('hex')}`;
  const onServer = async (statement: string) => {
    const admin = await openServer(server);
    await admin.execute(statement).finally(() => admin.close());
  };
  await onServer(`CREATE DATABASE ${name}`);
  const address = new URL(server);
  address.pathname = `/${name}`;
  return { address: address.href, drop: () => onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

/** Removes what earlier tests wrote. */
export async function emptied({ database, files }: Home): Promise<void> {
  await database.execute(`
    TRUNCATE settings, models, imports, import_problems, products, removals, product_pictures, pictures, embeddings, tags,
      reviews, picture_files, leases RESTART IDENTITY;
    DELETE FROM pgboss.job;`);
  for await (const digest of files.list()) await files.remove(digest);
}
