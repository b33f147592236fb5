import { resolve } from 'node:path';
import { labelledImages, parseIdxImages, parseIdxLabels } from '../../core/data/idx.ts';
import type { Dataset, DatasetInMemory } from '../../core/data/images.ts';
import { SelvedgeError } from '../../core/errors.ts';
import type { DataEvent } from './events.ts';
import { type DataFiles, readGivenFolder } from './folder.ts';
import { dataFileNames, type Manifest } from './manifest.ts';
import { findFiles } from './search.ts';
import { cacheFolder, type DataSources, fashionMnistSources } from './sources.ts';

export interface LoadOptions {
  /** The only source, if given. A `dataset.json` in it may describe another data set than Fashion-MNIST. */
  readonly folder?: string;
  /** The folder for downloaded files; default `selvedge/fashion-mnist` in `$XDG_CACHE_HOME` or `~/.cache`. */
  readonly cache?: string;
  /** Whether sources that need a network may be used; default true. */
  readonly allowDownload?: boolean;
  readonly onEvent?: (event: DataEvent) => void;
  readonly signal?: AbortSignal;
  /** Other sources than `folder` and `cache`; replaced in tests. */
  readonly sources?: DataSources;
}

/** A data set and its source. */
export interface LoadedDataset extends Dataset {
  /** A description of the source. */
  readonly source: string;
  /** Absolute path of the folder that holds the files. */
  readonly folder: string;
  /** SHA-256 of each file's uncompressed bytes, as verified. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Loads Fashion-MNIST, or the data set that a given folder describes; every file is checked by its SHA-256. Without
 * `folder` the sources are the cache, Debian's installed package, the project's published addresses and this system's
 * package mirror, in this order; downloaded files are stored in the cache.
 *
 * @returns training and test images [N, H, W, 1] with labels.
 * @throws SelvedgeError `missing-file` when no source has it, `bad-data` when a file of a given folder is damaged,
 *   `cannot-write` when the cache cannot be written, `aborted` when `signal` is aborted.
 * @see arXiv 1708.07747
 */
export async function loadDataset(options: LoadOptions = {}): Promise<LoadedDataset & DatasetInMemory> {
  const {
    cache = cacheFolder('fashion-mnist'),
    allowDownload = true,
    onEvent = () => {},
    sources = fashionMnistSources,
  } = options;

  if (options.folder === undefined) {
    const search = { cache: resolve(cache), allowDownload, onEvent, signal: options.signal, sources };
    const { files, source, folder } = await stoppable(options.signal, () => findFiles(search));
    return { ...datasetOf(files, sources.manifest, folder), source, folder };
  }

  const folder = resolve(options.folder);
  onEvent({ type: 'trying', source: folder });
  const { manifest, files } = await readGivenFolder(folder, sources.manifest);
  for (const file of dataFileNames) onEvent({ type: 'verified', file, ...manifest.files[file] });
  return { ...datasetOf(files, manifest, folder), source: 'the given folder', folder };
}

function datasetOf(files: DataFiles, { name, classNames, files: expected }: Manifest, folder: string) {
  const part = (prefix: 'train' | 't10k') => {
    const images = parseIdxImages(files[`${prefix}-images-idx3-ubyte`], `${prefix}-images-idx3-ubyte in ${folder}`);
    const labels = parseIdxLabels(files[`${prefix}-labels-idx1-ubyte`], `${prefix}-labels-idx1-ubyte in ${folder}`);
    return labelledImages(images, labels, classNames.length);
  };
  const train = part('train');
  const test = part('t10k');
  if (train.height !== test.height || train.width !== test.width) {
    throw new SelvedgeError(
      'bad-data',
      `In ${folder} training pictures are ${train.height}×${train.width} but test pictures ${test.height}×${test.width}; take both from one data set.`,
    );
  }
  const sums = Object.fromEntries(dataFileNames.map((file) => [file, expected[file].sha256]));
  return { name, classNames, train, test, files: sums };
}

async function stoppable<T>(signal: AbortSignal | undefined, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!signal?.aborted) throw error;
    throw new SelvedgeError(
      'aborted',
      'Stopped before the data set was complete; start again: files that are complete are not downloaded again.',
      { cause: error },
    );
  }
}
