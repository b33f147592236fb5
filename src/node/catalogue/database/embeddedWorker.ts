import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import type { FromEmbedded, ToEmbedded } from './embeddedMessages.ts';

// A statement keeps its thread busy until it is done, so the database has a thread of its own.
const port = parentPort!;
const post = (message: FromEmbedded) => port.postMessage(message);
const fail = (id: number | undefined, error: unknown) => {
  const { message, code, name } = error as Error & { code?: string };
  post({
    kind: 'failed',
    id,
    message,
    code,
    isFatal: name === 'RuntimeError' || name === 'ExitStatus',
  });
};

try {
  const database = await PGlite.create({ dataDir: (workerData as { folder: string }).folder, extensions: { vector } });
  port.on('message', async (message: ToEmbedded) => {
    const { id } = message;
    try {
      if (message.kind === 'close') {
        await database.close();
        post({ kind: 'done', id, rows: [] });
        port.close();
      } else if (message.values === null) {
        const results = await database.exec(message.text);
        post({ kind: 'done', id, rows: results.at(-1)?.rows ?? [] });
      } else {
        const { rows } = await database.query(message.text, [...message.values]);
        post({ kind: 'done', id, rows });
      }
    } catch (error) {
      fail(id, error);
    }
  });
  post({ kind: 'open' });
} catch (error) {
  fail(undefined, error);
  port.close();
}
