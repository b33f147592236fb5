import { at, float, noAddress } from '../engine/buffers.ts';
import type { BackwardContext, ForwardContext, Layer, Lowering, LoweringContext } from '../graph/layer.ts';
import { lowerSum } from '../graph/layers/add.ts';
import {
  lowerNormalizationBackward,
  lowerNormalizationForward,
  normalizationSettings,
} from '../graph/layers/batchNormalization.ts';
import {
  conv2dGeometry,
  type Limits,
  lowerConvolution,
  noLimits,
  packedColumns,
  transposedKernel,
  type Weights,
  weightsOf,
} from '../graph/layers/conv2d.ts';
import { type DenseEpilogue, lowerDenseBackward, lowerDenseForward } from '../graph/layers/dense.ts';
import { lowerDepthwiseConvolution } from '../graph/layers/depthwiseConv2d.ts';
import { drawMask, dropoutMask } from '../graph/layers/dropout.ts';
import { definitionOf } from '../graph/layers/index.ts';
import { poolingWindow } from '../graph/layers/pooling/pooling.ts';
import { paddingGeometry } from '../graph/layers/zeroPadding2d.ts';
import { type Network, readersOf } from '../graph/network.ts';
import { sizeOf } from '../graph/shape.ts';
import type {
  BatchNormalizationSpec,
  Conv2dSpec,
  DenseSpec,
  DepthwiseConv2dSpec,
  DropoutSpec,
  LayerSpec,
  LayerType,
  MaxPooling2dSpec,
  ZeroPadding2dSpec,
} from '../graph/spec.ts';
import { samePadding } from '../graph/window.ts';

/**
 * A row of the table: layers that one fused group can stand for, forward and backward. The first has the parameters. A rule
 * applies only where the group gives the layers' own results, but for rounding.
 */
interface FusionRule {
  /** Types in order, each reading only the one before; those with a question mark may be missing. */
  readonly pattern: readonly (LayerType | `${LayerType}?`)[];
  applies(layers: readonly Layer[]): boolean;
  /** Whether it needs that nothing goes backward and that normalisation uses its moving statistics. */
  readonly constantStatistics?: true;
  readonly lowering: GroupLowering;
}

export interface GroupLowering extends Lowering {
  /** Whether the output has a border that must stay zero. */
  hasZeroBorder?(layers: readonly Layer[]): boolean;
  /** The layer inside the group whose output is the middle of the group's padded output. */
  paddedLayer?(layers: readonly Layer[]): Layer | undefined;
}

export interface FusionMode {
  readonly fuse: boolean;
  readonly constantStatistics: boolean;
}

/** Layers that become kernel calls together: one, or several that are fused. */
export interface Group {
  readonly layers: readonly Layer[];
  readonly lowering: GroupLowering;
}

type Context = LoweringContext<LayerSpec>;

function layerOfType<S extends LayerSpec>(layers: readonly Layer[], type: S['type']): Layer<S> | undefined {
  return layers.find(({ spec }) => spec.type === type) as Layer<S> | undefined;
}

/** The group's dropout layer, unless it keeps every value. */
function activeDropout({ layers, dropout }: Context): Layer<DropoutSpec> | undefined {
  const layer = layerOfType<DropoutSpec>(layers, 'dropout');
  return layer && !definitionOf(layer.spec).isIdentity(layer.spec, dropout) ? layer : undefined;
}

/** The mask of the group's dropout layer; `noAddress` where there is none. */
function dropoutOf(c: Context) {
  const layer = activeDropout(c);
  return layer ? dropoutMask(c, layer) : { mask: noAddress, scale: float(1), bytes: 0 };
}

function drawMaskOf(c: Context): void {
  const layer = activeDropout(c);
  if (layer) drawMask(c, layer);
}

/** Sizes of conv2d → relu → dropout → maxPooling2d → zeroPadding2d. */
function convPoolGeometry({ layers }: Pick<Context, 'layers'>) {
  const g = conv2dGeometry(layers[0] as Layer<Conv2dSpec>);
  const [PH, PW] = layerOfType<MaxPooling2dSpec>(layers, 'maxPooling2d')!.outputShape as [number, number, number];
  const padding = layerOfType<ZeroPadding2dSpec>(layers, 'zeroPadding2d');
  const { top, left } = padding ? paddingGeometry(padding) : { top: 0, left: 0 };
  const out = layers.at(-1)!.outputShape;
  const line = out[1]! * g.K;
  return {
    ...g,
    PH,
    PW,
    line,
    image: sizeOf(out),
    D: g.R * g.S * g.C,
    /** Bytes from the padded picture's start to its first pooled value. */
    inside: (top * line + left * g.K) * 4,
    /** Winograd's transforms pay where there are channels to share them, and the kernel takes them by fours. */
    winograd: g.R === 3 && g.S === 3 && g.sy === 1 && g.sx === 1 && g.C % 4 === 0 && g.C >= 8,
    codes: PH * PW * g.K,
  };
}

const convPool: GroupLowering = {
  forward(c) {
    const g = convPoolGeometry(c);
    drawMaskOf(c);
    const { mask, scale, bytes: maskBytes } = dropoutOf(c);
    const units = Math.ceil(g.K / 8);
    const argmax = c.hasBackward ? c.buffer('argmax', g.codes * c.microBatch) : noAddress;
    const common = { x: c.x, bias: c.parameter('bias'), y: at(c.y, g.inside), argmax, mask, scale, maskBytes };
    const sizes = { ...g, yLine: g.line, yImage: g.image };
    if (g.winograd) {
      const w = c.parameter('kernel');
      const packed = c.packedWeights('winograd', units * 16 * g.C * 8 * 4, (u, emit) =>
        emit('packWinograd', { w, u, C: g.C, K: g.K }, { units, chunkSize: 1 }),
      );
      c.scratch(g.C * 256 + 2048 + 1024 + 64);
      c.emit(
        'convPoolWinograd',
        { u: packed, ...common, ...sizes },
        { units: { perImage: (g.PH * g.PW) / 4 }, chunkSize: 8 },
      );
    } else {
      const panels = packedColumns(c, g.D, g.K);
      c.scratch(g.D * 16);
      c.emit('convPoolDirect', { panels, ...common, ...sizes }, { units: 'images', chunkSize: 1 });
    }
  },
  backward(c) {
    const g = convPoolGeometry(c);
    const { x, dx } = c;
    const { scale } = dropoutOf(c);
    const common = { dy: at(c.dy, g.inside), argmax: c.buffer('argmax', g.codes * c.microBatch), scale };
    const sizes = { ...g, dyLine: g.line, dyImage: g.image };
    c.scratch((g.PH * g.PW + 1) * 8);
    if (c.parameterGradients) {
      const drows = c.accumulator('drows', g.K * g.D * 4);
      // Blocks of filters share the reading of an image; small ones leave work for more threads.
      const block = g.K >= 64 ? 8 : 4;
      c.before('zeroFill', { x: drows }, { units: g.K * g.D, chunkSize: 4096 });
      c.emit(
        'convPoolBackwardWeights',
        { x, drows, dbias: c.gradient('bias'), block, ...common, ...sizes },
        { units: Math.ceil(g.K / block), chunkSize: 1 },
      );
      c.after('transpose', { x: drows, y: c.gradient('kernel'), D: g.K, K: g.D }, { units: g.D, chunkSize: 64 });
    }
    if (!dx) return;
    const rows = transposedKernel(c, g.D, g.K);
    c.emit('convPoolBackwardInput', { rows, dx, ...common, ...sizes }, { units: 'images', chunkSize: 1 });
  },
  hasZeroBorder: (layers) => layerOfType(layers, 'zeroPadding2d') !== undefined,
  paddedLayer: (layers) => (layers.at(-1)!.spec.type === 'zeroPadding2d' ? layers.at(-2) : undefined),
};

function reluEpilogue(c: Context): DenseEpilogue {
  const { mask, scale, bytes } = dropoutOf(c);
  return { relu: true, mask, scale, maskBytes: bytes };
}

const denseRelu: GroupLowering = {
  forward(c) {
    drawMaskOf(c);
    lowerDenseForward(c as unknown as ForwardContext<DenseSpec>, reluEpilogue(c));
  },
  backward: (c) => lowerDenseBackward(c as unknown as BackwardContext<DenseSpec>, reluEpilogue(c)),
};

/** Max pooling of 2×2 windows that neither overlap nor leave gaps nor reach past the edge: the window is the register tile. */
function poolsByTwo(layers: readonly Layer[]): boolean {
  const { spec, inputShape } = layerOfType<MaxPooling2dSpec>(layers, 'maxPooling2d')!;
  const { size, strides, padding } = poolingWindow(spec);
  const pads = padding === 'same' && inputShape.slice(0, 2).some((extent) => samePadding(extent, 2, 2).after > 0);
  return !pads && [...size, ...strides].every((n) => n === 2);
}

/** A convolution with a bias and without padding of its own. */
function isPlain({ padding = 'valid', useBias = true }: Conv2dSpec): boolean {
  return padding === 'valid' && useBias;
}

const normalizationRelu: GroupLowering = {
  forward: (c) =>
    lowerNormalizationForward(c as unknown as ForwardContext<BatchNormalizationSpec>, limitsOf(c.layers).high),
  backward: (c) =>
    lowerNormalizationBackward(c as unknown as BackwardContext<BatchNormalizationSpec>, limitsOf(c.layers).high),
};

/** What the activation at the end of a group clamps to. */
function limitsOf(layers: readonly Layer[]): Limits {
  const { type } = layers.at(-1)!.spec;
  if (type !== 'relu' && type !== 'relu6') return noLimits;
  return { low: float(0), high: float(type === 'relu6' ? 6 : Number.POSITIVE_INFINITY) };
}

/** The convolution's kernel and bias with the normalisation behind it folded in. */
function foldedWeights(c: LoweringContext<Conv2dSpec | DepthwiseConv2dSpec>): Weights {
  const { w, bias } = weightsOf(c);
  const normalization = layerOfType<BatchNormalizationSpec>(c.layers, 'batchNormalization')!;
  const { epsilon, center, scale } = normalizationSettings(normalization);
  const kernel = c.layer.parameters[0]!;
  const K = normalization.inputShape.at(-1)!;
  const prefix = 'folded ';
  const bOut = c.packedWeights(`${prefix}bias`, K * 4, () => {});
  const wOut = c.packedWeights(`${prefix}kernel`, kernel.size * 4, (to, emit) =>
    emit(
      'foldNormalization',
      {
        w,
        bias,
        gamma: scale ? c.parameter('gamma', normalization) : noAddress,
        beta: center ? c.parameter('beta', normalization) : noAddress,
        mean: c.parameter('movingMean', normalization),
        variance: c.parameter('movingVariance', normalization),
        wOut: to,
        bOut,
        K,
        epsilon: float(epsilon),
      },
      { units: kernel.size / K, chunkSize: 16 },
    ),
  );
  return { w: wOut, bias: bOut, prefix };
}

const foldedConvolution: GroupLowering = {
  forward(context) {
    const c = context as unknown as LoweringContext<Conv2dSpec>;
    lowerConvolution(c, foldedWeights(c), limitsOf(c.layers));
  },
};

const foldedDepthwise: GroupLowering = {
  forward(context) {
    const c = context as unknown as LoweringContext<DepthwiseConv2dSpec>;
    lowerDepthwiseConvolution(c, foldedWeights(c), limitsOf(c.layers));
  },
};

/** The sum goes through max(y, 0) in its last pass; the gradient of what passed is that of every input. */
const addRelu: GroupLowering = {
  forward: (c) => lowerSum(c, float(0)),
  sharedGradient(c) {
    const { y, dy, emit, layer } = c;
    const size = sizeOf(layer.outputShape);
    const passed = c.buffer('passed', dy.bytes);
    emit('reluBackward', { y, dy, dx: passed, size }, { units: 'images', chunkSize: 2 });
    return passed;
  },
};

const always = () => true;

const rules: readonly FusionRule[] = [
  {
    pattern: ['conv2d', 'relu', 'dropout?', 'maxPooling2d', 'zeroPadding2d?'],
    applies: (layers) => poolsByTwo(layers) && isPlain(layers[0]!.spec as Conv2dSpec),
    lowering: convPool,
  },
  { pattern: ['dense', 'relu', 'dropout?'], applies: always, lowering: denseRelu },
  ...(
    [
      ['conv2d', foldedConvolution],
      ['depthwiseConv2d', foldedDepthwise],
    ] as const
  ).flatMap(([type, lowering]) => [
    { pattern: [type, 'batchNormalization', 'relu6'], applies: always, constantStatistics: true, lowering } as const,
    { pattern: [type, 'batchNormalization', 'relu?'], applies: always, constantStatistics: true, lowering } as const,
  ]),
  { pattern: ['batchNormalization', 'relu'], applies: always, lowering: normalizationRelu },
  { pattern: ['batchNormalization', 'relu6'], applies: always, lowering: normalizationRelu },
  { pattern: ['add', 'relu'], applies: always, lowering: addRelu },
];

/** The layers from `start` on that match the pattern, each read by the next alone; none where they do not match. */
function matching(network: Network, pattern: FusionRule['pattern'], start: Layer): readonly Layer[] {
  const matched: Layer[] = [];
  let next: Layer | undefined = start;
  for (const entry of pattern) {
    if (next?.spec.type === entry.replace('?', '')) {
      matched.push(next);
      const readers: readonly Layer[] = readersOf(network, next);
      next = readers.length === 1 && readers[0]!.inputs.length === 1 ? readers[0] : undefined;
    } else if (!entry.endsWith('?')) return [];
  }
  return matched;
}

/**
 * The layers in groups, in execution order.
 * @param mode whether layers are fused where the table allows it, and whether rules apply that need constant statistics
 */
export function groupsOf(network: Network, layers: readonly Layer[], mode: FusionMode): Group[] {
  const groups: Group[] = [];
  const grouped = new Set<Layer>();
  for (const layer of layers) {
    if (grouped.has(layer)) continue;
    const fused = mode.fuse ? fusedGroup(network, layer, mode) : undefined;
    const group = fused ?? { layers: [layer], lowering: definitionOf(layer.spec) as unknown as GroupLowering };
    for (const member of group.layers) grouped.add(member);
    groups.push(group);
  }
  return groups;
}

function fusedGroup(network: Network, first: Layer, mode: FusionMode): Group | undefined {
  for (const { pattern, applies, constantStatistics, lowering } of rules) {
    if (constantStatistics && !mode.constantStatistics) continue;
    const layers = matching(network, pattern, first);
    if (layers.length > 0 && applies(layers)) return { layers, lowering };
  }
  return undefined;
}
