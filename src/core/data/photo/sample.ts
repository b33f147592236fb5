import type { PixelImage } from '../images.ts';
import type { Size } from './areaAverage.ts';
import type { Box } from './trim.ts';

/**
 * Resizes a part of a picture by picking pixels, no averaging, as ImageMagick's `-sample` does: new pixel i takes the old
 * pixel under its centre, `⌈(i + ½) · old / new⌉ − 1`; a centre on the border of two takes the left or upper one.
 *
 * @param image [H, W, C].
 * @param box the part to resize; it lies inside the picture.
 * @returns [target.height, target.width, C].
 */
export function sample(image: PixelImage, box: Box, target: Size): PixelImage {
  const { channels } = image;
  const columns = picks(box.left, box.width, target.width);
  const rows = picks(box.top, box.height, target.height);
  const pixels = new Uint8Array(target.height * target.width * channels);
  let to = 0;
  for (const y of rows) {
    for (const x of columns) {
      const from = (y * image.width + x) * channels;
      for (let c = 0; c < channels; c++) pixels[to++] = image.pixels[from + c]!;
    }
  }
  return { pixels, ...target, channels };
}

function picks(start: number, from: number, to: number): number[] {
  return Array.from({ length: to }, (_, i) => start + Math.ceil(((2 * i + 1) * from) / (2 * to)) - 1);
}
