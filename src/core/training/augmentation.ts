import { type Buffer, float, transientBuffer } from '../engine/buffers.ts';
import { type KernelCall, kernelCall } from '../engine/kernelCall.ts';
import { streams } from '../engine/random.ts';
import { SelvedgeError } from '../errors.ts';
import { formatShape, type Shape, sizeOf } from '../graph/shape.ts';
import type { Staging } from '../model/staging.ts';

export const flipKinds = ['none', 'random', 'alternating'] as const;

/** Random changes to training images. Zero and 'none' change nothing. */
export interface Augmentation {
  /** Pixels by which an image is shifted, at most, in each direction; zeros come in. */
  readonly shift: number;
  /** Mirrored left to right: with probability ½ in each epoch, or in every second epoch. */
  readonly flip: (typeof flipKinds)[number];
  /** Side of a square that is set to zero, at a random place inside the image. */
  readonly cutout: number;
  /** The largest relative changes of brightness and contrast, below 1. */
  readonly brightness: number;
  readonly contrast: number;
}

export const noAugmentation: Augmentation = { shift: 0, flip: 'none', cutout: 0, brightness: 0, contrast: 0 };

/** What the kernel `augmentPixels` needs of its thread's own memory: the draws, and the value of each byte. */
export const augmentationScratch = 64 + 256 * 4;

/** Whether anything is on. */
export function isAugmenting({ shift, flip, cutout, brightness, contrast }: Augmentation): boolean {
  return flip !== 'none' || shift > 0 || cutout > 0 || brightness > 0 || contrast > 0;
}

/**
 * Checks that augmentation leaves something of every image.
 * @throws SelvedgeError 'bad-option' naming the setting
 */
export function requireFittingAugmentation({ shift, cutout }: Augmentation, inputShape: Shape): void {
  const [height, width] = inputShape;
  const side = Math.min(height!, width!);
  const images = `images of ${formatShape(inputShape)}`;
  if (2 * shift >= side) {
    fail(`A shift of ${shift} does not fit ${images}; choose a shift below half of their shorter side, ${side}.`);
  }
  if (cutout >= side) {
    fail(`A cutout of ${cutout} does not fit ${images}; choose a cutout below their shorter side, ${side}.`);
  }
}

function fail(message: string): never {
  throw new SelvedgeError('bad-option', message);
}

/**
 * The calls that preprocess a micro-batch of training images, augment it where something is on, and then scale it down where `imageShape`
 * is smaller than the images' own shape.
 * @param to float32 [M, …imageShape]
 * @param context seed (two uint32), step and epoch
 */
export function loadTrainingImages(
  staging: Staging,
  { divideBy }: { readonly divideBy: number },
  to: Buffer,
  inputShape: Shape,
  context: Buffer,
  augmentation: Augmentation,
  imageShape: Shape = inputShape,
): readonly KernelCall[] {
  const { pixels, samples, pixelsPerImage } = staging;
  const [H, W, C] = inputShape as readonly [number, number, number];
  const [OH, OW] = imageShape as readonly [number, number, number];
  const isScaled = formatShape(imageShape) !== formatShape(inputShape);
  const whole = isScaled ? transientBuffer(to.owner, (to.bytes / sizeOf(imageShape)) * pixelsPerImage) : to;
  const { shift, flip, cutout, brightness, contrast } = augmentation;
  const load = isAugmenting(augmentation)
    ? kernelCall(
        'input',
        'augmentPixels',
        {
          ...{ x: pixels, y: whole, samples, context, H, W, C, divisor: float(divideBy) },
          ...{ shift, flip: flipKinds.indexOf(flip), cutout, brightness: float(brightness), contrast: float(contrast) },
          stream: streams.augmentation,
        },
        { units: 'images', chunkSize: 8, perImage: { x: pixelsPerImage, samples: 4 } },
      )
    : staging.load(whole);
  if (!isScaled) return [load];
  const scale = { x: whole, y: to, H, W, C, OH, OW };
  return [load, kernelCall('input', 'resizeArea', scale, { units: 'images', chunkSize: 8 })];
}
