import type { Shape } from '../graph/shape.ts';
import { type LabelledImages, type PictureForm, readImages } from './images.ts';

/** What happens to a picture and its label before the network sees them; stored with every model. */
export interface Preprocessing {
  /** Every 8-bit value is divided by this. */
  readonly divideBy: number;
  /** Shape of one image. */
  readonly reshape: Shape;
  readonly labels: 'oneHot';
  /** How a picture of another size becomes one of `reshape`; left out where only pictures of that size are taken. */
  readonly pictures?: PictureForm | undefined;
}

/** The default: pixels to [0, 1], pictures to [H, W, C], labels to one-hot rows. */
export function preprocessingFor(inputShape: Shape, pictures?: PictureForm): Preprocessing {
  return { divideBy: 255, reshape: inputShape, labels: 'oneHot', ...(pictures && { pictures }) };
}

/**
 * Pixels as the network takes them; the kernel `scalePixels` gives the same bits.
 * @param target float32, as long as `pixels` or longer
 */
export function preprocess(
  { divideBy }: Preprocessing,
  pixels: Uint8Array,
  target: Float32Array = new Float32Array(pixels.length),
): Float32Array {
  for (let i = 0; i < pixels.length; i++) target[i] = pixels[i]! / divideBy;
  return target;
}

/** Writes the chosen images as the network takes them to the start of `target`, float32 [n, H, W, C]. */
export async function readPreprocessed(
  preprocessing: Preprocessing,
  set: LabelledImages,
  chosen: Uint32Array,
  target: Float32Array,
): Promise<void> {
  preprocess(preprocessing, await readImages(set, chosen), target);
}
