import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { SelvedgeError } from '../../core/errors.ts';

const pictureExtensions = new Set(['.png', '.jpg', '.jpeg', '.webp']);

/**
 * Lists the picture files among files and folders. A file counts whatever its name; of a folder, the PNG, JPEG and WebP
 * files in it and below it count, recognised by their extension. Hidden entries and linked folders are skipped, so that
 * cycles of links end.
 *
 * @param paths files and folders.
 * @returns paths in the order of `paths`, sorted within a folder by UTF-16 code units, none twice.
 * @throws SelvedgeError `missing-file` when a path doesn't exist or can't be read, or a folder has no picture.
 */
export async function collectImages(paths: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const path of paths) {
    const pictures = (await stat(path).catch(unreadable(path))).isDirectory() ? await picturesIn(path) : [path];
    if (pictures.length === 0) {
      throw new SelvedgeError(
        'missing-file',
        `The folder ${path} has no picture (.png, .jpg, .jpeg or .webp): name another one, or the files themselves.`,
      );
    }
    for (const picture of pictures) found.add(picture);
  }
  return [...found];
}

async function picturesIn(folder: string): Promise<string[]> {
  const pictures: string[] = [];
  const waiting = [folder];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const entry of await readdir(next, { withFileTypes: true }).catch(unreadable(next))) {
      const path = join(next, entry.name);
      if (entry.name.startsWith('.')) continue;
      if (entry.isDirectory()) waiting.push(path);
      else if ((entry.isFile() || entry.isSymbolicLink()) && pictureExtensions.has(extname(entry.name).toLowerCase()))
        pictures.push(path);
    }
  }
  return pictures.sort();
}

/** Returns what to do with an error: to throw one that names the path. */
function unreadable(path: string): (cause: NodeJS.ErrnoException) => never {
  return (cause) => {
    const message =
      cause.code === 'ENOENT'
        ? `There is no file or folder ${path}: check the path.`
        : `${path} can't be read (${cause.message}): check its permissions.`;
    throw new SelvedgeError('missing-file', message, { cause });
  };
}
