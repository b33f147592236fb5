import { formatShape } from '../../graph/shape.ts';
import type { LayerSpec, Size2d, WindowPadding } from '../../graph/spec.ts';
import { samePadding } from '../../graph/window.ts';
import { pictureView, plainView, refuse } from './importLayers.ts';
import {
  constantOf,
  floatsOf,
  integersOf,
  type NodeContext,
  type Operator,
  viewOf,
  withoutBatch,
} from './importNode.ts';
import { permuted } from './tensors.ts';

type Pair = readonly [number, number];

const one = ([height, width]: Pair): Size2d => (height === width ? height : [height, width]);
const isSame = (a: readonly number[], b: readonly number[]) => formatShape(a) === formatShape(b);

interface ImportedWindow {
  /** The layer that it reads: padding that is not TensorFlow's is a layer of its own. */
  readonly layer: string;
  readonly size: Size2d;
  readonly options: { readonly strides: Size2d; readonly padding?: WindowPadding };
}

/**
 * A node's window over a picture.
 * @param padded what the padding holds: zeros, values that no maximum takes, or nothing that a mean counts
 */
function importWindow(
  context: NodeContext,
  size: Pair,
  picture: string,
  padded: 'zeros' | 'lowest' | 'nothing',
): ImportedWindow {
  const { layers, attributes } = context;
  const pairOf = (name: string, absent: Pair): Pair => {
    const given = attributes.ints(name) ?? absent;
    const isRight = given.length === 2 && given.every((n) => Number.isSafeInteger(n) && n > 0);
    return isRight ? (given as unknown as Pair) : refuse(`its ${name} are ${formatShape(given)}, not height and width`);
  };
  if (!isSame(pairOf('kernel_shape', size), size)) refuse('its kernel_shape is not that of its kernel');
  if (!isSame(pairOf('dilations', [1, 1]), [1, 1])) refuse('its window has gaps (dilations)');
  const strides = pairOf('strides', [1, 1]);
  const extents = layers.shapes.get(picture)!.slice(0, 2);
  const same = extents.map((extent, i) => samePadding(extent, size[i]!, strides[i]!));
  const sidesOf = (lower: boolean) => [
    ...same.map(({ before, after }) => (lower ? after : before)),
    ...same.map(({ before, after }) => (lower ? before : after)),
  ];
  const given = attributes.ints('pads') ?? [0, 0, 0, 0];
  const automatic = attributes.text('auto_pad', 'NOTSET');
  const known: Record<string, readonly number[]> = {
    NOTSET: given,
    VALID: [0, 0, 0, 0],
    SAME_UPPER: sidesOf(false),
    SAME_LOWER: sidesOf(true),
  };
  const pads = known[automatic] ?? refuse(`its auto_pad is ${automatic}`);
  if (pads.length !== 4 || !pads.every((n) => Number.isSafeInteger(n) && n >= 0)) {
    refuse(`its pads are ${formatShape(pads)}, not four sizes`);
  }
  if (attributes.int('ceil_mode', 0) !== 0) {
    const isExact = extents.every((extent, i) => (extent + pads[i]! + pads[i + 2]! - size[i]!) % strides[i]! === 0);
    if (!isExact) refuse('its windows reach past the end of the picture (ceil_mode)');
  }
  const plain = { size: one(size), options: { strides: one(strides) } };
  if (pads.every((n) => n === 0)) return { ...plain, layer: picture };
  const areZerosCounted = padded === 'nothing' && attributes.int('count_include_pad', 0) !== 0;
  if (isSame(pads, sidesOf(false)) && !areZerosCounted) {
    return { ...plain, layer: picture, options: { ...plain.options, padding: 'same' } };
  }
  const isZero = padded === 'zeros' || areZerosCounted || (padded === 'lowest' && layers.isNeverNegative(picture));
  if (!isZero)
    refuse(`its padding ${formatShape(pads)} is neither none nor TensorFlow's 'same', and zeros are no substitute`);
  const [top, left, bottom, right] = pads as [number, number, number, number];
  const padding = [
    [top, bottom],
    [left, right],
  ] as const;
  return { ...plain, layer: layers.add({ type: 'zeroPadding2d', padding }, [picture]) };
}

const pooling =
  (type: 'maxPooling2d' | 'averagePooling2d'): Operator =>
  (context) => {
    const { layers, attributes } = context;
    const picture = layers.picture(viewOf(context));
    const size = attributes.ints('kernel_shape') ?? refuse('it lacks its kernel_shape');
    if (type === 'maxPooling2d') attributes.int('storage_order', 0);
    else attributes.int('count_include_pad', 0);
    const padded = type === 'maxPooling2d' ? 'lowest' : 'nothing';
    const window = importWindow(context, size as unknown as Pair, picture, padded);
    const layer = layers.add({ type, poolSize: window.size, ...window.options }, [window.layer], {}, context.name);
    return pictureView(layer, layers.shapes.get(layer)!);
  };

type GlobalType = 'globalMaxPooling2d' | 'globalAveragePooling2d';

const globalPooling =
  (type: GlobalType): Operator =>
  ({ layers, ...context }) => {
    const layer = layers.add({ type }, [layers.picture(viewOf({ ...context, layers }))], {}, context.name);
    return plainView(layer, [layers.shapes.get(layer)![0]!, 1, 1]);
  };

/** A mean or maximum over height and width. */
const reduction =
  (type: GlobalType): Operator =>
  (context) => {
    const { layers, attributes } = context;
    const value = viewOf(context);
    attributes.int('noop_with_empty_axes', 0);
    const isKept = attributes.int('keepdims', 1) !== 0;
    const axes = withoutBatch(integersOf(context, 1, 'axes') ?? refuse('it lacks its axes'), value.dims.length + 1);
    axes.sort((a, b) => a - b);
    const isFirst = isSame(axes, [1, 2]);
    const picture = isFirst ? layers.picture(value) : isSame(axes, [0, 1]) ? layers.inOrder(value) : undefined;
    if (picture === undefined || value.dims.length !== 3) return refuse('it is not over height and width');
    const layer = layers.add({ type }, [picture], {}, context.name);
    const [C] = layers.shapes.get(layer)! as [number];
    return plainView(layer, isKept ? (isFirst ? [C, 1, 1] : [1, 1, C]) : [C]);
  };

/** Operators whose windows slide over pictures, or are the whole picture. */
export const windowed: Readonly<Record<string, Operator>> = {
  Conv(context) {
    const { layers, attributes } = context;
    const picture = layers.picture(viewOf(context));
    const values = floatsOf(context, 1) ?? refuse('it lacks its kernel');
    const { dims } = constantOf(context, 1)!;
    if (dims.length !== 4) refuse(`its kernel has the shape ${formatShape(dims)}; only 2D convolutions are layers`);
    const [K, share, R, S] = dims as [number, number, number, number];
    const C = layers.shapes.get(picture)!.at(-1)!;
    const group = attributes.int('group', 1);
    const bias = floatsOf(context, 2, [K]);
    const isDepthwise = group === C && group > 1 && share === 1 && K === C;
    if (!isDepthwise && (group !== 1 || share !== C)) {
      refuse(`its kernel ${formatShape(dims)} in ${group} groups does not fit ${C} channels, or is no layer's`);
    }
    const window = importWindow(context, [R, S], picture, 'zeros');
    const options = { ...window.options, ...(bias ? {} : { useBias: false }) };
    const [spec, kernel]: [LayerSpec, Float32Array] = isDepthwise
      ? [{ type: 'depthwiseConv2d', kernelSize: window.size, ...options }, permuted(values, [C, R, S], [1, 2, 0])]
      : [{ type: 'conv2d', filters: K, kernelSize: window.size, ...options }, permuted(values, dims, [2, 3, 1, 0])];
    const layer = layers.add(spec, [window.layer], { kernel, ...(bias && { bias }) }, context.name);
    if (!bias) context.withoutBias.add(layer);
    return pictureView(layer, layers.shapes.get(layer)!);
  },
  MaxPool: pooling('maxPooling2d'),
  AveragePool: pooling('averagePooling2d'),
  GlobalMaxPool: globalPooling('globalMaxPooling2d'),
  GlobalAveragePool: globalPooling('globalAveragePooling2d'),
  ReduceMax: reduction('globalMaxPooling2d'),
  ReduceMean: reduction('globalAveragePooling2d'),
};
