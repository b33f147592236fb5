import { SelvedgeError } from '../errors.ts';
import { type Network, networkForShape } from '../graph/network.ts';
import { formatShape, type Shape, sizeOf } from '../graph/shape.ts';
import { summarise } from '../graph/summary.ts';

/** For how many epochs training images have a shorter side of as many pixels, smallest first; then they have their full size. */
export type ImageSizes = Readonly<Record<string, number>>;

/** The sides with their epochs, smallest first. */
function stagesOf(sizes: ImageSizes): readonly (readonly [side: number, epochs: number])[] {
  return Object.entries(sizes)
    .map(([side, epochs]) => [Number(side), epochs] as const)
    .sort(([a], [b]) => a - b);
}

/** The shape [H, W, C] of training images in an epoch, counted from 1. */
export function imageShapeIn(epoch: number, sizes: ImageSizes, inputShape: Shape): Shape {
  let last = 0;
  for (const [side, epochs] of stagesOf(sizes)) {
    last += epochs;
    if (epoch <= last) return scaledTo(side, inputShape);
  }
  return inputShape;
}

/** The shapes of training images, smallest first; the images' own comes last. */
export function imageShapesOf(sizes: ImageSizes, inputShape: Shape): readonly Shape[] {
  return [...stagesOf(sizes).map(([side]) => scaledTo(side, inputShape)), inputShape];
}

/** Where images are not square, the longer side keeps the ratio, rounded. */
function scaledTo(side: number, [H, W, C]: Shape): Shape {
  const shorter = Math.min(H!, W!);
  return [Math.round((H! * side) / shorter), Math.round((W! * side) / shorter), C!];
}

/**
 * The network with the same layers and parameters for images of another shape.
 * @throws SelvedgeError 'bad-option' naming the layer, where the network cannot have images of that shape
 */
export function networkFor(network: Network, shape: Shape): Network {
  if (formatShape(shape) === formatShape(network.inputShape)) return network;
  const images = `training images of ${formatShape(shape)}`;
  let resized: Network;
  try {
    resized = networkForShape(network, shape);
  } catch (cause) {
    if (!(cause instanceof SelvedgeError)) throw cause;
    const why = cause.message.replace(/\.$/, '');
    return fail(`The network does not fit ${images}: ${why}; choose larger imageSizes, or leave them out.`, cause);
  }
  for (const [i, { name, shape: own }] of network.parameters.entries()) {
    const other = resized.parameters[i]!.shape;
    if (formatShape(own) === formatShape(other)) continue;
    return fail(
      `${name} would be ${formatShape(other)} instead of ${formatShape(own)} for ${images}; leave imageSizes out, or pool globally before that layer (globalAveragePooling2d, globalMaxPooling2d).`,
    );
  }
  return resized;
}

/**
 * Checks that every size is smaller than the images, that the network can have it, and that an epoch with the full size is left.
 * @throws SelvedgeError 'bad-option'
 */
export function requireFittingSizes(network: Network, sizes: ImageSizes, epochs: number): void {
  const { inputShape } = network;
  const stages = stagesOf(sizes);
  if (stages.length === 0) return;
  if (inputShape.length !== 3) {
    fail(`The network reads ${formatShape(inputShape)}, which cannot be scaled as images; leave imageSizes out.`);
  }
  const full = Math.min(inputShape[0]!, inputShape[1]!);
  for (const [side] of stages) {
    if (side >= full) {
      fail(
        `An image size of ${side} is not below the full size of ${formatShape(inputShape)}, which comes last by itself; choose imageSizes below ${full}.`,
      );
    }
    networkFor(network, scaledTo(side, inputShape));
  }
  const small = stages.reduce((sum, [, count]) => sum + count, 0);
  if (small >= epochs) {
    fail(
      `imageSizes take ${small} of ${epochs} epochs, so that none is left with the full size; shorten them, or train longer.`,
    );
  }
}

/** What each epoch costs relative to the others: the multiply-adds of the network for its images. */
export function epochCosts(network: Network, sizes: ImageSizes, epochs: number): readonly number[] {
  const byShape = new Map<string, number>();
  return Array.from({ length: epochs }, (_, i) => {
    const shape = imageShapeIn(i + 1, sizes, network.inputShape);
    const key = formatShape(shape);
    const cost = byShape.get(key) ?? costOf(networkFor(network, shape));
    byShape.set(key, cost);
    return cost;
  });
}

/** Values and multiply-adds: above 0 for a network without the latter. */
function costOf(network: Network): number {
  return summarise(network).reduce((sum, layer) => sum + layer.multiplyAdds + sizeOf(layer.outputShape), 0);
}

function fail(message: string, cause?: unknown): never {
  throw new SelvedgeError('bad-option', message, { cause });
}
