import { onnxModel } from './onnxModel.mjs';
import { referenceNetwork } from './protocol.mjs';

/** values [shape] with its axes in another order. */
function transposed({ shape, values }, axes) {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const sizes = axes.map((axis) => shape[axis]);
  const result = new Float32Array(values.length);
  const place = sizes.map(() => 0);
  for (let i = 0; i < result.length; i++) {
    result[i] = values[place.reduce((at, index, axis) => at + index * strides[axes[axis]], 0)];
    for (let axis = sizes.length - 1; axis >= 0 && ++place[axis] === sizes[axis]; axis--) place[axis] = 0;
  }
  return { shape: sizes, values: result };
}

/**
 * The reference network with the golden weights, ready to answer, as an ONNX file: pictures [N, 1, 28, 28] to logits [N, 10].
 *
 * @param {string} folder of the workload
 * @param {boolean} fromBytes whether the graph takes bytes and divides by 255 itself
 */
export function seedModel(folder, fromBytes) {
  const { byName } = referenceNetwork(folder, { dropout: false });
  const constants = [{ name: 'scale', shape: [1], values: Float32Array.of(1 / 255) }];
  const nodes = [];
  let last = 'pictures';
  const add = (type, inputs, attributes) => {
    const output = `${type}_${nodes.length}`;
    nodes.push({ type, inputs: [last, ...inputs], output, attributes });
    last = output;
  };
  const constant = (name, value) => {
    constants.push({ name, ...value });
    return name;
  };
  if (fromBytes) {
    add('Cast', [], { to: 1 });
    add('Mul', ['scale']);
  }
  for (const layer of ['conv2d_1', 'conv2d_2']) {
    const kernel = constant(`${layer}/kernel`, transposed(byName[`${layer}/kernel`], [3, 2, 0, 1]));
    const bias = constant(`${layer}/bias`, byName[`${layer}/bias`]);
    add('Conv', [kernel, bias], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [1, 1] });
    add('Relu', []);
    add('MaxPool', [], { kernel_shape: [2, 2], strides: [2, 2] });
  }
  add('Flatten', [], { axis: 1 });
  // Flattened are H, W, C there and C, H, W here.
  const first = { shape: [7, 7, 64, 128], values: byName['dense_1/kernel'].values };
  const dense1 = { ...transposed(first, [2, 0, 1, 3]), shape: [3136, 128] };
  add('Gemm', [constant('dense_1/kernel', dense1), constant('dense_1/bias', byName['dense_1/bias'])]);
  add('Relu', []);
  add('Gemm', [constant('dense_2/kernel', byName['dense_2/kernel']), constant('dense_2/bias', byName['dense_2/bias'])]);
  return onnxModel({
    nodes,
    constants,
    input: { name: 'pictures', type: fromBytes ? 'uint8' : 'float32', shape: ['N', 1, 28, 28] },
    output: { name: last, type: 'float32', shape: ['N', 10] },
  });
}
