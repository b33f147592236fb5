import type { Layer, LayerDefinition, LoweringContext, Numbers } from '../layer.ts';
import { activation, boolean, positiveInteger, size2d } from '../options.ts';
import { pair, windows } from '../shape.ts';
import type { Conv2dSpec, LayerSpec } from '../spec.ts';
import { windowGeometry } from '../window.ts';

/** Everything about a convolution's sizes, in the alphabet of `shape.ts`. */
export function conv2dGeometry(layer: Layer<Conv2dSpec>) {
  return {
    ...windowGeometry(layer, layer.spec.kernelSize, layer.spec.strides ?? 1),
    K: layer.spec.filters,
  };
}

type WeightsContext = Pick<LoweringContext<LayerSpec>, 'parameter' | 'packedWeights'>;
type Geometry = ReturnType<typeof conv2dGeometry>;

/** The kernel in panels of eight columns, [⌈K/8⌉, D, 8]: see `packColumns`. */
export function packedColumns(c: WeightsContext, D: number, K: number) {
  const units = Math.ceil(K / 8);
  const w = c.parameter('kernel');
  return c.packedWeights('columns', units * D * 8 * 4, (panels, emit) =>
    emit('packColumns', { w, panels, D, K }, { units, chunkSize: 1 }),
  );
}

/** The kernel transposed, [K, D]. */
export function transposedKernel(c: WeightsContext, D: number, K: number) {
  const x = c.parameter('kernel');
  return c.packedWeights('rows', K * D * 4, (y, emit) =>
    emit('transpose', { x, y, D, K }, { units: K, chunkSize: 16 }),
  );
}

/** Two-dimensional convolution without padding: [H, W, C] → [OH, OW, K], kernel [R, S, C, K], bias [K]. */
export const conv2d: LayerDefinition<Conv2dSpec> = {
  help: {
    options: '`filters`, `kernelSize`: 3 or [height, width]; [`strides`: 1 by default; `activation`; `trainable`]',
    shape: '[H, W, C] → [OH, OW, filters], no padding',
  },
  options: { filters: positiveInteger, kernelSize: size2d, strides: size2d, activation, trainable: boolean },
  required: ['filters', 'kernelSize'],
  outputShape(spec, input) {
    const [R, S] = pair(spec.kernelSize);
    const [sy, sx] = pair(spec.strides ?? 1);
    if (input?.length !== 3 || input[0]! < R || input[1]! < S)
      return { needs: `[${R} or more, ${S} or more, channels]` };
    return [windows(input[0]!, R, sy), windows(input[1]!, S, sx), spec.filters];
  },
  parameters({ kernelSize, filters: K, trainable = true }, input) {
    const [R, S] = pair(kernelSize);
    const C = input[2]!;
    const initializer = { type: 'glorotUniform', fanIn: R * S * C, fanOut: R * S * K } as const;
    return [
      { role: 'kernel', shape: [R, S, C, K], initializer, trainable },
      { role: 'bias', shape: [K], initializer: { type: 'zeros' }, trainable },
    ];
  },
  traits: (spec) => ({
    identityAtInference: false,
    outputSign: 'any',
    receptiveField: { size: pair(spec.kernelSize), strides: pair(spec.strides ?? 1), before: [0, 0] },
    mixesChannels: true,
    keepsZeros: false,
    hasFeatureMaps: true,
    activation: null,
  }),
  multiplyAdds(spec, input, output) {
    const [R, S] = pair(spec.kernelSize);
    return R * S * input[2]! * output[0]! * output[1]! * output[2]!;
  },
  isIdentity: () => false,
  forward(c) {
    const g = conv2dGeometry(c.layer);
    const panels = packedColumns(c, g.R * g.S * g.C, g.K);
    const { x, y } = c;
    c.emit('conv2dForward', { x, panels, bias: c.parameter('bias'), y, ...g }, { units: 'images', chunkSize: 1 });
  },
  backward(c) {
    const g = conv2dGeometry(c.layer);
    const { x, dy, dx } = c;
    const { K } = g;
    const D = g.R * g.S * g.C;
    if (c.parameterGradients) {
      const blocks = Math.ceil(K / 8);
      const drows = c.accumulator('drows', K * D * 4);
      const lists = c.buffer('lists', blocks * (8 * g.OH * g.OW * 8 + 32));
      c.before('zeroFill', { x: drows }, { units: K * D, chunkSize: 4096 });
      const dbias = c.gradient('bias');
      c.emit('conv2dBackwardWeights', { x, dy, drows, dbias, lists, ...g }, { units: blocks, chunkSize: 1 });
      c.after('transpose', { x: drows, y: c.gradient('kernel'), D: K, K: D }, { units: D, chunkSize: 64 });
    }
    if (!dx) return;
    const rows = transposedKernel(c, D, K);
    c.emit('conv2dBackwardInput', { dy, rows, dx, ...g }, { units: 'images', chunkSize: 1 });
  },
  reference({ layer, N, x, parameters }) {
    const g = conv2dGeometry(layer);
    const [w, bias] = parameters as [Numbers, Numbers];
    return {
      forward: () => conv2dForward(x, w, bias, N, g),
      inputGradients: (dy) => [conv2dInputGradient(w, dy, N, g)],
      parameterGradients: (dy) => conv2dParameterGradients(x, dy, N, g),
    };
  },
};

/** Calls `visit` for every product of a convolution, with the places in x [N, H, W, C], w [R, S, C, K] and y [N, OH, OW, K]. */
function everyProduct(N: number, g: Geometry, visit: (x: number, w: number, y: number) => void): void {
  for (let n = 0; n < N; n++)
    for (let oh = 0; oh < g.OH; oh++)
      for (let ow = 0; ow < g.OW; ow++)
        for (let k = 0; k < g.K; k++)
          for (let r = 0; r < g.R; r++)
            for (let s = 0; s < g.S; s++)
              for (let c = 0; c < g.C; c++)
                visit(
                  ((n * g.H + oh * g.sy + r) * g.W + ow * g.sx + s) * g.C + c,
                  ((r * g.S + s) * g.C + c) * g.K + k,
                  ((n * g.OH + oh) * g.OW + ow) * g.K + k,
                );
}

/** y[n, oh, ow, k] = bias[k] + Σ x[n, oh·sy + r, ow·sx + s, c] · w[r, s, c, k]. */
function conv2dForward(x: Numbers, w: Numbers, bias: Numbers, N: number, g: Geometry): Float64Array {
  const y = Float64Array.from({ length: N * g.OH * g.OW * g.K }, (_, i) => bias[i % g.K]!);
  everyProduct(N, g, (ix, iw, iy) => {
    y[iy]! += x[ix]! * w[iw]!;
  });
  return y;
}

function conv2dParameterGradients(x: Numbers, dy: Numbers, N: number, g: Geometry): Float64Array[] {
  const dw = new Float64Array(g.R * g.S * g.C * g.K);
  const dbias = new Float64Array(g.K);
  everyProduct(N, g, (ix, iw, iy) => {
    dw[iw]! += dy[iy]! * x[ix]!;
  });
  for (let i = 0; i < dy.length; i++) dbias[i % g.K]! += dy[i]!;
  return [dw, dbias];
}

/** Fast where most of dy is 0. */
function conv2dInputGradient(w: Numbers, dy: Numbers, N: number, g: Geometry): Float64Array {
  const dx = new Float64Array(N * g.H * g.W * g.C);
  for (let iy = 0; iy < dy.length; iy++) {
    const gradient = dy[iy]!;
    if (gradient === 0) continue;
    const k = iy % g.K;
    const position = (iy - k) / g.K;
    const ow = position % g.OW;
    const oh = Math.floor(position / g.OW) % g.OH;
    const n = Math.floor(position / (g.OW * g.OH));
    for (let r = 0; r < g.R; r++)
      for (let s = 0; s < g.S; s++) {
        const ix = ((n * g.H + oh * g.sy + r) * g.W + ow * g.sx + s) * g.C;
        const iw = (r * g.S + s) * g.C * g.K + k;
        for (let c = 0; c < g.C; c++) dx[ix + c]! += gradient * w[iw + c * g.K]!;
      }
  }
  return dx;
}
