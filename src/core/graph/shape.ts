import type { Size2d } from './spec.ts';

/** Sizes of an array's axes, without the batch: [H, W, C] of a picture, [D] of a flat vector. */
export type Shape = readonly number[];

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, n) => product * n, 1);
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

export function pair(size: Size2d): readonly [number, number] {
  return typeof size === 'number' ? [size, size] : size;
}

/** How many windows of `window` fit into `extent` at distances of `stride`. */
export function windows(extent: number, window: number, stride: number): number {
  return Math.floor((extent - window) / stride) + 1;
}
