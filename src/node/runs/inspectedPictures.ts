import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { convertPhoto, type PhotoConversion } from '../../core/data/convertPhoto.ts';
import type { Dataset } from '../../core/data/images.ts';
import { SelvedgeError } from '../../core/errors.ts';
import { formatShape, type Shape } from '../../core/graph/shape.ts';
import { type ChosenPicture, givenPicture, testPicture } from '../../core/inspection/pictures.ts';
import { collectImages } from '../images/collect.ts';
import { decodeImage } from '../images/decode.ts';

const asItIs = 'taken as it is';

/** So many pictures make a page of some megabytes. */
const mostPictures = 40;

/** What to inspect, as asked for on a command line: `3,17` are test images, anything else is a file or a folder. */
export type Asked = { readonly index: number } | { readonly file: string };

/**
 * Takes apart what `--images` was given.
 * @throws SelvedgeError 'missing-file' for a path that is none, or a folder without pictures
 */
export async function askedPictures(words: readonly string[]): Promise<readonly Asked[]> {
  const asked = new Map<string, Asked>();
  for (const word of words) {
    if (/^\d+(,\d+)*,?$/.test(word) && !(await exists(word))) {
      for (const index of word.split(',').filter(Boolean).map(Number)) asked.set(`no. ${index}`, { index });
    } else {
      for (const file of await collectImages([word])) asked.set(`file ${file}`, { file });
    }
  }
  if (asked.size > mostPictures) {
    throw new SelvedgeError(
      'bad-option',
      `${asked.size} pictures are more than one report can show; choose at most ${mostPictures}.`,
    );
  }
  return [...asked.values()];
}

/**
 * Brings the pictures asked for.
 * @param data null where no test set is at hand; `why` says why
 * @throws SelvedgeError as `testPicture` and `givenPicture` do; 'bad-image' for a file that is no picture
 */
export async function bringPictures(
  asked: readonly Asked[],
  inputShape: Shape,
  data: Pick<Dataset, 'name' | 'test'> | null,
  why: string,
): Promise<readonly ChosenPicture[]> {
  const pictures: ChosenPicture[] = [];
  for (const one of asked) {
    pictures.push('file' in one ? await fromFile(one.file, inputShape) : await testPicture(one.index, data, why));
  }
  return pictures;
}

async function fromFile(file: string, inputShape: Shape): Promise<ChosenPicture> {
  const bytes = await readFile(file).catch((cause: Error) => {
    throw new SelvedgeError('bad-image', `${file} cannot be read (${cause.message}).`, { cause });
  });
  const photo = await decodeImage(bytes, file);
  const name = basename(file);
  // The published conversion makes 28×28 grey pictures; a network of another size needs pictures of just that size.
  if (formatShape(inputShape) !== formatShape([28, 28, 1])) return givenPicture(photo, name, asItIs, inputShape);
  const { image, done } = convertPhoto(photo, { name: file });
  return givenPicture(image, name, inWords(done), inputShape);
}

function inWords(done: PhotoConversion): string {
  if (done.kind === 'as-is') return asItIs;
  const { width, height } = done.placedAt;
  return `photo cut to its garment, shrunk to ${width}×${height}, sharpened${done.inverted ? ', and negated' : ''}`;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
