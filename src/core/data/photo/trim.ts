import type { PixelImage } from '../images.ts';

/** A rectangle of pixels; `left` and `top` count from 0. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The smallest box that holds every pixel unlike the background, as ImageMagick's `-fuzz F -trim` finds it.
 *
 * Two colours are alike when `√((ΔR² + ΔG² + ΔB²) / 3) ≤ fuzz · 255` (grey: `|Δ| ≤ fuzz · 255`). The left and the top edge
 * are compared with the top left corner, the right edge with the top right corner, the bottom edge with the bottom left.
 *
 * @param image [H, W, 1] or [H, W, 3], 8-bit.
 * @param fuzz a share of the largest intensity, 0.05 for 5 %.
 * @returns undefined when trimming leaves nothing.
 */
export function findGarment(image: PixelImage, fuzz: number): Box | undefined {
  const { height, width } = image;
  const unlike = colourTest(image, fuzz);
  const topLeft = 0;
  const topRight = width - 1;
  const bottomLeft = (height - 1) * width;

  let left = width;
  let top = height;
  let right = -1;
  let bottom = -1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const pixel = y * width + x;
      if ((x < left || y < top) && unlike(pixel, topLeft)) {
        left = Math.min(left, x);
        top = Math.min(top, y);
      }
      if (x > right && unlike(pixel, topRight)) right = x;
      if (y > bottom && unlike(pixel, bottomLeft)) bottom = y;
    }
  }
  // Two even halves: each is what the other side's corners trim away.
  if (left > right || top > bottom) return undefined;
  return { left, top, width: right - left + 1, height: bottom - top + 1 };
}

function colourTest({ pixels, channels }: PixelImage, fuzz: number): (a: number, b: number) => boolean {
  // ImageMagick reads a percentage as a share of 2^16, while white is 2^16 − 1.
  const allowed = channels * (fuzz * 65536) ** 2;
  return (a, b) => {
    let distance = 0;
    for (let c = 0; c < channels; c++) {
      const difference = 257 * (pixels[a * channels + c]! - pixels[b * channels + c]!);
      distance += difference * difference;
    }
    return distance > allowed;
  };
}
