import type { PixelImage } from '../../../core/data/images.ts';
import { clustersOf } from '../../../core/data/pictures/clusters.ts';
import { describePictures, type PicturesDescription } from '../../../core/data/pictures/describePictures.ts';
import { requireClasses } from '../../../core/data/pictures/folderLayout.ts';
import { type PictureSplit, splitPictures } from '../../../core/data/pictures/splitPictures.ts';
import { SelvedgeError } from '../../../core/errors.ts';
import type { PicturesPageData, ShownPicture } from '../../../views/pictures/picturesPage.ts';
import { availableThreads } from '../../workers/available.ts';
import { listPictures } from './listPictures.ts';
import { defaultShare, type LoadPicturesOptions, splitWarnings } from './loadPictureFolder.ts';
import { type ReadPictures, readPictures, reasonFor } from './readPictures.ts';

/** Pictures are shown, and cached, at this size. */
const edge = 96;
/** How many pictures a page shows at most. */
const shown = { samples: 240, samplesAClass: 8, clusters: 40, pictures: 12 };

export type DescribeFolderOptions = Pick<
  LoadPicturesOptions,
  'path' | 'seed' | 'threads' | 'cache' | 'onProgress' | 'signal'
>;

export interface DescribedFolder extends Omit<PicturesPageData, 'selvedge'> {
  readonly description: PicturesDescription;
}

/**
 * Describes a data set of pictures, also one that cannot be split.
 * @throws SelvedgeError as `listPictures` and `readPictures` do, and 'bad-data' where there is no class at all
 */
export async function describeFolder(options: DescribeFolderOptions): Promise<DescribedFolder> {
  const { path, seed = 0, threads = availableThreads() } = options;
  const list = await listPictures(path, options.signal);
  const { classNames, name, folder } = list;
  if (classNames.length === 0) requireClasses(classNames, [], path);
  const read = await readPictures(list, { ...options, threads, cache: options.cache, shape: [edge, edge, 3] });
  let split: PictureSplit | undefined;
  let splitProblem: string | null = null;
  try {
    requireClasses(classNames, read.labels, path, reasonFor(list, read));
    split = splitPictures({
      paths: read.entries.map(({ path }) => path),
      labels: read.labels,
      classNames,
      groups: read.entries.map(({ group }) => group),
      clusters: read.clusters,
      given: read.entries.map(({ part }) => part),
      shares: { validation: defaultShare, test: defaultShare },
      seed,
    });
  } catch (error) {
    if (!(error instanceof SelvedgeError)) throw error;
    splitProblem = error.message;
  }
  const description = describePictures({ ...read, classNames }, split);
  return {
    name,
    folder,
    seed,
    description,
    splitProblem,
    warnings: [...read.warnings, ...splitWarnings(read, split, classNames)],
    ...shownPictures(read, classNames),
  };
}

function shownPictures(
  { entries, labels, facts, pixels, clusters }: ReadPictures,
  classNames: readonly string[],
): Pick<PicturesPageData, 'samples' | 'clusters'> {
  const show = (i: number): ShownPicture => {
    const size = edge * edge * 3;
    const own = pixels.slice(i * size, (i + 1) * size);
    const { path, label } = entries[i]!;
    const { height, width, channels } = facts[i]!;
    return { path, label, height, width, image: channels === 1 ? grey(own) : { pixels: own, ...square, channels: 3 } };
  };
  const each = Math.max(1, Math.min(shown.samplesAClass, Math.floor(shown.samples / classNames.length)));
  const found = clustersOf(clusters);
  const isAcross = (indices: readonly number[]) => indices.some((i) => labels[i] !== labels[indices[0]!]);
  const inOrder = [...found.filter(isAcross), ...found.filter((indices) => !isAcross(indices))];
  const indicesOf = (label: number) => Array.from(labels.keys()).filter((i) => labels[i] === label);
  return {
    samples: classNames.map((name, label) => ({ name, pictures: spread(indicesOf(label), each).map(show) })),
    clusters: inOrder.slice(0, shown.clusters).map((indices) => ({
      size: indices.length,
      pictures: someOf(indices, labels).map(show),
    })),
  };
}

const square = { height: edge, width: edge };

function grey(pixels: Uint8Array): PixelImage {
  return { pixels: pixels.filter((_, i) => i % 3 === 0), ...square, channels: 1 };
}

/** At most `most` of the indices, evenly apart. */
function spread(indices: readonly number[], most: number): number[] {
  const count = Math.min(most, indices.length);
  return Array.from({ length: count }, (_, k) => indices[Math.floor((k * indices.length) / count)]!);
}

/** The first pictures of a cluster, with one of each class among them. */
function someOf(indices: readonly number[], labels: Uint32Array): number[] {
  const firsts = indices.filter((i) => indices.find((other) => labels[other] === labels[i]) === i);
  const others = indices.filter((i) => !firsts.includes(i));
  return [...firsts, ...others].slice(0, shown.pictures);
}
