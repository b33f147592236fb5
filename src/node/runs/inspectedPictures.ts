import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type PhotoPreparation, photosOf, preparePhoto } from '../../core/data/fitPicture.ts';
import type { Dataset, PixelImage } from '../../core/data/images.ts';
import type { Preprocessing } from '../../core/data/preprocessing.ts';
import { SelvedgeError } from '../../core/errors.ts';
import { type ChosenPicture, givenPicture, testPicture } from '../../core/inspection/pictures.ts';
import { collectImages } from '../images/collect.ts';
import { readImageFile } from '../images/decode.ts';

const unchanged = 'unchanged';

/** With 40 images the page has some megabytes. */
const mostPictures = 40;

/** An image to inspect: a test image by its index, or a file. */
export type ImageChoice = { readonly index: number } | { readonly file: string };

/**
 * Parses the values of `--images`: `3,17` are test images, anything else is a file or a folder.
 * @throws SelvedgeError 'missing-file' for a path that does not exist, or a folder without images
 */
export async function parseImageChoices(words: readonly string[]): Promise<readonly ImageChoice[]> {
  const chosen = new Map<string, ImageChoice>();
  for (const word of words) {
    const isList = /^\d+(,\d+)*,?$/.test(word) && !(await stat(word).catch(() => undefined));
    if (isList) {
      for (const index of word.split(',').filter(Boolean).map(Number)) chosen.set(`no. ${index}`, { index });
    } else {
      for (const file of await collectImages([word])) chosen.set(`file ${file}`, { file });
    }
  }
  if (chosen.size > mostPictures) {
    throw new SelvedgeError(
      'bad-option',
      `${chosen.size} images are more than one report can show; choose at most ${mostPictures}.`,
    );
  }
  return [...chosen.values()];
}

/**
 * Loads the chosen images.
 * @param data null where no test set is available, for the reason in `why`
 * @throws SelvedgeError as `testPicture` and `givenPicture` do; 'bad-image' for a file that is not an image
 */
export async function loadPictures(
  chosen: readonly ImageChoice[],
  preprocessing: Preprocessing,
  data: Pick<Dataset, 'name' | 'test'> | null,
  why: string,
): Promise<readonly ChosenPicture[]> {
  const pictures: ChosenPicture[] = [];
  for (const one of chosen) {
    pictures.push('file' in one ? await fromFile(one.file, preprocessing) : await testPicture(one.index, data, why));
  }
  return pictures;
}

async function fromFile(file: string, preprocessing: Preprocessing): Promise<ChosenPicture> {
  const photo = await readImageFile(file);
  const name = basename(file);
  const { reshape } = preprocessing;
  // Where photos are not converted, files must have the network's input size.
  if (photosOf(preprocessing) === null) return givenPicture(photo, name, unchanged, reshape);
  const { image, done } = preparePhoto(photo, preprocessing, file);
  return givenPicture(image, name, inWords(done, image), reshape);
}

function inWords(done: PhotoPreparation, { height: H, width: W }: PixelImage): string {
  if (done.kind === 'as-is') return unchanged;
  if (done.kind === 'resized') {
    const [height, width] = done.from;
    return height === H && width === W ? unchanged : `photo resized from ${width}×${height} to ${W}×${H}`;
  }
  const { width, height } = done.placedAt;
  return `photo cropped to the garment, scaled to ${width}×${height}, sharpened${done.inverted ? ', inverted' : ''}`;
}
