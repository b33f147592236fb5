import type { LabelledImages } from '../data/images.ts';
import { type Preprocessing, readPreprocessed } from '../data/preprocessing.ts';
import { initialParameters } from '../graph/initialise.ts';
import type { Network } from '../graph/network.ts';
import { isWhitened, whitenedKernel, whiteningImages } from '../graph/patchWhitening.ts';
import { sizeOf } from '../graph/shape.ts';

/**
 * The parameters that training starts from, float32 in the network's order.
 * @param samples the images that are trained on, of which patchWhitening sees the first ones
 * @throws SelvedgeError as `whitenedKernel` does
 */
export async function initialWeights(
  network: Network,
  seed: number,
  preprocessing: Preprocessing,
  set: LabelledImages,
  samples: Uint32Array,
): Promise<Float32Array> {
  const { inputShape } = network;
  const counts = network.parameters.filter(isWhitened).map((kernel) => whiteningImages(kernel, inputShape));
  const seen = samples.subarray(0, Math.max(0, ...counts));
  const images = new Float32Array(seen.length * sizeOf(inputShape));
  if (seen.length > 0) await readPreprocessed(preprocessing, set, seen, images);
  return initialParameters(network, seed, (kernel) => {
    const first = images.subarray(0, whiteningImages(kernel, inputShape) * sizeOf(inputShape));
    return whitenedKernel(kernel, first, inputShape);
  });
}
