import { SelvedgeError } from '../errors.ts';
import { symmetricEigen } from './eigen.ts';
import type { Layer, Parameter } from './layer.ts';
import type { Shape } from './shape.ts';

/** Images, patches, and multiply-adds for the covariance, at most. */
const mostImages = 5000;
const mostPatches = 1_000_000;
const mostProducts = 2_000_000_000;
/** What is added to each eigenvalue, as a share of their mean: 5e-4 for pixels of variance 1, as in Jordan 2024. */
const epsilonShare = 5e-4;

/** Whether a parameter's initial values follow from the training images. */
export function isWhitened({ initializer }: Pick<Parameter, 'initializer'>): boolean {
  return initializer.type === 'patchWhitening';
}

/** What keeps a layer from patchWhitening, as the end of a sentence; null where nothing does, or it begins otherwise. */
export function whiteningProblem({ inputs, inputShape, parameters }: Layer): string | null {
  const kernel = parameters.find(isWhitened);
  if (!kernel) return null;
  const [source] = inputs;
  if (source!.spec.type !== 'input') {
    return `patchWhitening follows from patches of the training images, so the layer must read the input, but it reads ${source!.name}; choose another kernelInitializer`;
  }
  const [R, S, , K] = kernel.shape as readonly [number, number, number, number];
  const most = 2 * R * S * inputShape[2]!;
  if (K <= most) return null;
  return `patchWhitening gives at most ${most} filters, the principal components of patches of ${R}×${S}×${inputShape[2]} and their negatives, but there are ${K}; take fewer filters or a larger kernelSize`;
}

/** How many images of a shape [H, W, C] a kernel [R, S, C, K] is computed from: the first ones of a training set. */
export function whiteningImages({ shape }: Pick<Parameter, 'shape'>, [H, W]: Shape): number {
  const [R, S, C] = shape as readonly [number, number, number, number];
  const D = R * S * C;
  const patches = Math.min(mostPatches, mostProducts / (D * D));
  return Math.min(mostImages, Math.ceil(patches / ((H! - R + 1) * (W! - S + 1))));
}

/**
 * A kernel [R, S, C, K] that whitens patches: filter k is eigenvector k of the covariance of all patches inside the images, largest
 * eigenvalue λ first, divided by √(λ + ε), with ε = 5e-4 times the mean eigenvalue. Filters beyond the R·S·C eigenvectors are the
 * negatives of the first ones. In float64, images, rows and columns in order.
 * @param images float32 [N, H, W, C], as the network sees them
 * @throws SelvedgeError 'bad-data' where all patches are equal
 * @see Jordan 2024, arXiv 2404.00498, section 3.1; Page 2019, How to Train Your ResNet 8
 */
export function whitenedKernel(
  { name, shape }: Pick<Parameter, 'name' | 'shape'>,
  images: Float32Array,
  imageShape: Shape,
): Float32Array {
  const K = shape[3]!;
  const D = shape[0]! * shape[1]! * shape[2]!;
  const { values, vectors } = symmetricEigen(patchCovariance(images, imageShape, shape), D);
  const epsilon = (epsilonShare * values.reduce((sum, value) => sum + value, 0)) / D;
  if (!(epsilon > 0)) {
    throw new SelvedgeError(
      'bad-data',
      `The patches of the training images are all equal, so ${name} cannot begin with patchWhitening; choose another kernelInitializer.`,
    );
  }
  const kernel = new Float32Array(D * K);
  for (let k = 0; k < K; k++) {
    // Rounding can leave an eigenvalue of 0 a little below it.
    const scale = (k < D ? 1 : -1) / Math.sqrt(Math.max(0, values[k % D]!) + epsilon);
    for (let d = 0; d < D; d++) kernel[d * K + k] = vectors[(k % D) * D + d]! * scale;
  }
  return kernel;
}

/** The covariance [D, D] of patches [R, S, C], D = R·S·C, at every position inside the images. */
export function patchCovariance(images: Float32Array, [H, W, C]: Shape, [R, S]: Shape): Float64Array {
  const line = W! * C!;
  const row = S! * C!;
  const D = R! * row;
  const places = Uint32Array.from({ length: D }, (_, d) => Math.floor(d / row) * line + (d % row));
  // Differences to one patch have the same covariance, and are exactly 0 where patches are equal.
  const origin = Float64Array.from(places, (place) => images[place]!);
  const patch = new Float64Array(D);
  const sums = new Float64Array(D);
  const products = new Float64Array(D * D);
  let count = 0;
  for (let image = 0; image < images.length; image += H! * line) {
    for (let h = 0; h + R! <= H!; h++) {
      for (let w = 0; w + S! <= W!; w++) {
        const start = image + h * line + w * C!;
        for (let d = 0; d < D; d++) patch[d] = images[start + places[d]!]! - origin[d]!;
        count++;
        for (let i = 0; i < D; i++) {
          const value = patch[i]!;
          // Images with a plain background have many.
          if (value === 0) continue;
          sums[i]! += value;
          for (let j = i; j < D; j++) products[i * D + j]! += value * patch[j]!;
        }
      }
    }
  }
  const covariance = new Float64Array(D * D);
  for (let i = 0; i < D; i++)
    for (let j = i; j < D; j++) {
      const value = products[i * D + j]! / count - (sums[i]! / count) * (sums[j]! / count);
      covariance[i * D + j] = value;
      covariance[j * D + i] = value;
    }
  return covariance;
}
