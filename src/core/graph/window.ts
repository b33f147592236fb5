import type { Layer } from './layer.ts';
import { pair, type Shape, windows } from './shape.ts';
import type { Size2d, WindowPadding } from './spec.ts';
import type { Window2d } from './traits.ts';

/** Sizes of a window that slides over pictures: [H, W, C] → [OH, OW, …], window R × S, strides sy and sx. */
export interface WindowGeometry {
  readonly H: number;
  readonly W: number;
  readonly C: number;
  readonly R: number;
  readonly S: number;
  readonly sy: number;
  readonly sx: number;
  /** Rows of padding above the picture, columns of padding on its left. */
  readonly top: number;
  readonly left: number;
  readonly OH: number;
  readonly OW: number;
}

/** A window's outputs along one axis, and the padding before and after the input. */
export interface PaddedAxis {
  readonly output: number;
  readonly before: number;
  readonly after: number;
}

/**
 * TensorFlow's rule for padding 'same': ⌈extent ÷ stride⌉ outputs, and as little padding as they need, the odd one after.
 * Every window then has an input.
 */
export function samePadding(extent: number, window: number, stride: number): PaddedAxis {
  const output = Math.ceil(extent / stride);
  const total = Math.max((output - 1) * stride + window - extent, 0);
  const before = Math.floor(total / 2);
  return { output, before, after: total - before };
}

/** Outputs and padding along one axis; without padding, windows that would reach past the end are left out. */
function axis(extent: number, window: number, stride: number, padding: WindowPadding): PaddedAxis {
  if (padding === 'same') return samePadding(extent, window, stride);
  return { output: windows(extent, window, stride), before: 0, after: 0 };
}

/** Padding before the input along one axis of length `extent`: 0 for rows, 1 for columns. */
export function paddingBefore({ size, strides, before }: Window2d, extent: number, axis: 0 | 1): number {
  return before === 'same' ? samePadding(extent, size[axis], strides[axis]).before : before[axis];
}

/** [OH, OW] of a window that slides over a picture, or a phrase for what is needed where the input is none, or too small. */
export function windowOutput(
  size: Size2d,
  strides: Size2d,
  padding: WindowPadding,
  input: Shape | undefined,
): readonly [number, number] | { readonly needs: string } {
  const [R, S] = pair(size);
  const [sy, sx] = pair(strides);
  if (input?.length !== 3 || (padding === 'valid' && (input[0]! < R || input[1]! < S))) {
    return { needs: padding === 'valid' ? `[${R} or more, ${S} or more, channels]` : '[height, width, channels]' };
  }
  return [axis(input[0]!, R, sy, padding).output, axis(input[1]!, S, sx, padding).output];
}

export function windowGeometry(
  { inputShape, outputShape }: Pick<Layer, 'inputShape' | 'outputShape'>,
  size: Size2d,
  strides: Size2d,
  padding: WindowPadding = 'valid',
): WindowGeometry {
  const [H, W, C] = inputShape as [number, number, number];
  const [OH, OW] = outputShape as [number, number, number];
  const [R, S] = pair(size);
  const [sy, sx] = pair(strides);
  const top = axis(H, R, sy, padding).before;
  const left = axis(W, S, sx, padding).before;
  return { H, W, C, R, S, sy, sx, top, left, OH, OW };
}
