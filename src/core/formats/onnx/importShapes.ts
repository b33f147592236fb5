import { sizeOf } from '../../graph/shape.ts';
import { pictureView, plainView, refuse, reshapedView, transposedView } from './importLayers.ts';
import { integersOf, type Operator, scalarOf, viewOf, withoutBatch } from './importNode.ts';

/** Operators that change shapes, or the order of axes. */
export const shaping: Readonly<Record<string, Operator>> = {
  Concat(context) {
    const { layers, attributes, inputs } = context;
    const values = inputs.map((_, i) => viewOf(context, i));
    const { dims } = viewOf(context);
    const [axis] = withoutBatch([attributes.int('axis', 1)], dims.length + 1);
    const join = (names: readonly string[]) => layers.add({ type: 'concatenate' }, names, {}, context.name);
    if (values.length === 1) return values[0]!;
    const plain = axis === dims.length - 1 ? values.map((value) => layers.inOrder(value)) : [undefined];
    if (plain.every((name) => name !== undefined)) {
      const layer = join(plain);
      return plainView(layer, layers.shapes.get(layer)!);
    }
    if (dims.length === 1) refuse('it joins flattened pictures with the channels first; join the pictures instead');
    if (axis !== 0) refuse('it joins pictures along another axis than the channels');
    const layer = join(values.map((value) => layers.picture(value)));
    return pictureView(layer, layers.shapes.get(layer)!);
  },
  Flatten(context) {
    const value = viewOf(context);
    const axis = context.attributes.int('axis', 1);
    if (axis !== 1 && axis !== -value.dims.length) refuse(`its axis is ${axis}, not 1`);
    return reshapedView(value, [sizeOf(value.dims)], context.name);
  },
  Reshape(context) {
    const value = viewOf(context);
    const [batch, ...rest] = integersOf(context, 1, 'shape') ?? refuse('it lacks its shape');
    const isZeroAllowed = context.attributes.int('allowzero', 0) !== 0;
    const isBatch = batch === -1 || (batch === 0 && !isZeroAllowed) || (batch !== undefined && batch === context.batch);
    if (!isBatch) refuse(`it reshapes the batch to ${batch}; only the other axes may change`);
    const known = rest.map((n, i) => (n === 0 && !isZeroAllowed ? (value.dims[i] ?? 0) : n));
    const size = known.filter((n) => n !== -1).reduce((product, n) => product * n, 1);
    const dims = known.map((n) => (n === -1 ? sizeOf(value.dims) / size : n));
    return reshapedView(value, dims, context.name);
  },
  Squeeze(context) {
    const value = viewOf(context);
    const given = integersOf(context, 1, 'axes');
    const axes = given && withoutBatch(given, value.dims.length + 1);
    const isKept = (n: number, i: number) => (axes ? !axes.includes(i) : n !== 1);
    return reshapedView(value, value.dims.filter(isKept), context.name);
  },
  Unsqueeze(context) {
    const value = viewOf(context);
    const given = integersOf(context, 1, 'axes') ?? refuse('it lacks its axes');
    const axes = withoutBatch(given, value.dims.length + 1 + given.length);
    const rest = [...value.dims];
    const dims = Array.from({ length: rest.length + axes.length }, (_, i) => (axes.includes(i) ? 1 : rest.shift()!));
    return reshapedView(value, dims, context.name);
  },
  Transpose(context) {
    const value = viewOf(context);
    const [batch, ...axes] = context.attributes.ints('perm') ?? refuse('it reverses all axes');
    const places = withoutBatch(axes, value.dims.length + 1);
    const isOrder = new Set(places).size === value.dims.length && places.length === value.dims.length;
    return batch === 0 && isOrder ? transposedView(value, places, context.name) : refuse('it moves the batch');
  },
  Pad(context) {
    const { layers, attributes } = context;
    const value = viewOf(context);
    const rank = value.dims.length + 1;
    if (attributes.text('mode', 'constant') !== 'constant') refuse('it pads with other values than zeros');
    if ((scalarOf(context, 2) ?? 0) !== 0) refuse('it pads with other values than zeros');
    const pads = integersOf(context, 1, 'pads') ?? refuse('it lacks its sizes');
    const axes = integersOf(context, 3, 'axes') ?? Array.from({ length: rank }, (_, axis) => axis);
    const along = (axis: number): [number, number] => {
      const place = axes.findIndex((given) => (given < 0 ? given + rank : given) === axis);
      return place < 0 ? [0, 0] : [pads[place] ?? 0, pads[axes.length + place] ?? 0];
    };
    const sizes = Array.from({ length: rank }, (_, axis) => along(axis));
    if (sizes.flat().every((n) => n === 0)) return value;
    const isFirst = rank === 4 && layers.pictureFirst(value) !== undefined;
    const [padded, others] = isFirst ? [sizes.slice(2), sizes.slice(0, 2)] : [sizes.slice(1, 3), [sizes[0], sizes[3]]];
    if (rank !== 4 || others.flat().some((n) => n !== 0)) refuse('it pads another axis than height and width');
    const layer = isFirst ? layers.picture(value) : (layers.inOrder(value) ?? layers.picture(value));
    const added = layers.add({ type: 'zeroPadding2d', padding: padded as never }, [layer], {}, context.name);
    const shape = layers.shapes.get(added)!;
    return isFirst ? pictureView(added, shape) : plainView(added, shape);
  },
};
