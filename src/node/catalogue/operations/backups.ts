import { z } from 'zod';
import { type BackupProgress, backUp } from '../backup/backup.ts';
import type { Catalogue } from '../openCatalogue.ts';

export const backupInput = z.strictObject({
  /** A folder on this machine. */
  folder: z.string().min(1),
  /** How many backups of the folder stay. */
  keep: z.int().min(1).default(7),
});

export function backupOperations(catalogue: Catalogue) {
  let latest: BackupProgress | null = null;
  return {
    async backup({ folder, keep }: z.output<typeof backupInput>) {
      try {
        const onProgress = (progress: BackupProgress) => {
          latest = progress;
        };
        return { file: await backUp(catalogue, folder, { keep, onProgress }) };
      } finally {
        latest = null;
      }
    },
    /** Of the backup that is being written; null without one. */
    backupProgress: async () => ({ progress: latest }),
  };
}
