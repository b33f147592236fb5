import type { Layer, LayerDefinition } from '../layer.ts';
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

export function paddingGeometry({ spec, inputShape }: Layer<ZeroPadding2dSpec>) {
  const [H, W, C] = inputShape as [number, number, number];
  return { H, W, C, ...sides(spec) };
}

/** [H, W, C] → [top + H + bottom, left + W + right, C]. */
export const zeroPadding2d: LayerDefinition<ZeroPadding2dSpec> = {
  help: {
    options: '[`padding`: 1, [height, width], or [[top, bottom], [left, right]]; 1 by default]',
    shape: '[H, W, C] → padded',
  },
  options: { padding: padding2d },
  required: [],
  outputShape(spec, input) {
    if (input?.length !== 3) return { needs: '[height, width, channels]' };
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
  isIdentity: () => false,
  forward(c) {
    const { x, y } = c;
    c.emit('zeroPadding2dForward', { x, y, ...paddingGeometry(c.layer) }, { units: 'images', chunkSize: 4 });
  },
  backward(c) {
    const { dy, dx } = c;
    if (!dx) return;
    c.emit('zeroPadding2dBackward', { dy, dx, ...paddingGeometry(c.layer) }, { units: 'images', chunkSize: 4 });
  },
  reference({ layer, N, x }) {
    const g = paddingGeometry(layer);
    const height = g.top + g.H + g.bottom;
    const width = g.left + g.W + g.right;
    /** For every element of x, its place in y. */
    const places = Array.from(x, (_, i) => {
      const c = i % g.C;
      const w = Math.floor(i / g.C) % g.W;
      const h = Math.floor(i / (g.C * g.W)) % g.H;
      const n = Math.floor(i / (g.C * g.W * g.H));
      return ((n * height + g.top + h) * width + g.left + w) * g.C + c;
    });
    return {
      forward() {
        const y = new Float64Array(N * height * width * g.C);
        for (const [i, place] of places.entries()) y[place] = x[i]!;
        return y;
      },
      inputGradients: (dy) => [Float64Array.from(places, (place) => dy[place]!)],
    };
  },
};
