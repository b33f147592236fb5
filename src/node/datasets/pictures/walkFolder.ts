import type { Dirent, Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { compareCodePoints } from '../../../core/data/pictures/codePoints.ts';
import type { LeftOut } from '../../../core/data/pictures/folderLayout.ts';
import { SelvedgeError } from '../../../core/errors.ts';

const pictureExtensions = new Set(['.png', '.jpg', '.jpeg', '.webp']);

export interface FoundPictures {
  /** Paths relative to the folder, with '/' between folders, of files that are pictures by their extension. */
  readonly files: readonly string[];
  /** Paths of all folders below it. */
  readonly folders: readonly string[];
  /** Folders that cannot be read, or that lead back to one that was read. */
  readonly leftOut: readonly LeftOut[];
}

/**
 * Lists the pictures in a folder and below it. Links are followed; no folder is entered twice, so that loops end. Hidden entries are
 * skipped. The order is that of the names' code points in each folder.
 * @throws SelvedgeError 'aborted' when `signal` is aborted
 */
export async function walkFolder(folder: string, signal?: AbortSignal): Promise<FoundPictures> {
  const files: string[] = [];
  const folders: string[] = [];
  const leftOut: LeftOut[] = [];
  const entered = new Set<string>();

  const enter = async (path: string): Promise<void> => {
    if (signal?.aborted) throw new SelvedgeError('aborted', 'Stopped before all folders were read.');
    const whole = join(folder, path);
    const unreadable = (cause: Error) => {
      leftOut.push({ path, reason: `${whole} cannot be read (${cause.message}).` });
      return undefined;
    };
    const own = await stat(whole, { bigint: true }).catch(unreadable);
    if (!own) return;
    const identity = `${own.dev} ${own.ino}`;
    if (entered.has(identity)) {
      leftOut.push({ path, reason: `${whole} is a link to a folder that is read already.` });
      return;
    }
    entered.add(identity);
    if (path !== '') folders.push(path);
    const entries = await readdir(whole, { withFileTypes: true }).catch(unreadable);
    for (const entry of (entries ?? []).sort((a, b) => compareCodePoints(a.name, b.name))) {
      if (entry.name.startsWith('.')) continue;
      const below = path === '' ? entry.name : `${path}/${entry.name}`;
      if (await isFolder(entry, join(folder, below))) await enter(below);
      else if (pictureExtensions.has(extname(entry.name).toLowerCase())) files.push(below);
    }
  };
  await enter('');
  return { files, folders, leftOut };
}

async function isFolder(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  const target: Stats | undefined = await stat(path).catch(() => undefined);
  return target?.isDirectory() ?? false;
}
