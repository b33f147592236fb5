import { SelvedgeError } from '../errors.ts';
import type { PixelImage } from './images.ts';
import { flattenOnWhite, luma, type Polarity, polarityOf } from './photo/colour.ts';
import { areaAverage, fitInto, type Size, sample } from './photo/resize.ts';
import { sharpen } from './photo/sharpen.ts';
import { type Box, findGarment } from './photo/trim.ts';

/** Edge of a Fashion-MNIST picture, in pixels. */
const edge = 28;
/** Size of the shop's thumbnails from which the data set was made. */
const thumbnail: Size = { width: 51, height: 73 };
const fuzz = 0.05;

export interface ConvertPhotoOptions {
  /** `auto` (the default) leaves 28×28 grey pictures unchanged; `photo` converts these too. */
  readonly treatAs?: 'auto' | 'photo';
  /** The picture's name in errors, for example its file. */
  readonly name?: string;
}

/** How a picture was converted to 28×28. */
export type PhotoConversion =
  | { readonly kind: 'as-is' }
  | {
      readonly kind: 'converted';
      /** Size after averaging; the photo's own when it was small enough. */
      readonly averagedTo: Size;
      /** The garment's box, in pixels of that size. */
      readonly trimmedTo: Box;
      /** Pixels after sampling per pixel before it. */
      readonly scale: number;
      /** The sampled garment's box in the 28×28 picture. */
      readonly placedAt: Box;
      /** Colour of the canvas before it was negated, if it was: the top left corner's, one value a channel. */
      readonly background: readonly number[];
      /** Whether the garment is darker than a light background, or lighter than a dark one. */
      readonly polarity: Polarity;
      /** Whether the picture was negated: it is when the background was light. */
      readonly inverted: boolean;
    };

/**
 * Converts any picture to the form of the training data: 28×28, grey, light garment on black.
 *
 * A 28×28 grey picture is not changed. Any other goes through the published Fashion-MNIST conversion: on white if it is
 * transparent; averaged to fit 51×73 if larger; edges within 5 % of the corners' colour trimmed; longest edge to 28 by
 * picking pixels; sharpened with a Gaussian of sigma 1; shortest edge extended to 28, centred, with the top left
 * corner's colour; negated; grey as Rec. 709 luma, 8-bit. Agrees with ImageMagick's
 * `-fuzz 5% -trim -sample 28x28 -sharpen 0x1 -gravity center -extent 28x28 -negate -colorspace gray`.
 *
 * A lighter garment on a dark background is not negated: it is light on dark already. See `polarityOf`.
 *
 * @param photo [H, W, C], 8-bit; C is 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGB, alpha).
 * @returns `image` [28, 28, 1] and how it was converted.
 * @throws SelvedgeError `bad-image` when trimming leaves nothing (an even picture, or two even halves), or the values are no picture.
 * @see Xiao, Rasul and Vollgraf 2017, arXiv 1708.07747, section 2.
 */
export function convertPhoto(
  photo: PixelImage,
  options: ConvertPhotoOptions = {},
): { image: PixelImage; done: PhotoConversion } {
  const { treatAs = 'auto', name = 'the picture' } = options;
  const flat = flattenOnWhite(photo, name);
  if (treatAs === 'auto' && flat.height === edge && flat.width === edge && isGrey(flat)) {
    return { image: firstChannel(flat), done: { kind: 'as-is' } };
  }

  const large = flat.width > thumbnail.width || flat.height > thumbnail.height;
  const averaged = large ? areaAverage(flat, fitInto(flat, thumbnail)) : flat;
  const garment = findGarment(averaged, fuzz);
  if (garment === undefined) {
    throw new SelvedgeError(
      'bad-image',
      `trimming what is within 5 % of its corners' colours leaves nothing of ${name}: ` +
        'use a photo of one garment on a plain, lighter background.',
    );
  }
  const sampled = sample(averaged, garment, fitInto(garment, { width: edge, height: edge }));
  // Half of the canvas minus half of the garment, each rounded down: an odd garment lies one pixel low and right.
  const placedAt: Box = {
    left: edge / 2 - Math.floor(sampled.width / 2),
    top: edge / 2 - Math.floor(sampled.height / 2),
    width: sampled.width,
    height: sampled.height,
  };
  const background = Array.from(averaged.pixels.subarray(0, averaged.channels));
  const polarity = polarityOf(averaged, garment);
  const inverted = polarity === 'dark-on-light';
  const done: Converted = {
    kind: 'converted',
    averagedTo: { height: averaged.height, width: averaged.width },
    trimmedTo: garment,
    scale: edge / Math.max(garment.width, garment.height),
    placedAt,
    background,
    polarity,
    inverted,
  };
  return { image: compose(sharpen(sampled), averaged.channels, done), done };
}

type Converted = Extract<PhotoConversion, { kind: 'converted' }>;

/** Draws the sharpened garment on its canvas, negates it if `inverted`, and rounds to grey. */
function compose(garment: Float64Array, channels: number, { placedAt, background, inverted }: Converted): PixelImage {
  const grey = (values: ArrayLike<number>, at: number) => {
    const value = luma(values, at, channels);
    return Math.floor((inverted ? 255 - value : value) + 0.5);
  };
  const pixels = new Uint8Array(edge * edge).fill(grey(background, 0));
  for (let y = 0; y < placedAt.height; y++) {
    for (let x = 0; x < placedAt.width; x++) {
      const at = (y * placedAt.width + x) * channels;
      pixels[(placedAt.top + y) * edge + placedAt.left + x] = grey(garment, at);
    }
  }
  return { pixels, height: edge, width: edge, channels: 1 };
}

function isGrey({ pixels, channels }: PixelImage): boolean {
  return channels === 1 || pixels.every((value, i) => value === pixels[i - (i % channels)]);
}

function firstChannel({ pixels, height, width, channels }: PixelImage): PixelImage {
  return { pixels: pixels.filter((_, i) => i % channels === 0), height, width, channels: 1 };
}
