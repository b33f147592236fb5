import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, resolve } from 'node:path';
import { listFromFolder, ordered, type PictureList } from '../../../core/data/pictures/folderLayout.ts';
import { type ManifestFormat, parsePictureManifest } from '../../../core/data/pictures/manifest.ts';
import { SelvedgeError } from '../../../core/errors.ts';
import { manifestFileName } from '../manifest.ts';
import { walkFolder } from './walkFolder.ts';

export interface ListedPictures extends PictureList {
  /** The name of the folder or, without its extension, of the manifest. */
  readonly name: string;
  /** Absolute; the pictures' paths are relative to it. */
  readonly folder: string;
  readonly source: string;
}

const formats: Readonly<Record<string, ManifestFormat>> = { '.csv': 'csv', '.jsonl': 'jsonl', '.ndjson': 'jsonl' };

/** Whether a path names a manifest of pictures. */
export function isManifest(path: string): boolean {
  return Object.hasOwn(formats, extname(path).toLowerCase());
}

/** Whether a path names pictures, rather than the files of a data set: a manifest, or a folder of folders without such files. */
export async function isPictureSource(path: string): Promise<boolean> {
  if (isManifest(path)) return true;
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  const isData = entries.some(({ name }) => name === manifestFileName || /-ubyte(\.gz)?$/.test(name));
  return !isData && entries.some((entry) => entry.isDirectory() || entry.isSymbolicLink());
}

/**
 * Lists the pictures of a folder or of a manifest, without reading any.
 * @throws SelvedgeError 'missing-file' where there is neither, 'bad-data' as `parsePictureManifest` and `listFromFolder` do
 */
export async function listPictures(path: string, signal?: AbortSignal): Promise<ListedPictures> {
  const whole = resolve(path);
  const found = await stat(whole).catch((cause: NodeJS.ErrnoException) => {
    const reason = cause.code === 'ENOENT' ? 'does not exist' : `cannot be read (${cause.message})`;
    throw new SelvedgeError(
      'missing-file',
      `${path} ${reason}; name a folder of pictures, or a .csv or .jsonl file that lists them.`,
      { cause },
    );
  });
  if (found.isDirectory()) {
    const { files, folders, leftOut } = await walkFolder(whole, signal);
    const unreadable = leftOut.find(({ path }) => path === '');
    if (unreadable) throw new SelvedgeError('missing-file', unreadable.reason);
    const list = listFromFolder(files, folders, path);
    return {
      ...list,
      leftOut: [...leftOut, ...list.leftOut],
      name: basename(whole),
      folder: whole,
      source: 'a folder',
    };
  }
  const format = formats[extname(whole).toLowerCase()];
  if (format === undefined || !found.isFile()) {
    throw new SelvedgeError(
      'bad-data',
      `${path} is neither a folder of pictures nor a .csv or .jsonl file that lists them.`,
    );
  }
  const entries = parsePictureManifest(await textOf(whole, path), path, format);
  return {
    ...ordered(entries.map(({ path, label, group, split }) => ({ path, label, group, part: split }))),
    name: basename(whole, extname(whole)),
    folder: dirname(whole),
    source: 'a manifest',
  };
}

async function textOf(file: string, path: string): Promise<string> {
  const bytes = await readFile(file).catch((cause: Error) => {
    throw new SelvedgeError('missing-file', `${path} cannot be read (${cause.message}).`, { cause });
  });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new SelvedgeError('bad-data', `${path} is not text in UTF-8; save it as UTF-8.`, { cause });
  }
}
