/** A little of the ONNX format (opset 13): enough for a chain of nodes with constant weights. */

const wire = { varint: 0, bytes: 2 };
const elementTypes = { float32: 1, uint8: 2, int64: 7 };

function varint(value) {
  const bytes = [];
  for (let rest = BigInt(value); ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 127n) | 128);
  }
}

const tag = (field, type) => varint((field << 3) | type);
const number = (field, value) => Buffer.concat([tag(field, wire.varint), varint(value)]);
function bytes(field, content) {
  const body = typeof content === 'string' ? Buffer.from(content) : content;
  return Buffer.concat([tag(field, wire.bytes), varint(body.length), body]);
}
const message = (field, ...parts) => bytes(field, Buffer.concat(parts));

/** A constant: `values` is a typed array of float32 or int64. */
function tensor(field, { name, shape, values }) {
  const type = values instanceof BigInt64Array ? elementTypes.int64 : elementTypes.float32;
  const raw = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return message(field, ...shape.map((size) => number(1, size)), number(2, type), bytes(8, name), bytes(9, raw));
}

/** Integers, or lists of them, are all that is needed. */
function attribute([name, value]) {
  const [kind, parts] = Array.isArray(value) ? [7, value.map((item) => number(8, item))] : [2, [number(3, value)]];
  return message(5, bytes(1, name), ...parts, number(20, kind));
}

function node({ type, inputs, output, attributes = {} }) {
  return message(
    1,
    ...inputs.map((name) => bytes(1, name)),
    bytes(2, output),
    bytes(4, type),
    ...Object.entries(attributes).map(attribute),
  );
}

function valueInfo(field, { name, type, shape }) {
  const sizes = shape.map((size) => message(1, typeof size === 'string' ? bytes(2, size) : number(1, size)));
  return message(field, bytes(1, name), message(2, message(1, number(1, elementTypes[type]), message(2, ...sizes))));
}

/**
 * @param {{ nodes: object[], constants: object[], input: object, output: object }} graph
 * @returns {Buffer} the model file
 */
export function onnxModel({ nodes, constants, input, output }) {
  const graph = [...nodes.map(node), bytes(2, 'seed'), ...constants.map((constant) => tensor(5, constant))];
  const opset = message(8, bytes(1, ''), number(2, 13));
  return Buffer.concat([number(1, 8), message(7, ...graph, valueInfo(11, input), valueInfo(12, output)), opset]);
}
