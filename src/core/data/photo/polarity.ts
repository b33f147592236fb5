import type { PixelImage } from '../images.ts';
import type { Box } from './trim.ts';

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
