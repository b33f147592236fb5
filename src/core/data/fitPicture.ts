import { SelvedgeError } from '../errors.ts';
import { formatShape, type Shape, sizeOf } from '../graph/shape.ts';
import { convertPhoto, type PhotoConversion } from './convertPhoto.ts';
import { type LabelledImages, type PictureForm, type PixelImage, pictureBytes } from './images.ts';
import { flattenOnWhite, luma } from './photo/colour.ts';
import { resize } from './photo/resize.ts';
import type { Preprocessing } from './preprocessing.ts';

/**
 * A picture of another size and number of channels: transparency on white, edges averaged or interpolated to their new length (proportions
 * may change), grey repeated in each channel or colours to Rec. 709 luma, then negated if wanted.
 * @param image [H, W, C], 8-bit; C is 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGB, alpha)
 * @param shape [H, W, 1] or [H, W, 3]
 * @throws SelvedgeError 'bad-image' where the values are no picture; 'bad-spec' for another number of channels
 */
export function fitPicture(image: PixelImage, shape: Shape, negate = false, name = 'the picture'): PixelImage {
  const [height, width, channels] = shape as [number, number, number];
  if (channels !== 1 && channels !== 3) {
    throw new SelvedgeError(
      'bad-spec',
      `Pictures cannot be made ${formatShape(shape)}; a network for photos needs an input of 1 or 3 channels.`,
    );
  }
  const resized = resize(flattenOnWhite(image, name), { height, width });
  const given = resized.channels;
  if (given === channels && !negate) return resized;
  const pixels = new Uint8Array(height * width * channels);
  for (let pixel = 0; pixel < height * width; pixel++) {
    for (let c = 0; c < channels; c++) {
      const value =
        channels < given
          ? Math.floor(luma(resized.pixels, pixel * given, given) + 0.5)
          : resized.pixels[pixel * given + Math.min(c, given - 1)]!;
      pixels[pixel * channels + c] = negate ? 255 - value : value;
    }
  }
  return { pixels, height, width, channels };
}

/** What `preparePhoto` has to know of a model's preprocessing. */
export type PhotoTarget = Pick<Preprocessing, 'pictures' | 'reshape'>;

/** How a model takes photos: as a garment on black, whole, or not at all, where nothing makes pictures of its size. */
export function photosOf({ pictures, reshape }: PhotoTarget): PictureForm['photos'] | null {
  const channels = reshape.length === 3 ? reshape[2] : undefined;
  if (pictures) return channels === 1 || channels === 3 ? pictures.photos : null;
  return formatShape(reshape) === formatShape([28, 28, 1]) ? 'garment' : null;
}

/** How a photo became a network's input. */
export type PhotoPreparation =
  | PhotoConversion
  | {
      readonly kind: 'resized';
      /** Height and width before, in pixels. */
      readonly from: readonly [number, number];
    };

/**
 * A photo as a model takes it.
 * @returns `image` of the shape `reshape`, 8-bit
 * @throws SelvedgeError 'bad-image' as `convertPhoto` does, and where the model does not take photos
 */
export function preparePhoto(
  photo: PixelImage,
  { pictures, reshape }: PhotoTarget,
  name = 'the picture',
): { image: PixelImage; done: PhotoPreparation } {
  if (pictures?.photos === 'whole') {
    const from = [photo.height, photo.width] as const;
    return { image: fitPicture(photo, reshape, pictures.negate, name), done: { kind: 'resized', from } };
  }
  const { image, done } = convertPhoto(photo, { name });
  if (pictures) return { image: fitPicture(image, reshape, pictures.negate, name), done };
  if (formatShape(reshape) === formatShape([image.height, image.width, image.channels])) return { image, done };
  throw new SelvedgeError(
    'bad-image',
    `The model takes pictures of ${formatShape(reshape)}, to which photos are not converted.`,
  );
}

/** Pictures that are resized whenever they are read. */
export interface FittedImages extends LabelledImages {
  readonly unfitted: LabelledImages;
}

/** A set's pictures as a model takes them; the set itself where the model takes them as they are. */
export function fitImages(set: LabelledImages, { pictures, reshape }: PhotoTarget): LabelledImages | FittedImages {
  const { height, width, channels } = set;
  if (!pictures) return set;
  if (!pictures.negate && formatShape([height, width, channels]) === formatShape(reshape)) return set;
  const size = pictureBytes(set);
  const fitted = sizeOf(reshape);
  return {
    count: set.count,
    labels: set.labels,
    height: reshape[0]!,
    width: reshape[1]!,
    channels: reshape[2]!,
    unfitted: set,
    async read(indices, target) {
      const pixels = new Uint8Array(indices.length * size);
      await set.read(indices, pixels);
      for (let n = 0; n < indices.length; n++) {
        const one = { pixels: pixels.subarray(n * size, (n + 1) * size), height, width, channels };
        target.set(fitPicture(one, reshape, pictures.negate).pixels, n * fitted);
      }
    },
  };
}
