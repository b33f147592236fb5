import { formatShape, sizeOf } from '../../graph/shape.ts';
import type { LayerSpec } from '../../graph/spec.ts';
import { filledName } from './graphBuilder.ts';
import { type Parameters, pictureView, plainView, refuse, rowsInOrder, type View } from './importLayers.ts';
import { constantOf, floatsOf, isView, type NodeContext, type Operator, shortest, viewOf } from './importNode.ts';
import { permuted } from './tensors.ts';

function dense(context: NodeContext, rows: Float32Array, K: number, bias: Float32Array): View {
  const value = viewOf(context);
  const layer = context.layers.vector(value);
  const [D] = value.dims;
  if (D! * K !== rows.length) refuse(`it reads ${D} values, but its weights are for ${rows.length / K}`);
  const parameters: Parameters = { kernel: rowsInOrder(value, rows, K), bias };
  return plainView(context.layers.add({ type: 'dense', units: K }, [layer], parameters, context.name), [K]);
}

/** The weights of a matrix product, [D, K]. */
function matrixOf(context: NodeContext, isTransposed: boolean): { readonly rows: Float32Array; readonly K: number } {
  const values = floatsOf(context, 1) ?? refuse('it lacks its weights');
  const { dims } = constantOf(context, 1)!;
  if (dims.length !== 2) refuse(`its weights have the shape ${formatShape(dims)}, but should be a matrix`);
  const K = dims[isTransposed ? 0 : 1]!;
  return { rows: isTransposed ? permuted(values, dims, [1, 0]) : values, K };
}

/** Adds a constant to the bias of the layer before it; refuses any other constant but 0. */
function addConstant(context: NodeContext, at: number): View {
  const { layers, withoutBias } = context;
  const constant = constantOf(context, at)!;
  const value = viewOf(context, 1 - at);
  const values = floatsOf(context, at)!;
  if (values.every((number) => number === 0) && sizeOf(constant.dims) <= sizeOf(value.dims)) return value;
  const channels = layers.shapes.get(value.layer)!.at(-1)!;
  const place = value.dims.length - 1 - [...constant.dims].reverse().findIndex((n) => n !== 1);
  const isChannels = value.view[value.axes[place]!] === channels && value.axes[place] === value.view.length - 1;
  const fits =
    withoutBias.has(value.layer) &&
    context.isOnlyReader(1 - at) &&
    value.dims.length === value.axes.length &&
    values.length === channels &&
    (channels === 1 || isChannels);
  if (!fits)
    refuse('it adds a constant, which no layer does but as the bias of a convolution or dense layer before it');
  const layer = layers.found.find(({ name }) => name === value.layer)!;
  withoutBias.delete(layer.name);
  layer.parameters = { ...layer.parameters, bias: values };
  if (layer.spec.type === 'conv2d' || layer.spec.type === 'depthwiseConv2d') {
    const { useBias: _, ...spec } = layer.spec;
    layer.spec = spec;
  }
  return value;
}

const sum: Operator = (context) => {
  const { layers, inputs } = context;
  const constant = inputs.findIndex((input) => input !== undefined && !isView(input));
  if (constant >= 0 && inputs.length === 2) return addConstant(context, constant);
  const values = inputs.map((_, i) => viewOf(context, i));
  const first = viewOf(context);
  if (values.length === 1) return first;
  for (const { dims } of values) {
    if (formatShape(dims) !== formatShape(first.dims))
      refuse(`it adds values ${formatShape(first.dims)} and ${formatShape(dims)}; their shapes must be the same`);
  }
  const isAlike = (other: View) =>
    formatShape(layers.shapes.get(other.layer)!) === formatShape(layers.shapes.get(first.layer)!) &&
    formatShape(other.view) === formatShape(first.view) &&
    formatShape(other.axes) === formatShape(first.axes);
  const add = (names: readonly string[]) => layers.add({ type: 'add' }, names, {}, context.name);
  if (values.every(isAlike)) {
    values.forEach(layers.undivided);
    return { ...first, layer: add(values.map(({ layer }) => layer)), divisor: 1, name: undefined };
  }
  const plain = values.map((value) => layers.inOrder(value));
  if (plain.every((name) => name !== undefined)) return plainView(add(plain), first.dims);
  const [C, H, W] = first.dims as [number, number, number];
  return pictureView(add(values.map((value) => layers.picture(value))), [H, W, C]);
};

/** Operators that multiply with weights or add values. */
export const weighted: Readonly<Record<string, Operator>> = {
  BatchNormalization(context) {
    const { layers, attributes } = context;
    const value = viewOf(context);
    attributes.float('momentum', 0.9);
    if (attributes.int('training_mode', 0) !== 0) refuse('it normalises by the statistics of the batch');
    const [C] = value.dims as [number];
    const roles = ['gamma', 'beta', 'movingMean', 'movingVariance'] as const;
    /** Whether this program wrote the vector for a parameter that the layer does not have. */
    const isAbsent = (i: number, values: Float32Array) => {
      const filling = i === 1 ? 1 : 0;
      return context.inputName(i) === filledName(filling, C) && values.every((value) => value === filling);
    };
    const isPicture = value.dims.length === 3;
    const layer = isPicture ? layers.picture(value) : layers.vector(value);
    const parameters: Parameters = {};
    for (const [i, role] of roles.entries()) {
      const values = floatsOf(context, i + 1, [C]) ?? refuse(`its input ${i + 1} is missing`);
      if (i > 1 || !isAbsent(i + 1, values)) parameters[role] = isPicture ? values : rowsInOrder(value, values, 1);
    }
    const spec: LayerSpec = {
      type: 'batchNormalization',
      epsilon: shortest(attributes.float('epsilon', 1e-5)),
      ...(parameters.gamma ? {} : { scale: false }),
      ...(parameters.beta ? {} : { center: false }),
    };
    return { ...value, layer: layers.add(spec, [layer], parameters, context.name), divisor: 1, name: undefined };
  },
  Gemm(context) {
    const { attributes } = context;
    const [alpha, beta] = [attributes.float('alpha', 1), attributes.float('beta', 1)];
    const { rows, K } = matrixOf(context, attributes.int('transB', 0) !== 0);
    const added = floatsOf(context, 2);
    if (alpha !== 1 || (added && beta !== 1)) refuse('its factors alpha and beta are not 1');
    if (attributes.int('transA', 0) !== 0) refuse('it transposes its input');
    if (added && added.length !== K && added.length !== 1) refuse(`it adds ${added.length} values to ${K}`);
    const bias = Float32Array.from({ length: K }, (_, k) => (added ? (added[k] ?? added[0]!) : 0));
    return dense(context, rows, K, bias);
  },
  MatMul(context) {
    const { rows, K } = matrixOf(context, false);
    const result = dense(context, rows, K, new Float32Array(K));
    context.withoutBias.add(result.layer);
    return result;
  },
  Add: sum,
  Sum: sum,
};
