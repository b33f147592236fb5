import { fromLittleEndianBytes, littleEndianBytes } from '../../bytes.ts';
import { SelvedgeError } from '../../errors.ts';
import { formatShape, type Shape, sizeOf } from '../../graph/shape.ts';
import { dataTypes, externalLocation, type TensorProto } from './messages.ts';

/** A constant of a graph: an initializer, or a constant's value. */
export interface Constant {
  readonly dims: Shape;
  /** float32, or whole numbers. */
  readonly values: Float32Array | readonly number[];
}

/**
 * Values with their axes in another order: axis i of the result is axis `axes[i]` of the given.
 * @param shape the given values' axes
 */
export function permuted(values: Float32Array, shape: Shape, axes: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const sizes = axes.map((axis) => shape[axis]!);
  const steps = axes.map((axis) => strides[axis]!);
  const result = new Float32Array(values.length);
  const position = axes.map(() => 0);
  let from = 0;
  for (let to = 0; to < result.length; to++) {
    result[to] = values[from]!;
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++position[axis]! < sizes[axis]!) break;
      position[axis] = 0;
      from -= steps[axis]! * sizes[axis]!;
    }
  }
  return result;
}

/** The order that undoes an order of axes. */
export function inverse(axes: readonly number[]): number[] {
  return axes.map((_, axis) => axes.indexOf(axis));
}

export function floatTensor(name: string, dims: Shape, values: Float32Array): TensorProto {
  return { dims, dataType: dataTypes.float, name, rawData: littleEndianBytes(values) };
}

export function integerTensor(name: string, values: readonly number[]): TensorProto {
  const rawData = new Uint8Array(values.length * 8);
  const view = new DataView(rawData.buffer);
  for (const [i, value] of values.entries()) view.setBigInt64(i * 8, BigInt(value), true);
  return { dims: [values.length], dataType: dataTypes.int64, name, rawData };
}

/**
 * A tensor's values. Its shape must be that of the values in the file: nothing is allocated that the file does not hold.
 * @throws SelvedgeError 'bad-model' with a phrase for the middle of a sentence
 */
export function readTensor(tensor: TensorProto, what: string): Constant {
  const fail = (why: string): never => {
    throw new SelvedgeError('bad-model', `${what} ${why}`);
  };
  const { dims = [], dataType, rawData, floatData = [], int32Data = [], int64Data = [] } = tensor;
  if (tensor.dataLocation === externalLocation || (tensor.externalData?.length ?? 0) > 0) {
    fail('has its values in another file; save the model as one file, without external data');
  }
  if (!dims.every((n) => Number.isSafeInteger(n) && n >= 0)) fail(`has the invalid shape ${formatShape(dims)}`);
  const size = sizeOf(dims);
  const checked = <T extends { readonly length: number }>(values: T): T =>
    values.length === size
      ? values
      : fail(`has the shape ${formatShape(dims)}, but the file holds ${values.length} values of it`);
  const bytesOf = (bytes: number) => {
    if (rawData!.length % bytes !== 0) fail(`has ${rawData!.length} bytes, which are no whole values`);
    checked({ length: rawData!.length / bytes });
    return new DataView(rawData!.buffer, rawData!.byteOffset, rawData!.byteLength);
  };
  if (dataType === dataTypes.float) {
    if (!rawData) return { dims, values: Float32Array.from(checked(floatData)) };
    bytesOf(4);
    return { dims, values: fromLittleEndianBytes(rawData) };
  }
  if (dataType === dataTypes.int64) {
    if (!rawData) return { dims, values: checked(int64Data) };
    const view = bytesOf(8);
    return { dims, values: Array.from({ length: size }, (_, i) => Number(view.getBigInt64(i * 8, true))) };
  }
  if (dataType === dataTypes.int32 || dataType === dataTypes.bool) {
    if (!rawData) return { dims, values: checked(int32Data) };
    const view = bytesOf(dataType === dataTypes.bool ? 1 : 4);
    const read = (i: number) => (dataType === dataTypes.bool ? view.getUint8(i) : view.getInt32(i * 4, true));
    return { dims, values: Array.from({ length: size }, (_, i) => read(i)) };
  }
  return fail(`is of the data type ${nameOf(dataType)}; only float32 networks can be read`);
}

const typeNames = [
  ...['undefined', 'float32', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'int64', 'string', 'bool'],
  ...['float16', 'float64', 'uint32', 'uint64', 'complex64', 'complex128', 'bfloat16'],
];

export function nameOf(dataType = 0): string {
  return typeNames[dataType] ?? `number ${dataType}`;
}
