import { rm, stat, statfs, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { SelvedgeError } from '../../../core/errors.ts';
import { builtFile } from '../../builtFile.ts';
import { cannotWrite } from '../../runs/writeWhole.ts';
import type { Database, Queryable, SqlValue } from './database.ts';
import type { FromEmbedded, ToEmbedded } from './embeddedMessages.ts';
import { loadOptional } from './optionalPackages.ts';

interface Waiting {
  resolve(rows: unknown[]): void;
  reject(error: Error): void;
}

/** A new database's size, and what a full segment of its log needs beside what a statement writes, in bytes. */
const newDatabaseSize = 80 * 2 ** 20;
const leastRoom = 32 * 2 ** 20;

/**
 * Opens the embedded PostgreSQL in a folder, on a thread of its own. It has one connection: a transaction keeps other statements
 * waiting. The caller holds the folder's lock.
 * @throws SelvedgeError 'bad-option' without its packages, 'bad-data' where the folder has no usable database, 'cannot-write' where the
 *   disk is full or nearly so
 */
export async function openEmbedded(folder: string): Promise<Database> {
  await loadOptional(
    () => Promise.all([import('@electric-sql/pglite'), import('@electric-sql/pglite-pgvector')]),
    'folder',
  );
  const isNew = await prepareFolder(folder);
  const worker = new Worker(builtFile('node/catalogue/database/embeddedWorker.js'), { workerData: { folder } });
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let broken: Error | undefined;
  const breakDown = (error: Error) => {
    broken ??= error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on('error', (cause) => {
    breakDown(new SelvedgeError('worker-failed', `The database in ${folder} failed: ${cause.message}.`, { cause }));
  });

  await new Promise<void>((resolve, reject) => {
    worker.once('exit', () => {
      const error = new SelvedgeError('worker-failed', `The thread of the database in ${folder} ended.`);
      breakDown(error);
      reject(broken ?? error);
    });
    worker.on('message', (message: FromEmbedded) => {
      if (message.kind === 'open') return resolve();
      if (message.kind === 'failed') {
        const error = faultOf(message, folder);
        if (message.id === undefined) return reject(error ?? cannotOpen(folder, message.message));
        // After such a failure it may never answer again. What was committed is in its log.
        if (error) {
          breakDown(error);
          void worker.terminate();
          return;
        }
      }
      const asked = waiting.get(message.id!);
      waiting.delete(message.id!);
      if (message.kind === 'done') asked?.resolve([...message.rows]);
      else asked?.reject(Object.assign(new Error(message.message), message.code ? { code: message.code } : {}));
    });
  });
  if (isNew) await unlink(unfinishedOf(folder));

  const send = (make: (id: number) => ToEmbedded): Promise<unknown[]> =>
    new Promise((resolve, reject) => {
      if (broken) return reject(broken);
      const id = ++lastId;
      waiting.set(id, { resolve, reject });
      worker.postMessage(make(id));
    });
  const direct: Queryable = {
    query: async <R>(text: string, values: readonly SqlValue[] = []) =>
      (await send((id) => ({ kind: 'run', id, text, values }))) as R[],
    execute: async (text) => void (await send((id) => ({ kind: 'run', id, text, values: null }))),
  };

  // One after the other: what is not of the transaction must not run inside it.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work);
    last = mine.catch(() => undefined);
    return mine;
  };
  await direct.execute('SET search_path TO selvedge, public');
  let closed: Promise<void> | undefined;
  return {
    kind: 'folder',
    place: folder,
    query: (text, values) => inTurn(() => direct.query(text, values)),
    execute: (text) => inTurn(() => direct.execute(text)),
    transaction: (work) =>
      inTurn(async () => {
        await direct.execute('BEGIN');
        try {
          const result = await work(direct);
          await direct.execute('COMMIT');
          return result;
        } catch (error) {
          if (!broken) await direct.execute('ROLLBACK');
          throw error;
        }
      }),
    close() {
      closed ??= inTurn(async () => {
        if (!broken) await send((id) => ({ kind: 'close', id }));
        await worker.terminate();
      });
      return closed;
    },
  };
}

const unfinishedOf = (folder: string) => `${folder}.unfinished`;

/**
 * Sees to room on the disk, and removes a database whose making was cut short, in which there is nothing yet.
 * @returns whether a database is to be made
 */
async function prepareFolder(folder: string): Promise<boolean> {
  const unfinished = unfinishedOf(folder);
  const exists = (path: string) => stat(path).then(Boolean, () => false);
  const isNew = !(await exists(folder)) || (await exists(unfinished));
  const { bavail, bsize } = await statfs(dirname(folder));
  if (bavail * bsize < (isNew ? newDatabaseSize : leastRoom)) throw cannotWrite(folder, { code: 'ENOSPC' });
  if (!isNew) return false;
  await writeFile(unfinished, '').catch((error: unknown) => {
    throw cannotWrite(unfinished, error);
  });
  await rm(folder, { recursive: true, force: true });
  return true;
}

/** What ends the database rather than one statement. */
function faultOf(
  { message, code, isFatal }: Extract<FromEmbedded, { kind: 'failed' }>,
  folder: string,
): SelvedgeError | undefined {
  if (code === '53100' || /no space left on device/i.test(message)) return cannotWrite(folder, { code: 'ENOSPC' });
  if (!isFatal || code !== undefined) return undefined;
  return new SelvedgeError(
    'worker-failed',
    `The database in ${folder} failed (${firstLine(message)}); repeat the command.`,
  );
}

function cannotOpen(folder: string, message: string): SelvedgeError {
  return new SelvedgeError(
    'bad-data',
    `The database in ${folder} cannot be opened (${firstLine(message)}); restore a backup into an empty folder.`,
  );
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!.replace(/\.$/, '');
}
