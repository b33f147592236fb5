import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SelvedgeError } from '../../core/errors.ts';
import { type DataFileName, dataFileNames, type Manifest, manifestFileName, parseManifest } from './manifest.ts';
import { verifiedContent } from './verify.ts';

/** Verified, uncompressed bytes by file name. */
export type DataFiles = Record<DataFileName, Uint8Array>;

/**
 * Reads and verifies one file, plain or, failing that, as `.gz`.
 *
 * @returns undefined when the folder has neither.
 * @throws SelvedgeError `bad-data` when the content differs from `manifest`, `missing-file` when it can't be read.
 */
export async function readDataFile(
  folder: string,
  name: DataFileName,
  manifest: Manifest,
  advice: string,
): Promise<Uint8Array | undefined> {
  for (const path of [join(folder, name), join(folder, `${name}.gz`)]) {
    const bytes = await readIfThere(path);
    if (bytes) return verifiedContent(bytes, manifest.files[name], path, advice);
  }
  return undefined;
}

/**
 * Reads the data set in a given folder. A `dataset.json` there describes it; without one the files must be those of `usual`.
 *
 * @throws SelvedgeError `missing-file` when the folder or a file is not there, `bad-data` when one is damaged.
 */
export async function readGivenFolder(
  folder: string,
  usual: Manifest,
): Promise<{ manifest: Manifest; files: DataFiles }> {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) {
    throw new SelvedgeError(
      'missing-file',
      `There is no folder ${folder}; name one that holds the data set's files, or your photos in folders of their classes.`,
    );
  }
  const description = join(folder, manifestFileName);
  const text = await readIfThere(description);
  const manifest = text ? parseManifest(Buffer.from(text).toString(), description) : usual;
  const advice = text
    ? `restore it, or correct ${manifestFileName} beside it`
    : `replace it by the one of ${usual.name}, or describe another data set in a ${manifestFileName} beside it`;

  const contents = await Promise.all(dataFileNames.map((name) => readDataFile(folder, name, manifest, advice)));
  const missing = dataFileNames.filter((_, index) => contents[index] === undefined);
  if (missing.length > 0) {
    throw new SelvedgeError(
      'missing-file',
      `${folder} lacks ${missing.join(', ')} (plain or .gz); put it there, or omit the folder to download the data set.`,
    );
  }
  return { manifest, files: byName(contents as Uint8Array[]) };
}

/** Pairs contents, in the order of {@link dataFileNames}, with their names. */
export function byName(contents: readonly Uint8Array[]): DataFiles {
  return Object.fromEntries(dataFileNames.map((name, index) => [name, contents[index]!])) as DataFiles;
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new SelvedgeError('missing-file', `Cannot read ${path} (${message}); check its permissions.`, { cause });
  }
}
