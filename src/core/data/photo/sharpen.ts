import type { PixelImage } from '../images.ts';

/**
 * exp(−k² / 2) for k = 0…4, written out because engines differ in the last bit of `Math.exp`. ImageMagick chooses this
 * reach for `-sharpen 0x1`: at 5 the weight falls below one step of 16 bits.
 */
const gaussian = [1, 0.6065306597126334, 0.1353352832366127, 0.011108996538242306, 0.00033546262790251185];
const reach = gaussian.length - 1;
const lineSum = gaussian.reduce((sum, weight, k) => sum + (k === 0 ? weight : 2 * weight), 0);
const kernelSum = lineSum * lineSum;
const amount = kernelSum / (kernelSum + 1);

/**
 * Sharpens as ImageMagick's `-sharpen 0x1` does: a 9×9 kernel, minus the Gaussian of sigma 1 everywhere but in the
 * centre, where it is twice the Gaussian's sum S, divided by the total. Written out, that is
 * `x + S / (S + 1) · (x − blur(x))`, with blur the normalised Gaussian. Pixels beyond an edge repeat the edge.
 *
 * @param image [H, W, C], 8-bit.
 * @returns [H, W, C] within 0…255, not rounded.
 */
export function sharpen({ pixels, height, width, channels }: PixelImage): Float64Array {
  const rowsBlurred = blurLines(pixels, { lines: height, length: width, group: channels });
  const blurred = blurLines(rowsBlurred, { lines: 1, length: height, group: width * channels });
  return blurred.map((blur, i) => {
    const value = pixels[i]!;
    return Math.min(255, Math.max(0, value + amount * (value - blur)));
  });
}

/** Blurs along the middle axis of [lines, length, group]. */
function blurLines(
  values: ArrayLike<number>,
  { lines, length, group }: { lines: number; length: number; group: number },
): Float64Array {
  const blurred = new Float64Array(lines * length * group);
  for (let line = 0; line < lines; line++) {
    for (let i = 0; i < length; i++) {
      for (let g = 0; g < group; g++) {
        let sum = 0;
        for (let k = -reach; k <= reach; k++) {
          const at = Math.min(length - 1, Math.max(0, i + k));
          sum += gaussian[Math.abs(k)]! * values[(line * length + at) * group + g]!;
        }
        blurred[(line * length + i) * group + g] = sum / lineSum;
      }
    }
  }
  return blurred;
}
