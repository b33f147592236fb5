import { SelvedgeError } from '../../errors.ts';
import type { PixelImage } from '../images.ts';

const white = 255;

/**
 * Lays a picture on white and drops its alpha channel: `v = (a·p + (255 − a)·255) / 255`, rounded to the nearest.
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
      `${name} has ${pixels.length} values, which are no ${height}×${width} picture of ${channels} channels: ` +
        'give height × width × channels values, with 1 to 4 channels.',
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
