import type { LayerContext, LayerDefinition } from '../layer.ts';
import { padding2d } from '../options.ts';
import type { ZeroPadding2dSpec } from '../spec.ts';

/** Zeros above, below, left and right of a picture. */
export function sides(spec: ZeroPadding2dSpec): { top: number; bottom: number; left: number; right: number } {
  const padding = spec.padding ?? 1;
  const [vertical, horizontal] = typeof padding === 'number' ? [padding, padding] : padding;
  const [top, bottom] = typeof vertical === 'number' ? [vertical, vertical] : vertical;
  const [left, right] = typeof horizontal === 'number' ? [horizontal, horizontal] : horizontal;
  return { top, bottom, left, right };
}

function geometry({ layer }: LayerContext<ZeroPadding2dSpec>): readonly number[] {
  const { top, bottom, left, right } = sides(layer.spec);
  return [...layer.inputShape, top, bottom, left, right];
}

/** [H, W, C] → [top + H + bottom, left + W + right, C]. */
export const zeroPadding2d: LayerDefinition<ZeroPadding2dSpec> = {
  options: { padding: padding2d },
  required: [],
  outputShape(spec, input) {
    if (input.length !== 3) return { needs: '[height, width, channels]' };
    const { top, bottom, left, right } = sides(spec);
    return [top + input[0]! + bottom, left + input[1]! + right, input[2]!];
  },
  traits(spec) {
    const { top, left } = sides(spec);
    return {
      identityAtInference: false,
      outputSign: 'asInput',
      receptiveField: { size: [1, 1], strides: [1, 1], before: [top, left] },
      mixesChannels: false,
      keepsZeros: true,
      hasFeatureMaps: false,
      activation: null,
    };
  },
  passesThrough: () => false,
  forward(c) {
    c.emit({ kernel: 'zeroPadding2dForward', args: [c.x, c.y, ...geometry(c)], units: 'images', grain: 4 });
  },
  backward(c) {
    if (c.dx)
      c.emit({ kernel: 'zeroPadding2dBackward', args: [c.dy, c.dx, ...geometry(c)], units: 'images', grain: 4 });
  },
};
