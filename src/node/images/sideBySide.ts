import sharp, { type Sharp } from 'sharp';
import type { PixelImage } from '../../core/data/images.ts';
import { fitInto, type Size } from '../../core/data/photo/resize.ts';
import { contactSheet } from '../../views/contactSheet.ts';

/** Edge of the box that each of the two pictures is fitted into, in pixels: ten for each of 28. */
const edge = 280;

/**
 * Draws a photo beside its network input, both fitted into 280×280; every pixel of an input that is smaller becomes a square, all of
 * the same size.
 *
 * @param photo [H, W, 1] or [H, W, 3].
 * @param input [H, W, 1] or [H, W, 3], as `preparePhoto` returns it.
 * @param caption short lines below the right picture, printable ASCII, for example the prediction.
 * @returns a PNG file.
 */
export async function sideBySide(
  photo: PixelImage,
  input: PixelImage,
  caption: readonly string[] = [],
): Promise<Uint8Array> {
  const cells = [
    { image: await fitPicture(photo), caption: ['the photo'] },
    { image: await enlarge(input), caption: ['the network input', ...caption] },
  ];
  const sheet = contactSheet([{ cells }], { scale: 1, textScale: 2, gap: 6 });
  return new Uint8Array(await fromPixels(sheet).png().toBuffer());
}

/** The picture with squares of whole pixels, as large as fit; shrunk where it is too large. */
function enlarge(image: PixelImage): Promise<PixelImage> {
  const scale = Math.floor(edge / Math.max(image.height, image.width));
  if (scale < 1) return fitPicture(image);
  return resized(image, { height: image.height * scale, width: image.width * scale }, 'nearest');
}

function fitPicture(image: PixelImage): Promise<PixelImage> {
  const size = fitInto(image, { height: edge, width: edge });
  return resized(image, size, size.width > image.width ? 'nearest' : 'lanczos3');
}

async function resized(image: PixelImage, size: Size, kernel: 'nearest' | 'lanczos3'): Promise<PixelImage> {
  const { data } = await fromPixels(image)
    .resize({ ...size, fit: 'fill', kernel })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { pixels: new Uint8Array(data), ...size, channels: image.channels };
}

function fromPixels({ pixels, height, width, channels }: PixelImage): Sharp {
  const picture = sharp(pixels, { raw: { height, width, channels: channels as 1 | 3 } });
  return picture.toColourspace(channels === 1 ? 'b-w' : 'srgb');
}
