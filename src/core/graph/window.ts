import type { Layer } from './layer.ts';
import { pair, type Shape, windows } from './shape.ts';
import type { Padding, Size2d } from './spec.ts';

/** Sizes of a window that slides over pictures: [H, W, C] → [OH, OW, …], window R × S, strides sy and sx, padding before the picture. */
export interface WindowGeometry {
  readonly H: number;
  readonly W: number;
  readonly C: number;
  readonly R: number;
  readonly S: number;
  readonly sy: number;
  readonly sx: number;
  readonly top: number;
  readonly left: number;
  readonly OH: number;
  readonly OW: number;
}

export function windowGeometry(
  { inputShape, outputShape }: Pick<Layer, 'inputShape' | 'outputShape'>,
  size: Size2d,
  strides: Size2d,
  padding: Padding = 'valid',
): WindowGeometry {
  const [H, W, C] = inputShape as [number, number, number];
  const [OH, OW] = outputShape as [number, number, number];
  const [R, S] = pair(size);
  const [sy, sx] = pair(strides);
  const isSame = padding === 'same';
  const top = isSame ? samePadding(H, R, sy).before : 0;
  const left = isSame ? samePadding(W, S, sx).before : 0;
  return { H, W, C, R, S, sy, sx, top, left, OH, OW };
}

/** TensorFlow's padding 'same': ⌈extent ÷ stride⌉ windows, and where the zeros do not divide evenly, one more after than before. */
export function samePadding(extent: number, window: number, stride: number) {
  const output = Math.ceil(extent / stride);
  const total = Math.max((output - 1) * stride + window - extent, 0);
  const before = Math.floor(total / 2);
  return { output, before, after: total - before };
}

/** How many windows fit a picture [H, W, …], down and across; or what is needed where none fits. */
export function positionsOf(
  input: Shape | undefined,
  size: Size2d,
  strides: Size2d,
  padding: Padding = 'valid',
): readonly [number, number] | { readonly needs: string } {
  const [R, S] = pair(size);
  const [sy, sx] = pair(strides);
  if (padding === 'same') {
    if (input?.length !== 3) return { needs: '[height, width, channels]' };
    return [samePadding(input[0]!, R, sy).output, samePadding(input[1]!, S, sx).output];
  }
  if (input?.length !== 3 || input[0]! < R || input[1]! < S) return { needs: `[${R} or more, ${S} or more, channels]` };
  return [windows(input[0]!, R, sy), windows(input[1]!, S, sx)];
}
