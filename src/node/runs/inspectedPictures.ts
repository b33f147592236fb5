import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { convertPhoto, type PhotoConversion } from '../../core/data/convertPhoto.ts';
import type { Dataset } from '../../core/data/images.ts';
import { SelvedgeError } from '../../core/errors.ts';
import { formatShape, type Shape } from '../../core/graph/shape.ts';
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
  inputShape: Shape,
  data: Pick<Dataset, 'name' | 'test'> | null,
  why: string,
): Promise<readonly ChosenPicture[]> {
  const pictures: ChosenPicture[] = [];
  for (const one of chosen) {
    pictures.push('file' in one ? await fromFile(one.file, inputShape) : await testPicture(one.index, data, why));
  }
  return pictures;
}

async function fromFile(file: string, inputShape: Shape): Promise<ChosenPicture> {
  const photo = await readImageFile(file);
  const name = basename(file);
  // The conversion of photos makes 28×28 grey images; for a network of another size, files must have that size.
  if (formatShape(inputShape) !== formatShape([28, 28, 1])) return givenPicture(photo, name, unchanged, inputShape);
  const { image, done } = convertPhoto(photo, { name: file });
  return givenPicture(image, name, inWords(done), inputShape);
}

function inWords(done: PhotoConversion): string {
  if (done.kind === 'as-is') return unchanged;
  const { width, height } = done.placedAt;
  return `photo cropped to the garment, scaled to ${width}×${height}, sharpened${done.inverted ? ', inverted' : ''}`;
}
