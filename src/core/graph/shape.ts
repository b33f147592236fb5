import { SelvedgeError } from '../errors.ts';
import type { Size2d } from './spec.ts';

/** Sizes of an array's axes, without the batch: [H, W, C] of a picture, [D] of a flat vector. */
export type Shape = readonly number[];

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, n) => product * n, 1);
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/**
 * How many images a network's input holds: values [N, …shape].
 * @throws SelvedgeError 'bad-image' where they are not whole images
 */
export function imageCount(values: ArrayLike<number>, shape: Shape): number {
  const size = sizeOf(shape);
  if (values.length % size === 0) return values.length / size;
  throw new SelvedgeError(
    'bad-image',
    `The network's input has ${values.length} values, not a multiple of the ${size} of an image ${formatShape(shape)}; pass all values of every image.`,
  );
}

export function pair(size: Size2d): readonly [number, number] {
  return typeof size === 'number' ? [size, size] : size;
}

/** How many windows of `window` fit into `extent` at distances of `stride`. */
export function windows(extent: number, window: number, stride: number): number {
  return Math.floor((extent - window) / stride) + 1;
}
