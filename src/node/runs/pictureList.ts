import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SelvedgeError } from '../../core/errors.ts';
import type { LoadedDataset } from '../datasets/fashionMnist.ts';
import type { LoadedPictures } from '../datasets/pictures/loadPictureFolder.ts';

export const pictureListName = 'pictures.jsonl';

const isOfPictures = (data: LoadedDataset): data is LoadedPictures => 'decodedSha256' in data;

/** A photo of a run. */
interface ListedPicture {
  readonly part: 'train' | 'validation' | 'test';
  /** Relative to the folder of the photos. */
  readonly path: string;
  readonly label: string;
  readonly decodedSha256: string;
}

/** Which photo was in which part of a run, a JSON object a line; undefined where the data set is no photos. */
export function pictureList(data: LoadedDataset): string | undefined {
  if (!isOfPictures(data)) return undefined;
  const kept = new Set(data.validation);
  const listed = (set: 'train' | 'test') =>
    data.paths[set].map(
      (path, i): ListedPicture => ({
        part: set === 'train' && kept.has(i) ? 'validation' : set,
        path,
        label: data.classNames[data[set].labels[i]!]!,
        decodedSha256: data.decodedSha256[set][i]!,
      }),
    );
  return [...listed('train'), ...listed('test')].map((one) => `${JSON.stringify(one)}\n`).join('');
}

/**
 * Checks that a run's photos are there and decode to the same pixels.
 * @throws SelvedgeError 'bad-data' naming the first photo that is missing or decodes to other pixels
 */
export async function requireSamePictures(folder: string, data: LoadedDataset): Promise<void> {
  if (!isOfPictures(data)) return;
  const text = await readFile(join(folder, pictureListName), 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const present = new Map(
    (['train', 'test'] as const).flatMap((set) =>
      data.paths[set].map((path, i) => [path, data.decodedSha256[set][i]!]),
    ),
  );
  const other = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as ListedPicture)
    .flatMap(({ path, decodedSha256 }) => (present.get(path) === decodedSha256 ? [] : [path]));
  if (other.length === 0) return;
  throw new SelvedgeError(
    'bad-data',
    `Of the run's pictures ${other.length} cannot be found in ${data.folder} or are decoded to other pixels, the first one ${other[0]} (decoder: ${data.decoder}); restore the files.`,
  );
}
