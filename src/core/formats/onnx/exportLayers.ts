import type { Layer } from '../../graph/layer.ts';
import { normalizationSettings } from '../../graph/layers/batchNormalization.ts';
import { negativeSlopeOf } from '../../graph/layers/leakyRelu.ts';
import { poolingGeometry } from '../../graph/layers/pooling/pooling.ts';
import { sides } from '../../graph/layers/zeroPadding2d.ts';
import { type Network, readersOf } from '../../graph/network.ts';
import { formatShape, type Shape, sizeOf } from '../../graph/shape.ts';
import type { LayerSpec, LayerType } from '../../graph/spec.ts';
import { type WindowGeometry, windowGeometry } from '../../graph/window.ts';
import { channelsFirst, decimal, type GraphBuilder, hasOneOrder, integers, whole } from './graphBuilder.ts';
import { permuted } from './tensors.ts';

/** What a layer sees when it is written as nodes. Pictures are [N, C, H, W] in the graph, vectors [N, D]. */
interface ExportContext<S extends LayerSpec = LayerSpec> {
  readonly network: Network;
  readonly layer: Layer<S>;
  readonly graph: GraphBuilder;
  /** The names of the values that it reads. */
  readonly xs: readonly string[];
  /** The name of its output's value. */
  readonly y: string;
  /** The picture that a vector was flattened from where its values have the channels first. */
  pictureBehind(layer: Layer): Shape | undefined;
  /** A parameter's values; undefined where the layer has none of the role. */
  parameter(role: string): { readonly shape: Shape; readonly values: Float32Array } | undefined;
}

/** Adds a layer's nodes and returns the name of the value that is its output. */
type Export<S extends LayerSpec> = (context: ExportContext<S>) => string;
type Exports = { readonly [T in LayerType]: Export<Extract<LayerSpec, { type: T }>> };

/** Layers that work on each value alone, whatever the order of the values. */
const keepsOrder: ReadonlySet<LayerType> = new Set<LayerType>(['relu', 'relu6', 'leakyRelu', 'dropout']);

/** Whether a vector reaches dense layers alone, whose rows can follow the order of its values. */
function isForDense(network: Network, layer: Layer): boolean {
  const readers = readersOf(network, layer);
  return (
    readers.length > 0 &&
    readers.every(({ spec }) => spec.type === 'dense' || keepsOrder.has(spec.type)) &&
    readers.every((reader) => reader.spec.type === 'dense' || isForDense(network, reader))
  );
}

/** Padding on all sides, [top, left, bottom, right]; windows that would reach past the end are left out. */
function pads({ H, W, R, S, sy, sx, top, left, OH, OW }: WindowGeometry): number[] {
  return [top, left, Math.max((OH - 1) * sy + R - H - top, 0), Math.max((OW - 1) * sx + S - W - left, 0)];
}

function windowAttributes(g: WindowGeometry) {
  return [integers('kernel_shape', [g.R, g.S]), integers('pads', pads(g)), integers('strides', [g.sy, g.sx])];
}

/** The values of a picture in this program's order, channels last. */
function channelsLast({ graph, xs, y }: Pick<ExportContext, 'graph' | 'xs' | 'y'>, shape: Shape): string {
  if (hasOneOrder(shape)) return xs[0]!;
  return graph.node('Transpose', xs, `${y}/channels_last`, [integers('perm', [0, 2, 3, 1])]);
}

function reshape(context: ExportContext): string {
  const { graph, layer, y } = context;
  const [from, to] = [layer.inputShape, layer.outputShape];
  if (formatShape(from) === formatShape(to)) return context.xs[0]!;
  const x = from.length === 3 ? channelsLast(context, from) : context.xs[0]!;
  if (to.length === 1) return graph.node('Flatten', [x], y, [whole('axis', 1)]);
  const sizes = (shape: Shape) => graph.integers(`${y}/shape`, [0, ...shape]);
  if (hasOneOrder(to)) return graph.node('Reshape', [x, sizes(channelsFirst(to))], y);
  const picture = graph.node('Reshape', [x, sizes(to)], `${y}/picture`);
  return graph.node('Transpose', [picture], y, [integers('perm', [0, 3, 1, 2])]);
}

function convolution(context: ExportContext, g: WindowGeometry, kernel: string, group: number): string {
  const { graph, layer, xs, y, parameter } = context;
  const bias = parameter('bias');
  const biasName = bias ? [graph.floats(`${layer.name}/bias`, bias.shape, bias.values)] : [];
  return graph.node('Conv', [xs[0]!, kernel, ...biasName], y, [...windowAttributes(g), whole('group', group)]);
}

const globalPooling =
  (opType: string) =>
  ({ graph, xs, y }: ExportContext) =>
    graph.node('Flatten', [graph.node(opType, xs, `${y}/pooled`)], y, [whole('axis', 1)]);

const exports: Exports = {
  input: ({ y }) => y,
  zeroPadding2d({ graph, layer, xs, y }) {
    const { top, bottom, left, right } = sides(layer.spec);
    return graph.node('Pad', [xs[0]!, graph.integers(`${y}/pads`, [0, 0, top, left, 0, 0, bottom, right])], y);
  },
  conv2d(c) {
    const { kernelSize, strides = 1, padding } = c.layer.spec;
    const { shape, values } = c.parameter('kernel')!;
    const [R, S, C, K] = shape as [number, number, number, number];
    const kernel = c.graph.floats(`${c.layer.name}/kernel`, [K, C, R, S], permuted(values, shape, [3, 2, 0, 1]));
    return convolution(c, windowGeometry(c.layer, kernelSize, strides, padding), kernel, 1);
  },
  depthwiseConv2d(c) {
    const { kernelSize, strides = 1, padding } = c.layer.spec;
    const { shape, values } = c.parameter('kernel')!;
    const [R, S, C] = shape as [number, number, number];
    const kernel = c.graph.floats(`${c.layer.name}/kernel`, [C, 1, R, S], permuted(values, shape, [2, 0, 1]));
    return convolution(c, windowGeometry(c.layer, kernelSize, strides, padding), kernel, C);
  },
  relu: ({ graph, xs, y }) => graph.node('Relu', xs, y),
  relu6: ({ graph, xs, y }) => graph.node('Clip', [xs[0]!, graph.scalar(0), graph.scalar(6)], y),
  leakyRelu: ({ graph, layer, xs, y }) =>
    graph.node('LeakyRelu', xs, y, [decimal('alpha', negativeSlopeOf(layer.spec))]),
  dropout: ({ xs }) => xs[0]!,
  maxPooling2d: ({ graph, layer, xs, y }) => graph.node('MaxPool', xs, y, windowAttributes(poolingGeometry(layer))),
  averagePooling2d: ({ graph, layer, xs, y }) =>
    graph.node('AveragePool', xs, y, [...windowAttributes(poolingGeometry(layer)), whole('count_include_pad', 0)]),
  globalMaxPooling2d: globalPooling('GlobalMaxPool'),
  globalAveragePooling2d: globalPooling('GlobalAveragePool'),
  flatten(context) {
    const { graph, layer, xs, y, pictureBehind } = context;
    return pictureBehind(layer) ? graph.node('Flatten', xs, y, [whole('axis', 1)]) : reshape(context);
  },
  reshape,
  dense({ graph, layer, xs, y, parameter, pictureBehind }) {
    const [kernel, bias] = [parameter('kernel')!, parameter('bias')!];
    const picture = pictureBehind(layer.inputs[0]!);
    const rows = picture ? permuted(kernel.values, [...picture, layer.spec.units], [2, 0, 1, 3]) : kernel.values;
    const weights = graph.floats(`${layer.name}/kernel`, kernel.shape, rows);
    return graph.node('Gemm', [xs[0]!, weights, graph.floats(`${layer.name}/bias`, bias.shape, bias.values)], y);
  },
  softmax: ({ graph, xs, y }) => graph.node('Softmax', xs, y, [whole('axis', 1)]),
  batchNormalization({ graph, layer, xs, y, parameter }) {
    const { C, epsilon } = normalizationSettings(layer);
    const vector = (role: string, absent: 0 | 1) => {
      const given = parameter(role);
      return given ? graph.floats(`${layer.name}/${role}`, given.shape, given.values) : graph.filled(absent, C);
    };
    const parameters = [vector('gamma', 1), vector('beta', 0), vector('movingMean', 0), vector('movingVariance', 1)];
    return graph.node('BatchNormalization', [xs[0]!, ...parameters], y, [decimal('epsilon', epsilon)]);
  },
  add: ({ graph, xs, y }) => graph.node(xs.length === 2 ? 'Add' : 'Sum', xs, y),
  concatenate: ({ graph, xs, y }) => graph.node('Concat', xs, y, [whole('axis', 1)]),
};

/**
 * Adds the nodes of the layers that the last of `layers` depends on, in the order of execution.
 * @param valueOf the name of a layer's value; identities have that of what they read
 * @returns the name of the last layer's value
 */
export function exportLayers(
  network: Network,
  parameters: Float32Array,
  layers: readonly Layer[],
  graph: GraphBuilder,
  nameOf: (layer: Layer) => string,
): string {
  const values = new Map<Layer, string>();
  const pictures = new Map<Layer, Shape>();
  let last = '';
  for (const layer of layers) {
    const { spec, inputs, inputShape } = layer;
    const source = inputs[0];
    if (spec.type === 'flatten' && inputShape.length === 3 && !hasOneOrder(inputShape) && isForDense(network, layer)) {
      pictures.set(layer, inputShape);
    } else if (source && keepsOrder.has(spec.type) && pictures.has(source)) pictures.set(layer, pictures.get(source)!);
    const write = exports[spec.type] as unknown as Export<LayerSpec>;
    last = write({
      network,
      layer,
      graph,
      xs: inputs.map((input) => values.get(input)!),
      y: nameOf(layer),
      pictureBehind: (of) => pictures.get(of),
      parameter(role) {
        const found = layer.parameters.find((parameter) => parameter.role === role);
        return (
          found && { shape: found.shape, values: parameters.subarray(found.offset, found.offset + sizeOf(found.shape)) }
        );
      },
    });
    values.set(layer, last);
  }
  return last;
}
