import { type Buffer, type Float, float, noAddress, type Pointer } from '../../engine/buffers.ts';
import { kernelInitializer } from '../initializers.ts';
import type { BackwardContext, Layer, LayerDefinition, LoweringContext, Numbers } from '../layer.ts';
import { activation, boolean, convolutionInitializerName, positiveInteger, size2d, windowPadding } from '../options.ts';
import { pair } from '../shape.ts';
import type { Conv2dSpec, DepthwiseConv2dSpec, LayerSpec } from '../spec.ts';
import { type WindowGeometry, windowGeometry, windowOutput } from '../window.ts';

/** Everything about a convolution's sizes, in the alphabet of `shape.ts`. */
export function conv2dGeometry(layer: Layer<Conv2dSpec>) {
  const { kernelSize, strides = 1, padding, filters } = layer.spec;
  return { ...windowGeometry(layer, kernelSize, strides, padding), K: filters };
}

type WeightsContext = Pick<LoweringContext<LayerSpec>, 'parameter' | 'packedWeights'>;
type Geometry = WindowGeometry & { readonly K: number };

/** The kernel in panels of eight columns, [⌈K/8⌉, D, 8]: see `packColumns`. */
export function packedColumns(c: WeightsContext, D: number, K: number, w = c.parameter('kernel'), prefix = '') {
  const units = Math.ceil(K / 8);
  return c.packedWeights(`${prefix}columns`, units * D * 8 * 4, (panels, emit) =>
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

/** A matrix [D, K] in panels as `multiply` reads it: 16 columns wide, or 8 where that leaves fewer columns empty. */
function panels(c: WeightsContext, name: string, w: Pointer, D: number, K: number) {
  const units = Math.ceil(K / panelWidth(K));
  return c.packedWeights(name, panelColumns(K) * D * 4, (to, emit) =>
    emit('packPanels', { w, panels: to, D, K }, { units, chunkSize: 1 }),
  );
}

function panelWidth(K: number): number {
  return Math.ceil(K / 8) % 2 === 0 ? 16 : 8;
}

function panelColumns(K: number): number {
  return Math.ceil(K / 8) * 8;
}

/** Groups of images whose gradients are summed apart, so that threads share the work: fewer where one sum is large. */
function groupsFor(bytes: number): number {
  return bytes <= 2 ** 20 ? 8 : bytes <= 2 ** 23 ? 4 : 2;
}

/** Whether Winograd's transforms are allowed and pay, and its kernels take the shape. */
function usesWinograd(c: Pick<LoweringContext<Conv2dSpec>, 'winograd'>, { R, S, sy, sx, C, K }: Geometry): boolean {
  return c.winograd && R === 3 && S === 3 && sy === 1 && sx === 1 && C % 8 === 0 && K % 8 === 0;
}

/** Floats of a kernel in the transform's domain: 36 planes, a cache line apart. */
function winogradFloats({ C, K }: Pick<Geometry, 'C' | 'K'>): number {
  return 36 * (C * K + 16);
}

/** How `winograd4` walks over a batch: images per block, rows of tiles at a time, and what a thread needs for it. */
function winogradBlock(C: number, K: number, OH: number, OW: number) {
  const [TH, TW] = [Math.ceil(OH / 4), Math.ceil(OW / 4)];
  // Both planes of values of a block fit the second-level cache.
  const tiles = Math.min(48, Math.max(16, Math.floor(450_000 / (36 * 4 * (C + K)))));
  const most = tiles / (TH * TW);
  const images = most >= 4 ? 4 : most >= 2 ? 2 : 1;
  const parts = images > 1 ? 1 : Math.ceil(TH / Math.max(1, Math.floor(tiles / TW)));
  const rows = Math.ceil(TH / parts);
  const pixels = images * (4 * rows + 2) * (4 * TW + 2);
  const slots = images * rows * TW + 1;
  return { images, rows, bytes: 4096 + pixels * (C + K) * 4 + 36 * (slots * (C + K) * 4 + 128) };
}

/** Adds the convolution of x with the kernel in the transform's domain: forward, or the gradient of the input with exchanged channels. */
function emitWinograd(
  c: Pick<LoweringContext<LayerSpec>, 'scratch' | 'emit'>,
  args: { readonly x: Pointer; readonly u: Pointer; readonly bias: Pointer; readonly y: Pointer } & Limits,
  g: Pick<Geometry, 'H' | 'W' | 'C' | 'K' | 'top' | 'left' | 'OH' | 'OW'>,
): void {
  const { images, rows, bytes } = winogradBlock(g.C, g.K, g.OH, g.OW);
  c.scratch(bytes);
  c.emit('winograd4', { ...args, ...g, images, rows }, { units: { perImage: 1 / images }, chunkSize: 1 });
}

/** Output positions whose patches lie side by side at a time, and what a thread needs for it. */
function patchBlock({ OH, OW, R, S, sy, sx, C }: Geometry) {
  const D = R * S * C;
  const block = Math.min(OH * OW, Math.max(4, Math.floor(16384 / D / 4) * 4));
  const padded = ((OH - 1) * sy + R) * ((OW - 1) * sx + S) * C;
  return { block, bytes: (padded + (block + 4) * D) * 4 + 256 };
}

/** What a convolution multiplies with and adds, and a prefix for the names of what is packed from it. */
export interface Weights {
  readonly w: Pointer;
  /** `noAddress` without one. */
  readonly bias: Pointer;
  readonly prefix: string;
}

export function weightsOf(c: Pick<LoweringContext<Conv2dSpec | DepthwiseConv2dSpec>, 'layer' | 'parameter'>): Weights {
  const bias = c.layer.spec.useBias === false ? noAddress : c.parameter('bias');
  return { w: c.parameter('kernel'), bias, prefix: '' };
}

/** What the outputs are clamped to: a rectifier behind the convolution. */
export interface Limits {
  readonly low: Float;
  readonly high: Float;
}

export const noLimits: Limits = { low: float(Number.NEGATIVE_INFINITY), high: float(Number.POSITIVE_INFINITY) };

/** Adds the forward calls. */
export function lowerConvolution(c: LoweringContext<Conv2dSpec>, { w, bias, prefix }: Weights, limits: Limits): void {
  const g = conv2dGeometry(c.layer);
  const { x, y } = c;
  if (usesWinograd(c, g)) {
    const u = c.packedWeights(`${prefix}winograd4`, winogradFloats(g) * 4, (to, emit) =>
      emit('packWinograd4', { w, u: to, C: g.C, K: g.K }, { units: g.C, chunkSize: 4 }),
    );
    emitWinograd(c, { x, u, bias, y, ...limits }, g);
    return;
  }
  const { block, bytes } = patchBlock(g);
  c.scratch(bytes);
  const packed = panels(c, `${prefix}panels`, w, g.R * g.S * g.C, g.K);
  c.emit('conv2dForward', { x, panels: packed, bias, y, ...g, block, ...limits }, { units: 'images', chunkSize: 1 });
}

/** Adds the calls for the gradients of kernel and bias. */
function lowerParameterGradients(c: BackwardContext<Conv2dSpec>, g: Geometry): void {
  const { x, dy, positionInBatch } = c;
  const D = g.R * g.S * g.C;
  const isWinograd = usesWinograd(c, g);
  const size = isWinograd ? winogradFloats(g) : Math.ceil(D / 4) * 4 * panelColumns(g.K);
  const groups = groupsFor(size * 4);
  const sums = c.accumulator('sums', groups * size * 4);
  const spread = { units: groups, chunkSize: 1, aside: true, perImage: { positionInBatch: 4 } };
  c.before('zeroFill', { x: sums }, { units: groups * size, chunkSize: 16384 });
  const dw = c.gradient('kernel');
  if (isWinograd) {
    const { images, rows, bytes } = winogradBlock(g.C, g.K, g.OH, g.OW);
    c.scratch(bytes);
    c.emit('winograd4BackwardWeights', { x, dy, du: sums, positionInBatch, ...g, images, rows, groups }, spread);
    c.after('winograd4KernelGradient', { du: sums, dw, ...g, groups }, { units: g.C, chunkSize: 4 });
  } else {
    const { block, bytes } = patchBlock(g);
    c.scratch(bytes);
    c.emit('conv2dBackwardWeights', { x, dy, dw: sums, positionInBatch, ...g, block, groups }, spread);
    c.after('sumGroups', { sums, dw, D, K: g.K, groups }, { units: D, chunkSize: 16 });
  }
  if (c.layer.spec.useBias === false) return;
  const channels = { y: dy, sums: c.gradient('bias'), positions: g.OH * g.OW, K: g.K };
  c.emit('addChannelSums', channels, { units: Math.ceil(g.K / 4), chunkSize: 1, aside: true });
}

/** Adds the calls for the gradient of the input. */
function lowerInputGradient(c: BackwardContext<Conv2dSpec>, g: Geometry, dx: Buffer): void {
  const { dy } = c;
  const D = g.R * g.S * g.C;
  const w = c.parameter('kernel');
  if (usesWinograd(c, g)) {
    const flipped = c.packedWeights('flipped', D * g.K * 4, (y, emit) =>
      emit('flipKernel', { w, y, C: g.C, K: g.K }, { units: 9, chunkSize: 1 }),
    );
    const u = c.packedWeights('winograd4Flipped', winogradFloats(g) * 4, (to, emit) =>
      emit('packWinograd4', { w: flipped, u: to, C: g.K, K: g.C }, { units: g.K, chunkSize: 4 }),
    );
    const backward = { H: g.OH, W: g.OW, C: g.K, K: g.C, top: 2 - g.top, left: 2 - g.left, OH: g.H, OW: g.W };
    emitWinograd(c, { x: dy, u, bias: noAddress, y: dx, ...noLimits }, backward);
    return;
  }
  const { block, bytes } = patchBlock(g);
  c.scratch(bytes);
  const rows = panels(c, 'rowPanels', transposedKernel(c, D, g.K), g.K, D);
  c.emit('conv2dBackwardInput', { dy, panels: rows, dx, ...g, block }, { units: 'images', chunkSize: 1 });
}

/** Two-dimensional convolution: [H, W, C] → [OH, OW, K], kernel [R, S, C, K], bias [K]. */
export const conv2d: LayerDefinition<Conv2dSpec> = {
  help: {
    options:
      "`filters`, `kernelSize`: 3 or [height, width]; [`strides`: 1 by default; `padding`: 'valid' (none, by default) or 'same'; `useBias`: true by default; `activation`; `kernelInitializer`; `trainable`]",
    shape: '[H, W, C] → [OH, OW, filters]',
  },
  options: {
    filters: positiveInteger,
    kernelSize: size2d,
    strides: size2d,
    padding: windowPadding,
    useBias: boolean,
    activation,
    kernelInitializer: convolutionInitializerName,
    trainable: boolean,
  },
  required: ['filters', 'kernelSize'],
  outputShape(spec, input) {
    const positions = windowOutput(spec.kernelSize, spec.strides ?? 1, spec.padding ?? 'valid', input);
    return 'needs' in positions ? positions : [...positions, spec.filters];
  },
  parameters({ kernelSize, filters: K, useBias = true, trainable = true, kernelInitializer: type }, input) {
    const [R, S] = pair(kernelSize);
    const C = input[2]!;
    const initializer = kernelInitializer(type, { fanIn: R * S * C, fanOut: R * S * K });
    const bias = { role: 'bias', shape: [K], initializer: { type: 'zeros' }, trainable } as const;
    return [{ role: 'kernel', shape: [R, S, C, K], initializer, trainable }, ...(useBias ? [bias] : [])];
  },
  traits: (spec) => ({
    identityAtInference: false,
    outputSign: 'any',
    receptiveField: {
      size: pair(spec.kernelSize),
      strides: pair(spec.strides ?? 1),
      before: spec.padding === 'same' ? 'same' : [0, 0],
    },
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
  forward: (c) => lowerConvolution(c, weightsOf(c), noLimits),
  backward(c) {
    const g = conv2dGeometry(c.layer);
    const { dx } = c;
    // The input's gradient first: it joins the chain of calls that made dy.
    if (dx) lowerInputGradient(c, g, dx);
    if (c.parameterGradients) lowerParameterGradients(c, g);
  },
  reference({ layer, N, x, parameters }) {
    const g = conv2dGeometry(layer);
    const [w, bias] = parameters as [Numbers, Numbers?];
    return {
      forward: () => conv2dForward(x, w, bias, N, g),
      inputGradients: (dy) => [conv2dInputGradient(w, dy, N, g)],
      parameterGradients: (dy) => conv2dParameterGradients(x, dy, N, g, bias !== undefined),
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
              for (let c = 0; c < g.C; c++) {
                const h = oh * g.sy + r - g.top;
                const w = ow * g.sx + s - g.left;
                if (h < 0 || h >= g.H || w < 0 || w >= g.W) continue;
                visit(
                  ((n * g.H + h) * g.W + w) * g.C + c,
                  ((r * g.S + s) * g.C + c) * g.K + k,
                  ((n * g.OH + oh) * g.OW + ow) * g.K + k,
                );
              }
}

/** y[n, oh, ow, k] = bias[k] + Σ x[n, oh·sy + r − top, ow·sx + s − left, c] · w[r, s, c, k]. */
function conv2dForward(x: Numbers, w: Numbers, bias: Numbers | undefined, N: number, g: Geometry): Float64Array {
  const y = Float64Array.from({ length: N * g.OH * g.OW * g.K }, (_, i) => bias?.[i % g.K] ?? 0);
  everyProduct(N, g, (ix, iw, iy) => {
    y[iy]! += x[ix]! * w[iw]!;
  });
  return y;
}

function conv2dParameterGradients(x: Numbers, dy: Numbers, N: number, g: Geometry, useBias: boolean): Float64Array[] {
  const dw = new Float64Array(g.R * g.S * g.C * g.K);
  const dbias = new Float64Array(g.K);
  everyProduct(N, g, (ix, iw, iy) => {
    dw[iw]! += dy[iy]! * x[ix]!;
  });
  for (let i = 0; i < dy.length; i++) dbias[i % g.K]! += dy[i]!;
  return useBias ? [dw, dbias] : [dw];
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
        const h = oh * g.sy + r - g.top;
        const v = ow * g.sx + s - g.left;
        if (h < 0 || h >= g.H || v < 0 || v >= g.W) continue;
        const ix = ((n * g.H + h) * g.W + v) * g.C;
        const iw = (r * g.S + s) * g.C * g.K + k;
        for (let c = 0; c < g.C; c++) dx[ix + c]! += gradient * w[iw + c * g.K]!;
      }
  }
  return dx;
}
