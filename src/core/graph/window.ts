import type { Layer } from './layer.ts';
import { pair } from './shape.ts';
import type { Size2d } from './spec.ts';

/** Sizes of a window that slides over pictures: [H, W, C] → [OH, OW, …], window R × S, strides sy and sx. */
export interface WindowGeometry {
  readonly H: number;
  readonly W: number;
  readonly C: number;
  readonly R: number;
  readonly S: number;
  readonly sy: number;
  readonly sx: number;
  readonly OH: number;
  readonly OW: number;
}

export function windowGeometry(
  { inputShape, outputShape }: Pick<Layer, 'inputShape' | 'outputShape'>,
  size: Size2d,
  strides: Size2d,
): WindowGeometry {
  const [H, W, C] = inputShape as [number, number, number];
  const [OH, OW] = outputShape as [number, number, number];
  const [R, S] = pair(size);
  const [sy, sx] = pair(strides);
  return { H, W, C, R, S, sy, sx, OH, OW };
}
