import { noAddress } from '../../engine/buffers.ts';
import type { Layer, LayerDefinition, LoweringContext, Numbers } from '../layer.ts';
import { activation, boolean, size2d, windowPadding } from '../options.ts';
import { pair } from '../shape.ts';
import type { DepthwiseConv2dSpec } from '../spec.ts';
import { windowGeometry, windowOutput } from '../window.ts';
import { type Limits, noLimits, packedColumns, type Weights, weightsOf } from './conv2d.ts';

function geometryOf(layer: Layer<DepthwiseConv2dSpec>) {
  const { kernelSize, strides = 1, padding } = layer.spec;
  return windowGeometry(layer, kernelSize, strides, padding);
}

type Geometry = ReturnType<typeof geometryOf>;

/** Adds the forward calls. */
export function lowerDepthwiseConvolution(
  c: LoweringContext<DepthwiseConv2dSpec>,
  { w, bias, prefix }: Weights,
  limits: Limits,
): void {
  const g = geometryOf(c.layer);
  const panels = packedColumns(c, g.R * g.S, g.C, w, prefix);
  c.emit(
    'depthwiseConv2dForward',
    { x: c.x, panels, bias, y: c.y, ...g, ...limits },
    { units: 'images', chunkSize: 1 },
  );
}

/** Convolution of each channel with a filter of its own: [H, W, C] → [OH, OW, C], kernel [R, S, C], bias [C]. */
export const depthwiseConv2d: LayerDefinition<DepthwiseConv2dSpec> = {
  help: {
    options:
      "`kernelSize`: 3 or [height, width]; [`strides`: 1 by default; `padding`: 'valid' (none, the default) or 'same'; `useBias`: true by default; `activation`; `trainable`]",
    shape: "[H, W, C] → [OH, OW, C]; with 'same' [⌈H ÷ stride⌉, ⌈W ÷ stride⌉, C]",
  },
  options: {
    kernelSize: size2d,
    strides: size2d,
    padding: windowPadding,
    useBias: boolean,
    activation,
    trainable: boolean,
  },
  required: ['kernelSize'],
  outputShape({ kernelSize, strides = 1, padding = 'valid' }, input) {
    const output = windowOutput(kernelSize, strides, padding, input);
    return 'needs' in output ? output : [...output, input![2]!];
  },
  parameters({ kernelSize, useBias = true, trainable = true }, input) {
    const [R, S] = pair(kernelSize);
    const C = input[2]!;
    // Keras counts the fans of the shape [R, S, C, 1].
    const initializer = { type: 'glorotUniform', fanIn: R * S * C, fanOut: R * S } as const;
    const kernel = { role: 'kernel', shape: [R, S, C], initializer, trainable } as const;
    const bias = { role: 'bias', shape: [C], initializer: { type: 'zeros' }, trainable } as const;
    return useBias ? [kernel, bias] : [kernel];
  },
  traits: ({ kernelSize, strides = 1, padding, useBias = true }) => ({
    identityAtInference: false,
    outputSign: 'any',
    receptiveField: {
      size: pair(kernelSize),
      strides: pair(strides),
      before: padding === 'same' ? 'same' : [0, 0],
    },
    mixesChannels: false,
    keepsZeros: !useBias,
    hasFeatureMaps: true,
    activation: null,
  }),
  multiplyAdds({ kernelSize }, _, output) {
    const [R, S] = pair(kernelSize);
    return R * S * output[0]! * output[1]! * output[2]!;
  },
  isIdentity: () => false,
  forward: (c) => lowerDepthwiseConvolution(c, weightsOf(c), noLimits),
  backward(c) {
    const g = geometryOf(c.layer);
    const { x, dy, dx } = c;
    if (c.parameterGradients) {
      const padded = ((g.OH - 1) * g.sy + g.R) * ((g.OW - 1) * g.sx + g.S);
      c.scratch((padded + g.OH * g.OW) * 32);
      const dbias = hasBias(c.layer) ? c.gradient('bias') : noAddress;
      c.emit(
        'depthwiseConv2dBackwardWeights',
        { x, dy, dw: c.gradient('kernel'), dbias, ...g },
        { units: Math.ceil(g.C / 8), chunkSize: 1, aside: true },
      );
    }
    if (!dx) return;
    const panels = packedColumns(c, g.R * g.S, g.C);
    c.emit('depthwiseConv2dBackwardInput', { dy, panels, dx, ...g }, { units: 'images', chunkSize: 1 });
  },
  reference({ layer, N, x, parameters }) {
    const g = geometryOf(layer);
    const [w, bias] = parameters as [Numbers, Numbers | undefined];
    return {
      forward() {
        const y = Float64Array.from({ length: N * g.OH * g.OW * g.C }, (_, i) => bias?.[i % g.C] ?? 0);
        everyProduct(N, g, (ix, iw, iy) => {
          y[iy]! += x[ix]! * w[iw]!;
        });
        return y;
      },
      inputGradients(dy) {
        const dx = new Float64Array(x.length);
        everyProduct(N, g, (ix, iw, iy) => {
          dx[ix]! += dy[iy]! * w[iw]!;
        });
        return [dx];
      },
      parameterGradients(dy) {
        const dw = new Float64Array(g.R * g.S * g.C);
        everyProduct(N, g, (ix, iw, iy) => {
          dw[iw]! += dy[iy]! * x[ix]!;
        });
        if (!bias) return [dw];
        const dbias = new Float64Array(g.C);
        for (let i = 0; i < dy.length; i++) dbias[i % g.C]! += dy[i]!;
        return [dw, dbias];
      },
    };
  },
};

function hasBias({ spec: { useBias = true } }: Layer<DepthwiseConv2dSpec>): boolean {
  return useBias;
}

/** Calls `visit` for every product inside the picture, with the places in x [N, H, W, C], w [R, S, C] and y [N, OH, OW, C]. */
function everyProduct(N: number, g: Geometry, visit: (x: number, w: number, y: number) => void): void {
  for (let n = 0; n < N; n++)
    for (let oh = 0; oh < g.OH; oh++)
      for (let ow = 0; ow < g.OW; ow++)
        for (let r = 0; r < g.R; r++)
          for (let s = 0; s < g.S; s++) {
            const h = oh * g.sy - g.top + r;
            const w = ow * g.sx - g.left + s;
            if (h < 0 || h >= g.H || w < 0 || w >= g.W) continue;
            for (let c = 0; c < g.C; c++)
              visit(
                ((n * g.H + h) * g.W + w) * g.C + c,
                (r * g.S + s) * g.C + c,
                ((n * g.OH + oh) * g.OW + ow) * g.C + c,
              );
          }
}
