import type { Database } from '../database/database.ts';
import { isDigest, type PictureStore } from './pictureStore.ts';

/** Pictures listed at once. */
const page = 1000;

/** Pictures in the database, where every worker and server reaches them. */
export function openPictureTable(database: Database): PictureStore {
  return {
    async put(pictures) {
      const rows = pictures.flatMap(({ digest, original, thumbnail }) => [
        { digest, kind: 'original', bytes: base64(original) },
        ...(thumbnail === original ? [] : [{ digest, kind: 'thumbnail', bytes: base64(thumbnail) }]),
      ]);
      if (rows.length === 0) return;
      await database.query(
        `INSERT INTO picture_files (digest, kind, bytes)
         SELECT digest, kind, decode(bytes, 'base64') FROM jsonb_to_recordset($1::jsonb) AS x(digest text, kind text, bytes text)
         ORDER BY digest, kind ON CONFLICT DO NOTHING`,
        [JSON.stringify(rows)],
      );
    },
    async get(digest, kind) {
      const rows = await database.query<{ kind: string; bytes: Uint8Array }>(
        'SELECT kind, bytes FROM picture_files WHERE digest = $1',
        [digest],
      );
      // A picture that is its own thumbnail is there once.
      return (rows.find((row) => row.kind === kind) ?? rows.find((row) => row.kind === 'original'))?.bytes;
    },
    async has(digest) {
      if (!isDigest(digest)) return false;
      const rows = await database.query('SELECT 1 FROM picture_files WHERE digest = $1 LIMIT 1', [digest]);
      return rows.length > 0;
    },
    async remove(digest) {
      await database.query('DELETE FROM picture_files WHERE digest = $1', [digest]);
    },
    async *list() {
      let after = '';
      for (;;) {
        const rows = await database.query<{ digest: string }>(
          `SELECT digest FROM picture_files WHERE kind = 'original' AND digest > $1 ORDER BY digest LIMIT $2`,
          [after, page],
        );
        for (const { digest } of rows) yield digest;
        if (rows.length < page) return;
        after = rows.at(-1)!.digest;
      }
    },
  };
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
