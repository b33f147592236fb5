import { encode } from 'fast-png';
import type { PixelImage } from '../data/images.ts';

/**
 * An 8-bit picture as the bytes of a PNG file: grey, grey and alpha, RGB or RGBA for 1 to 4 channels. The bytes
 * depend on the picture alone.
 */
export function encodePng(image: PixelImage): Uint8Array {
  const { pixels, height, width, channels } = image;
  return encode({ data: pixels, height, width, channels, depth: 8 });
}
