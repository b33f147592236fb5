import { philox, seedWords, streams } from '../../../src/core/engine/random.ts';
import type { Augmentation } from '../../../src/core/training/augmentation.ts';

/** What an image is augmented for. */
export interface AugmentationContext {
  readonly seed: number;
  readonly epoch: number;
  /** The image's index in the data set. */
  readonly sample: number;
}

/** The draws for one image: what the kernel `augmentPixels` draws. */
export function drawAugmentation(
  [H, W]: readonly number[],
  { shift, flip, cutout, brightness, contrast }: Augmentation,
  { seed, epoch, sample }: AugmentationContext,
) {
  const words = (purpose: number, at = epoch) => philox([purpose, sample, at, streams.augmentation], seedWords(seed));
  const below = (draw: number, n: number) => Math.floor((draw * n) / 2 ** 32);
  const factor = (draw: number, most: number) => 1 + most * ((draw >>> 8) / 2 ** 23 - 1);
  const [top, left] = words(0).map((draw) => below(draw, 2 * shift + 1) - shift);
  const half = words(1, flip === 'alternating' ? 0 : epoch)[0] >>> 31;
  const square = words(2);
  const [b, c] = words(3);
  return {
    top: top!,
    left: left!,
    isFlipped: flip === 'alternating' ? (half + epoch) % 2 === 1 : flip === 'random' && half === 1,
    square: { top: below(square[0], H! - cutout + 1), left: below(square[1], W! - cutout + 1) },
    brightness: factor(b, brightness),
    contrast: factor(c, contrast),
  };
}

/** One image [H, W, C] of bytes as the network takes it, augmented, in float64. */
export function augment(
  pixels: ArrayLike<number>,
  shape: readonly [number, number, number],
  divisor: number,
  augmentation: Augmentation,
  context: AugmentationContext,
): Float64Array {
  const [H, W, C] = shape;
  const { cutout } = augmentation;
  const { top, left, isFlipped, square, brightness, contrast } = drawAugmentation(shape, augmentation, context);
  const scaled = Array.from(pixels, (byte) => byte / divisor);
  const mean = scaled.reduce((sum, p) => sum + p, 0) / scaled.length;
  return Float64Array.from(scaled, (_, i) => {
    const [h, w, channel] = [Math.floor(i / (W * C)), Math.floor(i / C) % W, i % C];
    if (h >= square.top && h < square.top + cutout && w >= square.left && w < square.left + cutout) return 0;
    const [row, column] = [h + top, (isFlipped ? W - 1 - w : w) + left];
    const isInside = row >= 0 && row < H && column >= 0 && column < W;
    const p = isInside ? scaled[(row * W + column) * C + channel]! : 0;
    const changed = contrast * brightness * p + (1 - contrast) * brightness * mean;
    return Math.min(Math.max(changed, 0), 255 / divisor);
  });
}
