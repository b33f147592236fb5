import { SelvedgeError } from '../../errors.ts';
import type { PixelImage } from '../images.ts';
import type { Box } from './trim.ts';

const white = 255;

/**
 * Blends a picture with white and drops its alpha channel: `v = (a·p + (255 − a)·255) / 255`, rounded to the nearest.
 * Channels 1 (grey) and 3 (RGB) come back as they are; 2 (grey, alpha) becomes 1; 4 (RGB, alpha) becomes 3.
 *
 * @param image [H, W, C], 8-bit.
 * @returns [H, W, 1] or [H, W, 3].
 * @throws SelvedgeError `bad-image` when the picture has no pixels, another number of channels, or a wrong length.
 */
export function flattenOnWhite(image: PixelImage, name = 'the picture'): PixelImage {
  const { pixels, height, width, channels } = image;
  const sound = height > 0 && width > 0 && channels >= 1 && channels <= 4;
  if (!sound || pixels.length !== height * width * channels) {
    throw new SelvedgeError(
      'bad-image',
      `${name} has ${pixels.length} values, which are not a ${height}×${width} picture of ${channels} channels: ` +
        'pass height × width × channels values, with 1 to 4 channels.',
    );
  }
  if (channels === 1 || channels === 3) return image;

  const colours = channels - 1;
  const flat = new Uint8Array(height * width * colours);
  for (let pixel = 0; pixel < height * width; pixel++) {
    const alpha = pixels[pixel * channels + colours]!;
    for (let c = 0; c < colours; c++) {
      const blended = alpha * pixels[pixel * channels + c]! + (255 - alpha) * white;
      flat[pixel * colours + c] = Math.floor((2 * blended + 255) / 510);
    }
  }
  return { pixels: flat, height, width, channels: colours };
}

/** A dark garment on a light background, as in a shop's photo, or a light one on a dark background. */
export type Polarity = 'dark-on-light' | 'light-on-dark';

/**
 * A photo is light on dark when the median luma of its border is below half (127.5) and the mean luma of the garment's box
 * is above that median. Everything else counts as dark on light, which is what the published conversion assumes.
 *
 * @param image [H, W, 1] or [H, W, 3], 8-bit.
 * @param garment the box that trimming left; it lies inside the picture.
 */
export function polarityOf(image: PixelImage, garment: Box): Polarity {
  const { pixels, height, width, channels } = image;
  const at = (y: number, x: number) => luma(pixels, (y * width + x) * channels, channels);
  const border: number[] = [];
  for (let x = 0; x < width; x++) border.push(at(0, x), at(height - 1, x));
  for (let y = 1; y < height - 1; y++) border.push(at(y, 0), at(y, width - 1));
  const background = border.sort((a, b) => a - b)[border.length >> 1]!;
  if (background >= 127.5) return 'dark-on-light';

  let sum = 0;
  for (let y = garment.top; y < garment.top + garment.height; y++) {
    for (let x = garment.left; x < garment.left + garment.width; x++) sum += at(y, x);
  }
  return sum / (garment.width * garment.height) > background ? 'light-on-dark' : 'dark-on-light';
}

/** 0.212656 R + 0.715158 G + 0.072186 B, or the one channel's value (ITU-R BT.709, weights as in ImageMagick). */
export function luma(values: ArrayLike<number>, at: number, channels: number): number {
  if (channels === 1) return values[at]!;
  return 0.212656 * values[at]! + 0.715158 * values[at + 1]! + 0.072186 * values[at + 2]!;
}
