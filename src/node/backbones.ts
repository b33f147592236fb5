import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Dataset, PictureForm } from '../core/data/images.ts';
import { SelvedgeError } from '../core/errors.ts';
import { readBackbone } from '../core/formats/backboneFile.ts';
import { formatShape } from '../core/graph/shape.ts';
import { mostSimilar } from '../core/similar.ts';
import { type Backbone, backboneFor, backboneOf } from '../core/transfer/backbone.ts';
import type { TransferOptions } from '../core/transfer/transfer.ts';
import { loadModel } from './models.ts';

/** The backbones that come with the package, as `backbones/NAME.safetensors`. */
export const backboneNames: readonly string[] = ['efficientnet-lite0'];

/** The side of pictures, in pixels, that a backbone of the package takes by default. */
export const defaultImageSize = { photos: 96, other: 64 } as const;
/** Smaller pictures show nothing, larger ones take more memory than they bring. */
const imageSizes = { least: 32, most: 512 } as const;

export interface FoundBackbone {
  readonly backbone: Backbone;
  /** The form that pictures have for the model that it comes from; undefined for a backbone of the package, which takes any size. */
  readonly model: { readonly pictures: PictureForm | undefined } | undefined;
}

/**
 * A backbone of the package by its name, or the first layers of a model: a run's folder, or a model's file.
 * @throws SelvedgeError 'missing-file', 'bad-model' or 'bad-spec'
 */
export async function findBackbone(from: string): Promise<FoundBackbone> {
  if (backboneNames.includes(from)) {
    const file = fileURLToPath(new URL(`../../backbones/${from}.safetensors`, import.meta.url));
    return { backbone: { ...readBackbone(await readFile(file), file), name: from }, model: undefined };
  }
  if (!(await stat(from).catch(() => undefined))) {
    const meant = mostSimilar(from, backboneNames);
    const hint = meant ? ` (did you mean ${meant}?)` : '';
    throw new SelvedgeError(
      'missing-file',
      `There is neither a backbone nor a model called ${from}${hint}; name ${backboneNames.join(', ')}, a run's folder or a model's file.`,
    );
  }
  const model = await loadModel(from);
  return { backbone: backboneOf(model, from), model: { pictures: model.preprocessing.pictures } };
}

/**
 * A backbone for a data set's pictures, and the form that they are given.
 * @param imageSize the side of the pictures in pixels; only for a backbone that takes any size
 * @throws SelvedgeError 'bad-option' where the backbone cannot have pictures of that size
 */
export function backboneForData(
  { backbone, model }: FoundBackbone,
  { name, pictures, train: { height, width, channels } }: Dataset,
  imageSize?: number,
): Pick<TransferOptions, 'backbone' | 'pictures' | 'imageSize'> {
  if (!model) {
    const side = imageSize ?? (pictures ? defaultImageSize.photos : defaultImageSize.other);
    if (side < imageSizes.least || side > imageSizes.most) {
      throw new SelvedgeError(
        'bad-option',
        `--image-size ${side} is out of range; choose from ${imageSizes.least} to ${imageSizes.most} pixels.`,
      );
    }
    // Grey data sets show light garments on black; pretrained networks know photos, which are dark on light more often.
    const isGrey = channels === 1;
    return {
      backbone: backboneFor(backbone, [side, side, backbone.network.inputShape[2]!]),
      pictures: pictures ?? { photos: isGrey ? 'garment' : 'whole', negate: isGrey },
      imageSize: side,
    };
  }
  const own = formatShape(backbone.network.inputShape);
  if (imageSize !== undefined) {
    throw new SelvedgeError(
      'bad-option',
      `${backbone.name} takes pictures of ${own}, so --image-size cannot be given with it.`,
    );
  }
  if (!model.pictures && own !== formatShape([height, width, channels])) {
    throw new SelvedgeError(
      'bad-option',
      `${backbone.name} takes pictures of ${own}, but those of ${name} are ${formatShape([height, width, channels])}.`,
    );
  }
  return { backbone, pictures: pictures ?? model.pictures };
}
