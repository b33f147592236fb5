import { createHash } from 'node:crypto';
import { type ImagesInMemory, imagesInMemory } from '../../../core/data/images.ts';
import { clustersOf, largeClusters } from '../../../core/data/pictures/clusters.ts';
import { type LeftOut, requireClasses } from '../../../core/data/pictures/folderLayout.ts';
import { type PictureSplit, splitPictures } from '../../../core/data/pictures/splitPictures.ts';
import { availableThreads } from '../../workers/available.ts';
import type { LoadedDataset } from '../fashionMnist.ts';
import { decoderVersions } from './decoder.ts';
import { listPictures } from './listPictures.ts';
import { type ReadingProgress, type ReadPictures, readPictures, reasonFor } from './readPictures.ts';

export interface LoadPicturesOptions {
  /** A folder of class folders, or a .csv or .jsonl file that lists pictures. */
  readonly path: string;
  /** Of the resized pictures. Proportions are not kept. */
  readonly height: number;
  readonly width: number;
  /** Grey, or RGB. */
  readonly channels: 1 | 3;
  /** Of the split; default 0. */
  readonly seed?: number | undefined;
  /** Shares of each class, from 0 to 1, unless the folder or the manifest says which pictures are in that part; default 0.15. */
  readonly validation?: number | undefined;
  readonly test?: number | undefined;
  /** Worker threads; default: the cores that this process may use. The result does not depend on it. */
  readonly threads?: number | undefined;
  /** Folder of the cache; default `selvedge/pictures` in `$XDG_CACHE_HOME` or `~/.cache`; null for none. */
  readonly cache?: string | null | undefined;
  readonly onProgress?: ((progress: ReadingProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Pictures of a folder or a manifest as a data set. */
export interface LoadedPictures extends LoadedDataset {
  /** Those of `train` include the validation pictures. */
  readonly train: ImagesInMemory;
  readonly test: ImagesInMemory;
  /** Indices into `train`, ascending. */
  readonly validation: Uint32Array;
  readonly units: { readonly train: Uint32Array; readonly test: Uint32Array };
  /** Paths of the pictures of `train` and `test`, relative to `folder`, in their order. */
  readonly paths: { readonly train: readonly string[]; readonly test: readonly string[] };
  /** SHA-256 of each picture's decoded pixels, before resizing, in the same order. */
  readonly decodedSha256: { readonly train: readonly string[]; readonly test: readonly string[] };
  /**
   * SHA-256 of the list (paths, labels, groups, given parts, contents) and of all decoded pixels. The decoder's versions are not among
   * them: another version that decodes the same pixels makes no difference.
   */
  readonly files: Readonly<Record<'list of pictures' | 'decoded pixels', string>>;
  /** The versions of the libraries that decoded the pictures. */
  readonly decoder: string;
  /** Files that are no usable pictures, with a sentence for each. */
  readonly leftOut: readonly LeftOut[];
  /** Clusters of near-duplicates, as paths. */
  readonly nearDuplicates: readonly (readonly string[])[];
  /** Sentences about what makes the data set worse than it could be. */
  readonly warnings: readonly string[];
}

/** The default share of a class for validation, and that for the test set. */
export const defaultShare = 0.15;

/**
 * Loads pictures of any size as a data set. The split keeps groups and near-duplicates in one part; it is a function of the seed and of
 * the pictures' paths, labels, groups and contents.
 * @throws SelvedgeError as `listPictures`, `readPictures`, `requireClasses` and `splitPictures` do
 */
export async function loadPictureFolder(options: LoadPicturesOptions): Promise<LoadedPictures> {
  const { path, height, width, channels, seed = 0, threads = availableThreads() } = options;
  const list = await listPictures(path, options.signal);
  const listed = list.entries.map(({ label }) => list.classNames.indexOf(label));
  requireClasses(list.classNames, listed, path);
  const read = await readPictures(list, {
    ...options,
    threads,
    cache: options.cache,
    shape: [height, width, channels],
  });
  const { entries, labels, facts, pixels, clusters, leftOut } = read;
  requireClasses(list.classNames, labels, path, reasonFor(list, read));
  const split = splitPictures({
    paths: entries.map(({ path }) => path),
    labels,
    classNames: list.classNames,
    groups: entries.map(({ group }) => group),
    clusters,
    given: entries.map(({ part }) => part),
    shares: { validation: options.validation ?? defaultShare, test: options.test ?? defaultShare },
    seed,
  });
  const all = Array.from(entries.keys());
  const train = all.filter((i) => split.parts[i] !== 'test');
  const test = all.filter((i) => split.parts[i] === 'test');
  const size = height * width * channels;
  orderRows(pixels, size, [...train, ...test]);
  const set = (indices: readonly number[], from: number) =>
    imagesInMemory(
      pixels.subarray(from * size, (from + indices.length) * size),
      indices.map((i) => labels[i]!),
      { height, width, channels },
    );
  const pathOf = (i: number) => entries[i]!.path;
  const decodedOf = (i: number) => facts[i]!.decodedSha256;
  const found = clustersOf(clusters);
  return {
    name: list.name,
    classNames: list.classNames,
    source: list.source,
    folder: list.folder,
    train: set(train, 0),
    test: set(test, train.length),
    pictures: { photos: 'whole', negate: false },
    validation: Uint32Array.from(train.flatMap((i, index) => (split.parts[i] === 'validation' ? [index] : []))),
    units: {
      train: Uint32Array.from(train, (i) => split.units[i]!),
      test: Uint32Array.from(test, (i) => split.units[i]!),
    },
    paths: { train: train.map(pathOf), test: test.map(pathOf) },
    decodedSha256: { train: train.map(decodedOf), test: test.map(decodedOf) },
    files: digests(read),
    decoder: decoderVersions,
    leftOut,
    nearDuplicates: found.map((indices) => indices.map(pathOf)),
    warnings: [...read.warnings, ...splitWarnings(read, split, list.classNames)],
  };
}

/** Sentences about large clusters, classes without test pictures, and pictures that are given to different parts although they belong together. */
export function splitWarnings(
  { entries, labels, clusters }: Pick<ReadPictures, 'entries' | 'labels' | 'clusters'>,
  split: PictureSplit | undefined,
  classNames: readonly string[],
): string[] {
  const pathOf = (i: number) => entries[i]!.path;
  const warnings = largeClusters(clustersOf(clusters), labels, classNames.length).map(
    ({ label, members, share }) =>
      `${members.length} near-duplicates, the first of them ${pathOf(members[0]!)}, are ${(share * 100).toFixed(0)} % of the class ${classNames[label]}; they stay in one part of the split.`,
  );
  if (!split) return warnings;
  const { parts, divided } = split;
  for (const [label, name] of classNames.entries()) {
    const isTested = parts.some((part, i) => part === 'test' && labels[i] === label);
    if (parts.includes('test') && !isTested) {
      warnings.push(`The class ${name} has no test picture, so the test says nothing about it.`);
    }
  }
  const pictures = divided.reduce((sum, members) => sum + members.length, 0);
  if (pictures > 0) {
    warnings.push(
      `${pictures} pictures belong together, as a group or as near-duplicates, but are given to more than one part, for example ${pathOf(divided[0]![0]!)}; figures on them are too good.`,
    );
  }
  return warnings;
}

function digests({ entries, facts }: ReadPictures): LoadedPictures['files'] {
  const list = createHash('sha256');
  const decoded = createHash('sha256');
  for (const [i, { path, label, group = null, part = null }] of entries.entries()) {
    const { contentSha256, decodedSha256 } = facts[i]!;
    list.update(`${JSON.stringify([path, label, group, part, contentSha256])}\n`);
    decoded.update(`${decodedSha256}\n`);
  }
  return { 'list of pictures': list.digest('hex'), 'decoded pixels': decoded.digest('hex') };
}

/** Rearranges rows of `size` bytes in place, since two copies may not fit into memory: row k becomes what row `order[k]` was. */
function orderRows(bytes: Uint8Array, size: number, order: readonly number[]): void {
  const isPlaced = new Uint8Array(order.length);
  for (const start of order.keys()) {
    if (isPlaced[start]) continue;
    const first = bytes.slice(start * size, (start + 1) * size);
    let at = start;
    while (order[at] !== start) {
      bytes.copyWithin(at * size, order[at]! * size, (order[at]! + 1) * size);
      isPlaced[at] = 1;
      at = order[at]!;
    }
    bytes.set(first, at * size);
    isPlaced[at] = 1;
  }
}
