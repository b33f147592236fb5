import { join } from 'node:path';
import { SelvedgeError } from '../../core/errors.ts';
import { makeFolder, writeFileWhole } from '../runs/writeWhole.ts';
import type { DataEvent } from './events.ts';
import { type DataFiles, readDataFile } from './folder.ts';
import { type DataFileName, dataFileNames } from './manifest.ts';
import { type Remote, Unreachable } from './remote.ts';
import type { DataSources } from './sources.ts';
import { verifiedContent } from './verify.ts';

export interface Search {
  readonly cache: string;
  readonly allowDownload: boolean;
  readonly onEvent: (event: DataEvent) => void;
  readonly signal: AbortSignal | undefined;
  readonly sources: DataSources;
}

interface Found {
  readonly files: DataFiles;
  readonly source: string;
  readonly folder: string;
}

type PartlyFound = Partial<DataFiles>;

/**
 * Looks for the files of `sources.manifest` in the cache, in installed folders, then at the remotes, which only supply
 * what the cache lacks.
 *
 * @throws SelvedgeError `missing-file` when no source has them all, `cannot-write` when the cache cannot be written.
 */
export async function findFiles(search: Search): Promise<Found> {
  const { cache, sources, allowDownload } = search;
  const cached = await lookInto(cache, search);
  if (isWhole(cached)) return { files: cached, source: 'the cache', folder: cache };

  for (const folder of sources.installed) {
    const files = await lookInto(folder, search);
    if (isWhole(files)) return { files, source: 'an installed package', folder };
  }

  const failures: string[] = [];
  for (const remote of allowDownload ? sources.remotes : []) {
    const failure = await fetchMissing(remote, cached, search);
    if (isWhole(cached)) return { files: cached, source: remote.name, folder: cache };
    if (failure) failures.push(failure);
  }
  throw notFound(search, failures);
}

/** Collects a folder's good files and reports the others. */
async function lookInto(folder: string, { sources, onEvent, signal }: Search): Promise<PartlyFound> {
  onEvent({ type: 'trying', source: folder });
  const files: PartlyFound = {};
  for (const name of dataFileNames) {
    signal?.throwIfAborted();
    try {
      const content = await readDataFile(folder, name, sources.manifest, 'searching for another copy');
      if (!content) continue;
      files[name] = content;
      onEvent({ type: 'verified', file: name, ...sources.manifest.files[name] });
    } catch (error) {
      if (!(error instanceof SelvedgeError)) throw error;
      onEvent({ type: 'corrupt', source: folder, reason: error.message });
    }
  }
  if (!isWhole(files)) onEvent({ type: 'absent', source: folder });
  return files;
}

/**
 * Downloads what `files` lacks and `remote` has, into `files` and the cache.
 *
 * @returns why the remote did not supply everything, or undefined.
 */
async function fetchMissing(remote: Remote, files: PartlyFound, search: Search): Promise<string | undefined> {
  const { cache, sources, onEvent, signal } = search;
  const { name: source } = remote;
  const expected = sources.manifest.files;
  const wanted = dataFileNames.filter((name) => !files[name]).map((name) => ({ name, ...expected[name] }));
  // Checked before 30 MB are downloaded, not after.
  await storing(() => makeFolder(cache));
  onEvent({ type: 'trying', source });
  try {
    const onProgress = (file: string, received: number, total: number | undefined) =>
      onEvent({ type: 'downloading', source, file, received, total });
    for await (const { name, bytes } of remote.fetch(wanted, { onProgress, signal })) {
      const content = await verifiedContent(bytes, expected[name], name, 'trying the next source');
      onEvent({ type: 'verified', file: name, ...expected[name] });
      const path = join(cache, name);
      await storing(() => writeFileWhole(path, content));
      onEvent({ type: 'cached', path, bytes: content.length });
      files[name] = content;
    }
    return undefined;
  } catch (error) {
    if (error instanceof Unreachable) {
      onEvent({ type: 'unreachable', source, reason: error.message });
      return `${source} ${error.message}`;
    }
    if (error instanceof SelvedgeError && error.code === 'bad-data') {
      onEvent({ type: 'corrupt', source, reason: error.message });
      return `${source} sent a damaged file`;
    }
    throw error;
  }
}

/** The cache is a default, so an error has to say how to choose another folder. */
async function storing(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (cause) {
    if (!(cause instanceof SelvedgeError)) throw cause;
    const remedy = 'Downloaded files cannot be stored (set XDG_CACHE_HOME to choose another folder)';
    throw new SelvedgeError('cannot-write', `${remedy}: ${cause.message}`, { cause });
  }
}

function isWhole(files: PartlyFound): files is DataFiles {
  return dataFileNames.every((name: DataFileName) => files[name]);
}

function notFound({ cache, sources, allowDownload }: Search, failures: readonly string[]): SelvedgeError {
  const { name } = sources.manifest;
  const places = [cache, ...sources.installed].join(' or ');
  const network = allowDownload ? failures.map((failure) => `; ${failure}`).join('') : '; downloading was not allowed';
  return new SelvedgeError(
    'missing-file',
    `${name} is not in ${places}${network}: copy its four files (${dataFileNames.join(', ')}, plain or .gz) into a folder and name that folder.`,
  );
}
